// Keeps what came of a trial: beside the archive as JSON and PNG, and in the store for the lists.

import { flag } from '../../contract/reply.ts';
import type { RestoreProof } from '../../contract/vzdump-proof.ts';
import { asAppError, hasCode } from '../../core/errors.ts';
import type { GuestStorages } from '../../guests/guest-volumes.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { BackupTestParams, BackupTestState } from '../../tasks/kinds/backup-test-one.ts';
import type { TaskContext } from '../../tasks/task.ts';
import type { ProofStore } from './proof-store.ts';

export interface Outcome {
  readonly params: BackupTestParams;
  readonly state: Readonly<Partial<BackupTestState>>;
  /** Null: proven. */
  readonly verdict: string | null;
  readonly picture: Uint8Array | undefined;
}

export interface ProofKeeper {
  /** Repeatable. An archive that is gone meanwhile has no proof; what could not be written beside one is warned of. */
  keep(context: TaskContext, outcome: Outcome): Promise<void>;
}

export interface KeeperParts {
  readonly node: string;
  readonly clock: { now(): number };
  readonly storages: Pick<GuestStorages, 'storage'>;
  readonly proofs: ProofStore;
  /** Told of each proof that was kept. */
  readonly onProof?: (proof: RestoreProof) => void;
}

export function createProofKeeper(parts: KeeperParts): ProofKeeper {
  return {
    async keep(context, outcome) {
      const { volume, vmid } = outcome.params;
      const { storage, name } = splitVolume(volume);
      let hasPicture = false;
      try {
        if (outcome.picture) {
          await parts.storages.storage(storage).putBeside(context, name, 'picture', outcome.picture);
          hasPicture = true;
        }
      } catch (error) {
        if (isGone(context, error, volume)) return;
        context.warn(`the picture could not be kept: ${asAppError(error).message}`);
      }
      const proof = proofOf(parts, context, outcome, hasPicture);
      try {
        const text = `${JSON.stringify(proof, undefined, 2)}\n`;
        await parts.storages.storage(storage).putBeside(context, name, 'proof', Buffer.from(text));
      } catch (error) {
        if (isGone(context, error, volume)) return;
        context.warn(`the proof could not be kept beside the backup: ${asAppError(error).message}`);
      }
      const { state, ended: time, picture, problem } = proof;
      await parts.proofs.note(vmid, volume, {
        ...{ state, time, picture },
        ...(problem === undefined ? {} : { problem }),
      });
      parts.onProof?.(proof);
    },
  };
}

function isGone(context: TaskContext, error: unknown, volume: string): boolean {
  if (context.signal.aborted) throw error;
  if (!hasCode(error, 'not-found')) return false;
  context.warn(`${volume} is gone: there is nothing left to keep a proof of`);
  return true;
}

function proofOf(
  { node, clock }: KeeperParts,
  { upid }: TaskContext,
  { params, state, verdict }: Outcome,
  hasPicture: boolean,
): RestoreProof {
  const { volume, kind, vmid, port, timeoutSeconds } = params;
  const { startedAt = 0, restoring, up, wait = 'running', notes = [], memoryMib } = state;
  const { bytes, zeroBytes } = restoring ?? {};
  return {
    ...{ version: 1, state: verdict === null ? 'proven' : 'failed', volume, kind, vmid, node, upid },
    ...{ started: Math.floor(startedAt / 1000), ended: Math.floor(clock.now() / 1000) },
    ...(restoring && restoring.problem === undefined ? { restoreSeconds: restoring.seconds } : {}),
    ...(bytes === undefined ? {} : { restoredBytes: bytes }),
    ...(zeroBytes === undefined ? {} : { zeroBytes }),
    ...(up?.phase === 'wait' ? { bootSeconds: up.seconds } : {}),
    ...{ wait, timeout: timeoutSeconds },
    ...(wait === 'port' && port !== null ? { port } : {}),
    ...(up?.came === undefined ? {} : { came: up.came }),
    ...(verdict === null ? {} : { problem: verdict, phase: up?.phase ?? 'restore' }),
    ...(up?.readBytes === undefined ? {} : { readBytes: up.readBytes }),
    ...(memoryMib ? { memory: memoryMib } : {}),
    ...(up?.accelerator === undefined ? {} : { accelerator: up.accelerator }),
    ...{ picture: flag(hasPicture), notes: [...notes] },
  };
}
