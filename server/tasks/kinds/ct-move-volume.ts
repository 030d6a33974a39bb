// Task `move_volume` of a container's volume to another storage.

import { checkDigest } from '../../core/config-digest.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { GuestDocument } from '../../guests/config/guest-document.ts';
import { ctVolumesInUse } from '../../guests/ct/config/ct-volumes-in-use.ts';
import { leavePlace, secondPlace } from '../../guests/ct/ct-mounts.ts';
import type { CtMoveParams } from '../../guests/ct/ct-params.ts';
import { assertStopped, readUnlocked } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import {
  findPlanned,
  type PlannedCtVolume,
  planCtVolumes,
  unmakeCtVolume,
} from '../../guests/ct/ct-volumes.ts';
import {
  type KeyedVolume,
  volumesByKey,
  withoutKey,
  withUnused,
  withVolumeAt,
} from '../../guests/ct/volume-keys.ts';
import { changeGuest, readGuest } from '../../guests/guest-documents.ts';
import { type MadeVolume, removeVolume, volumeInfo } from '../../guests/guest-volumes.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { copyVolume } from './ct-copy-volume.ts';
import { lostVolumes } from './guest-config-undo.ts';
import { onContainer } from './guest-task-names.ts';

interface CtMoveState {
  plan: PlannedCtVolume;
  /** The volume that is moved. */
  source: string;
  made: MadeVolume;
}

/** Copies a volume of a stopped container to another storage, and takes the copy into use. */
export function ctMoveVolumeKind(parts: CtTaskParts): TaskKind<CtMoveParams, CtMoveState> {
  return {
    ...onContainer('move_volume', 'Move Volume'),
    describe: ({ vmid, key, storage }) => `CT ${vmid} - Move ${key} to ${storage}`,
    async check({ vmid, key, storage, remove, digest }) {
      const document = readUnlocked(parts, vmid);
      checkDigest(document.config, digest);
      assertStopped(parts, vmid, 'move its volumes');
      const { volume } = keyedVolume(document, key);
      if (splitVolume(volume).storage === storage)
        throw invalidInput({ storage: `${key} is on storage '${storage}' already` });
      parts.storages.rootFormat(storage, undefined);
      if (remove) refuseWithSnapshots(document, volume, 'keep the old volume');
    },
    steps: [
      {
        name: 'plan',
        async run(context, { vmid, key, storage }) {
          const { volume, mount } = keyedVolume(readUnlocked(parts, vmid), key);
          const info = await volumeInfo(parts.storages, context, volume);
          const sizeBytes = mount?.sizeBytes ?? info.sizeBytes;
          const [plan] = await planCtVolumes(parts.storages, context, vmid, [{ key, storage, sizeBytes }]);
          return plan && { plan, source: volume };
        },
      },
      {
        name: 'copy',
        async run(context, { vmid }, { plan, source }) {
          if (!plan || source === undefined) return undefined;
          context.log(`copying ${source} to ${plan.storage}:${plan.name} (${plan.format})`);
          const unprivileged = readGuest(parts.store, vmid, 'lxc').config['unprivileged'] === 1;
          const from = { volume: source, inUse: false };
          return { made: await copyVolume(parts, context, vmid, plan, from, unprivileged) };
        },
        async undo(context, { vmid }, { plan, source }) {
          if (!plan) return;
          await parts.driver.unmount(vmid);
          await leavePlace(parts, context, secondPlace(vmid), source);
          // Where the old volume is gone already, the copy is all there is.
          const there = await findPlanned(parts.storages, context, vmid, plan);
          const inUse = ctVolumesInUse(readGuest(parts.store, vmid, 'lxc'));
          if (there && inUse.has(`${plan.storage}:${there.name}`))
            context.warn(`the old volume was removed already: ${there.name} stays in use`);
          else await unmakeCtVolume(parts.storages, context, vmid, plan);
        },
      },
      {
        name: 'write-config',
        async run(_context, { vmid, key }, { made, source }) {
          if (!made || source === undefined) return;
          await changeGuest(parts.store, vmid, (document) => {
            const moved = withVolumeAt(document.config, key, { volume: made.volume });
            // Also when it is to go: until it is gone, it is known.
            return { ...document, config: withUnused(moved, source) };
          });
        },
        async undo(context, { vmid, key }, { made, source }) {
          if (!made || source === undefined) return;
          const lost = (await lostVolumes(parts, context, [source])).size > 0;
          await changeGuest(parts.store, vmid, (document) => {
            const unused = volumesByKey(document.config).find(
              (entry) => entry.volume === source && entry.key !== key,
            );
            // Removed, or on its way out: the copy stays in use.
            if (!unused || lost) return undefined;
            const back = withVolumeAt(document.config, key, { volume: source });
            return { ...document, config: withoutKey(back, unused.key) };
          });
        },
      },
      {
        name: 'remove-source',
        async run(context, { vmid, remove }, { source }) {
          context.signal.throwIfAborted();
          if (!remove || source === undefined) return;
          await removeVolume(parts.storages, context, source);
          await changeGuest(parts.store, vmid, (document) => {
            const entry = volumesByKey(document.config).find(({ volume }) => volume === source);
            return entry && { ...document, config: withoutKey(document.config, entry.key) };
          });
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

/** The volume at the key; `invalid-input` naming it when there is none. */
export function keyedVolume(document: GuestDocument, key: string): KeyedVolume {
  const found = volumesByKey(document.config).find((entry) => entry.key === key);
  if (!found) throw invalidInput({ volume: `CT ${document.vmid} has no volume at '${key}'` });
  return found;
}

/** `wrong-state` naming the snapshots that need the volume. */
export function refuseWithSnapshots(document: GuestDocument, volume: string, advice: string): void {
  const names = Object.entries(document.snapshots ?? {})
    .filter(([, { config }]) => ctVolumesInUse({ config }).has(volume))
    .map(([name]) => name)
    .sort();
  if (names.length > 0)
    throw new AppError(
      'wrong-state',
      `${volume} belongs to snapshots of CT ${document.vmid} (${names.join(', ')}): remove them first, or ${advice}`,
    );
}
