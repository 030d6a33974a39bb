// Task `vzclone`: a container becomes two, by clones of its volumes where the storage has them, by copies elsewhere.

import { AppError, invalidInput } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { type GuestDocument, guestKey, guestLabel } from '../../guests/config/guest-document.ts';
import { cloneConfig } from '../../guests/ct/clone-config.ts';
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import { leavePlace, secondPlace, withMounted } from '../../guests/ct/ct-mounts.ts';
import type { CtCloneParams } from '../../guests/ct/ct-params.ts';
import { isRunning, readUnlocked } from '../../guests/ct/ct-state-rules.ts';
import { assertVolumesCan } from '../../guests/ct/ct-storages.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import {
  cloneCtVolume,
  findPlanned,
  limitTree,
  type PlannedCtVolume,
  planCtVolumes,
  unmakeCtVolume,
} from '../../guests/ct/ct-volumes.ts';
import { mountedVolumes, withVolumeAt } from '../../guests/ct/volume-keys.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import { joinPoolStep } from '../../guests/guest-pools.ts';
import { sourceOf } from '../../guests/guest-snapshots.ts';
import { type MadeVolume, volumeInfo } from '../../guests/guest-volumes.ts';
import { canDo } from '../../guests/volume-features.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { copyVolume } from './ct-copy-volume.ts';
import { guestLock } from './guest-task-names.ts';

/** One volume of the clone, and what it is made from. */
type ClonePlan = PlannedCtVolume & {
  readonly source: string;
  /** `copy`: file by file, onto another storage or where it cannot clone. */
  readonly how: 'linked' | 'full' | 'copy';
};

interface CtCloneState {
  plans: readonly ClonePlan[];
  made: readonly MadeVolume[];
  config: VmConfig;
  createdAt: number;
  /** The source runs: what is copied is a snapshot of volumes that it has open. */
  running: boolean;
}

