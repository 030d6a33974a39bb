// What can be asked of trials: one of a backup, what came of the newest, and its picture.
import {
  defaultTestSeconds,
  type RestoreProof,
  restoreProof,
  type TestWait,
} from '../../contract/vzdump-proof.ts';
import { AppError, hasCode, invalidInput, notFound } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { GuestKind } from '../../guests/config/guest-document.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import type { GuestStorages } from '../../guests/guest-volumes.ts';
import { requireAll } from '../../guests/needed-privileges.ts';
import { readingContext, restoreLimitKib } from '../../guests/restore-requests.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import { readBackupVolume } from '../../storage/stored-backups.ts';
import { maySeeVolume } from '../../storage/volumes.ts';
import type { BackupTestParams } from '../../tasks/kinds/backup-test-one.ts';
import { requireArchive } from '../restore/archive-access.ts';
import type { TrialPlan, TrialWish } from './plan-trial.ts';
import { checkWait, firstTrialNumber } from './trial.ts';

export interface TestRequest {
  /** Volume id of a backup. */
  readonly volume: string;
  readonly wait?: TestWait | undefined;
  readonly port?: number | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly storage?: string | undefined;
  /** KiB per second. */
  readonly bwlimit?: number | undefined;
}

export interface ProofServiceParts {
  readonly storages: GuestStorages & { rootStorages(): readonly string[] };
  /** Reads the archive; memory and room are not looked at. */
  plan(context: WorkContext, wish: TrialWish, trialId: number): Promise<TrialPlan>;
  startTask(type: string, params: object, requester: string): Promise<string>;
}

export type ProofService = ReturnType<typeof createProofService>;

export function createProofService(parts: ProofServiceParts) {
  const { storages } = parts;

  async function readBeside(
    context: WorkContext,
    asker: Asker,
    volume: string,
    kind: 'proof' | 'picture',
  ): Promise<Uint8Array> {
    const { vmid } = requireBackup(volume);
    const { storage, name } = splitVolume(volume);
    if (!maySeeVolume(asker, storage, { content: 'backup', vmid }))
      throw new AppError(
        'forbidden',
        `Permission check failed (/storage/${storage}, Datastore.AllocateSpace)`,
      );
    const content = await storages.storage(storage).readBeside(context, name, kind);
    if (content === undefined) throw notFound(kind === 'proof' ? 'proof of' : 'picture of', volume);
    return content;
  }

  /** What the guest would need. Of an archive that no guest can be made of nothing: it will be said by the proof. */
  async function volumesOf(context: WorkContext, wish: TrialWish): Promise<TrialPlan['volumes']> {
    try {
      return (await parts.plan(context, wish, firstTrialNumber)).volumes;
    } catch (error) {
      if (hasCode(error, 'invalid-input')) return [];
      throw error;
    }
  }

  return {
    /** Throws before anything has changed, or answers the task's UPID. Who may restore to a new guest may try it. */
    async start(asker: Asker, request: TestRequest): Promise<string> {
      const { volume, wait = 'auto', port, timeout = defaultTestSeconds, storage, bwlimit } = request;
      const { kind, vmid } = requireBackup(volume);
      checkWait(kind, wait, port);
      const path = `/vms/${firstTrialNumber}`;
      requireAll(asker, [
        ...(['VM.Allocate', 'VM.PowerMgmt'] as const).map((privilege) => ({ path, privilege })),
      ]);
      const context = readingContext();
      await requireArchive(parts, context, asker, firstTrialNumber, volume, { kind, parameter: 'volume' });
      const here = kind === 'qemu' ? storages.imageStorages() : storages.rootStorages();
      if (storage !== undefined && !here.includes(storage))
        throw invalidInput({ storage: `storage '${storage}' cannot hold what the guest needs` });
      const wish: TrialWish = { volume, kind, vmid, wait, port: port ?? null, storage: storage ?? null };
      const volumes = await volumesOf(context, wish);
      requireAll(
        asker,
        [...new Set(volumes.map((each) => each.storage))].map((id) => ({
          ...{ path: `/storage/${id}`, privilege: 'Datastore.AllocateSpace' as const },
        })),
      );
      const limitKib = restoreLimitKib(parts, asker, volume, { allocations: volumes }, bwlimit);
      const params: BackupTestParams = {
        ...{ ...wish, timeoutSeconds: timeout },
        ...(limitKib > 0 ? { limitKib } : {}),
      };
      return await parts.startTask('backuptest', params, asker.requester);
    },

    /** What came of the newest trial; `not-found` when there was none. */
    async proof(context: WorkContext, asker: Asker, volume: string): Promise<RestoreProof> {
      const content = await readBeside(context, asker, volume, 'proof');
      const read = restoreProof.safeParse(readJson(content));
      // Whoever may write to the storage wrote it.
      if (read.success) return read.data;
      throw new AppError('invalid-input', `what lies beside '${volume}' is no proof that can be read`);
    },

    /** A PNG; `not-found` when there is none. */
    async picture(context: WorkContext, asker: Asker, volume: string): Promise<Uint8Array> {
      const content = await readBeside(context, asker, volume, 'picture');
      if (Buffer.from(content.subarray(0, 8)).toString('latin1') !== '\x89PNG\r\n\x1a\n')
        throw new AppError('invalid-input', `what lies beside '${volume}' is no picture`);
      return content;
    },
  };
}

/** `invalid-input` unless the volume id is one of a backup that tells its guest. */
export function requireBackup(volume: string): { readonly kind: GuestKind; readonly vmid: number } {
  const name = readBackupVolume(volume, 'UTC');
  if (!name) throw invalidInput({ volume: `'${volume}' is not a backup of a guest` });
  if (name.vmid === undefined) throw invalidInput({ volume: 'its name does not tell whose backup it is' });
  return { kind: name.format === 'vma' ? 'qemu' : 'lxc', vmid: name.vmid };
}

function readJson(content: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(content).toString('utf8'));
  } catch {
    return undefined;
  }
}