export function ctCloneKind(parts: CtTaskParts): TaskKind<CtCloneParams, CtCloneState> {
  const source = ({ vmid, snapshot }: CtCloneParams) => sourceOf(readUnlocked(parts, vmid), snapshot);
  return {
    type: 'vzclone',
    describe: ({ vmid, newId }) => `CT ${vmid} - Clone to ${newId}`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ vmid, newId }) => [guestLock(vmid), guestLock(newId)],
    async check(params) {
      const { vmid, newId, full, snapshot, storage } = params;
      const there = findGuest(parts.store, newId);
      if (there) throw new AppError('already-exists', `${guestLabel(there.kind, newId)} already exists`);
      if (isRunning(parts, vmid) && snapshot === undefined)
        throw new AppError(
          'wrong-state',
          `CT ${vmid} is running: clone one of its snapshots, or stop it first`,
        );
      const config = source(params);
      cloneConfig(config, params);
      const volumes = mountedVolumes(config).map(({ volume }) => volume);
      if (storage !== undefined) parts.storages.storage(storage);
      if (full) return;
      if (storage !== undefined)
        throw invalidInput({ storage: 'a linked clone stays on the storage of what it is linked to' });
      if (snapshot === undefined && config['template'] !== 1)
        throw invalidInput({ full: 'a linked clone is made of a template or a snapshot' });
      const state = snapshot === undefined ? 'base' : 'snapshot';
      await assertVolumesCan(
        parts.storages,
        quietContext(),
        volumes,
        'linked-clone',
        state,
        isRunning(parts, vmid),
      );
    },
    steps: [
      {
        name: 'plan',
        async run(context, params) {
          const running = isRunning(parts, params.vmid);
          const config = source(params);
          const plans = await planClone(parts, context, params, config, running);
          return { plans, running, config: cloneConfig(config, params), createdAt: parts.clock.now() };
        },
        // What mounting left: its folder of run-time files.
        async undo(_context, { newId }) {
          if (!findGuest(parts.store, newId)) await parts.driver.undefine(newId);
        },
      },
      {
        name: 'make-volumes',
        async run(context, { newId, snapshot }, { plans = [], config = {}, running = false }) {
          const made: MadeVolume[] = [];
          const unprivileged = config['unprivileged'] === 1;
          for (const [index, plan] of plans.entries()) {
            context.log(`${plan.key}: ${plan.how} clone of ${plan.source}`);
            const { name } = splitVolume(plan.source);
            if (plan.how === 'copy') {
              const from = { volume: plan.source, snapshot, inUse: running };
              made.push(await copyVolume(parts, context, newId, plan, from, unprivileged));
            } else {
              const cloned = await cloneCtVolume(parts, context, newId, plan, {
                name,
                snapshot,
                mode: plan.how,
              });
              const target = splitVolume(cloned.made.volume);
              const storage = parts.storages.storage(target.storage);
              await limitTree(storage, context, plan, target.name, cloned.limitBytes);
              made.push(cloned.made);
            }
            context.progress((index + 1) / plans.length);
          }
          return { made };
        },
        async undo(context, { newId }, { plans = [], running = false }) {
          await parts.driver.unmount(newId);
          for (const plan of plans) {
            if (plan.how === 'copy')
              await leavePlace(parts, context, secondPlace(newId), running ? undefined : plan.source);
            await unmakeCtVolume(parts.storages, context, newId, plan);
          }
        },
      },
      {
        name: 'set-up-root',
        async run(context, { newId }, { made = [], config = {} }) {
          const root = made.find(({ key }) => key === 'rootfs');
          if (!root) return;
          const complete = withVolumes(config, made);
          const model = readCtConfig({ vmid: newId, config: complete });
          const at = { place: newId, volume: root.volume, unprivileged: model.unprivileged };
          await withMounted(parts, context, at, async (path) => {
            await parts.setup.firstTime(context, path, model, {});
            await parts.setup.apply(context, path, model, await parts.facts());
          });
        },
        async undo(context, { newId }, { plans = [] }) {
          const plan = plans.find(({ key }) => key === 'rootfs');
          const root = plan && (await findPlanned(parts.storages, context, newId, plan));
          await leavePlace(parts, context, newId, plan && root && `${plan.storage}:${root.name}`);
        },
      },
      {
        name: 'write-config',
        async run(_context, { newId }, { made = [], config = {}, createdAt = 0 }) {
          const document: GuestDocument = {
            ...{ kind: 'lxc', vmid: newId, node: parts.node, createdAt },
            config: withVolumes(config, made),
          };
          if (findGuest(parts.store, newId)?.createdAt !== createdAt)
            await parts.store.write(guestKey(newId), document, 0);
        },
        async undo(_context, { newId }, { createdAt }) {
          if (findGuest(parts.store, newId)?.createdAt === createdAt)
            await parts.store.delete(guestKey(newId));
        },
      },
      joinPoolStep(parts, ({ newId }) => newId),
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

async function planClone(
  parts: CtTaskParts,
  context: Parameters<typeof planCtVolumes>[1],
  params: CtCloneParams,
  config: VmConfig,
  running: boolean,
): Promise<ClonePlan[]> {
  const plans: ClonePlan[] = [];
  const { newId, full, snapshot, storage: wish } = params;
  const wishes = [];
  const ways: Pick<ClonePlan, 'source' | 'how'>[] = [];
  for (const { key, volume, mount } of mountedVolumes(config)) {
    const { storage: here } = splitVolume(volume);
    const info = await volumeInfo(parts.storages, context, volume);
    const storage = wish ?? here;
    const state = snapshot !== undefined ? 'snapshot' : config['template'] === 1 ? 'base' : 'current';
    const can = canDo(parts.storages, here, 'clone', info.format, state);
    const clones = storage === here && can.possible && (can.live || !running);
    const sizeBytes = mount.sizeBytes ?? info.sizeBytes;
    // A copy may have another format: what the target prefers. A clone has that of its source.
    wishes.push({ key, storage, sizeBytes, ...(clones ? { format: info.format } : {}) });
    ways.push({ source: volume, how: !full ? 'linked' : clones ? 'full' : 'copy' });
  }
  for (const [index, plan] of (await planCtVolumes(parts.storages, context, newId, wishes)).entries())
    plans.push({ ...plan, ...ways[index]! });
  return plans;
}

function withVolumes(config: VmConfig, made: readonly MadeVolume[]): VmConfig {
  return made.reduce((draft, { key, volume }) => withVolumeAt(draft, key, { volume }), config);
}
