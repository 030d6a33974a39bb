// Task `vzconfig`: a container's configuration changes; a running one takes at once what it can, the rest waits for its next start.

import { checkDigest } from '../../core/config-digest.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { ctVolumesInUse } from '../../guests/ct/config/ct-volumes-in-use.ts';
import {
  type CtConfigChange,
  completeCtChange,
  mergeCtChange,
} from '../../guests/ct/config/merge-ct-change.ts';
import { revertCtPending } from '../../guests/ct/config/pending-ct-changes.ts';
import type { CtConfigParams } from '../../guests/ct/ct-params.ts';
import { readUnlocked } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import {
  limitTree,
  makeCtVolume,
  type PlannedCtVolume,
  planCtVolumes,
  unmakeCtVolumes,
} from '../../guests/ct/ct-volumes.ts';
import { withUnused, withVolumeAt } from '../../guests/ct/volume-keys.ts';
import { changeGuest, readGuest, volumesOfOthers } from '../../guests/guest-documents.ts';
import { type MadeVolume, removeVolume, volumeInfo } from '../../guests/guest-volumes.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { withoutVolumes } from './ct-config-undo.ts';
import { assumeInForce, plugCtPending } from './ct-hot-plug.ts';
import { keepUnused, lostVolumes } from './guest-config-undo.ts';
import { onContainer } from './guest-task-names.ts';

interface CtConfigState {
  before: VmConfig;
  change: CtConfigChange;
  plans: readonly PlannedCtVolume[];
  made: readonly MadeVolume[];
}

export function ctConfigKind(parts: CtTaskParts): TaskKind<CtConfigParams, CtConfigState> {
  const merge = ({ vmid, set, remove, revert }: CtConfigParams) => {
    const document = readGuest(parts.store, vmid, 'lxc');
    const reverted = revert.length > 0 ? revertCtPending(document, revert) : document.config;
    return mergeCtChange(reverted, set, remove, { vmid, create: false });
  };
  const unused = { store: parts.store, withUnused };
  return {
    ...onContainer('vzconfig', 'Configure'),
    async check(params) {
      checkDigest(readUnlocked(parts, params.vmid).config, params.digest);
      for (const { storage } of merge(params).allocations) parts.storages.storage(storage);
    },
    steps: [
      {
        name: 'plan',
        async run(context, params) {
          const { config: before } = readGuest(parts.store, params.vmid, 'lxc');
          const change = merge(params);
          const plans = await planCtVolumes(parts.storages, context, params.vmid, change.allocations);
          return { before, change, plans };
        },
      },
      {
        name: 'make-volumes',
        async run(context, { vmid }, { plans = [], before = {} }) {
          const made: MadeVolume[] = [];
          for (const plan of plans) {
            context.log(`making ${plan.storage}:${plan.name} (${plan.format}) for ${plan.key}`);
            const volume = await makeCtVolume(parts, context, vmid, plan, before['unprivileged'] === 1);
            const { storage, name } = splitVolume(volume.volume);
            await limitTree(parts.storages.storage(storage), context, plan, name);
            made.push(volume);
          }
          return { made };
        },
        async undo(context, { vmid }, { plans = [], made = [] }) {
          const inUse = ctVolumesInUse(readGuest(parts.store, vmid, 'lxc'));
          for (const plan of plans) {
            const volume = made.find(({ key }) => key === plan.key)?.volume;
            if (volume === undefined || !inUse.has(volume))
              await unmakeCtVolumes(parts, context, vmid, [plan]);
            else await keepUnused(unused, context, vmid, volume);
          }
        },
      },
      {
        name: 'write-config',
        async run(context, { vmid }, { change, made = [] }) {
          if (!change) return;
          let after = completeCtChange(change, new Map(made.map((volume) => [volume.key, volume])));
          for (const { key, volume } of change.references) {
            const { sizeBytes } = await volumeInfo(parts.storages, context, volume);
            after = withVolumeAt(after, key, { sizeBytes });
          }
          await changeGuest(parts.store, vmid, (document) => ({ ...document, config: after }));
        },
        async undo(context, params, { before, change }) {
          if (!before) return;
          const lost = await lostVolumes(parts, context, change?.removals ?? []);
          const config = withoutVolumes(before, lost);
          await changeGuest(parts.store, params.vmid, (document) => ({ ...document, config }));
          // A running container gives back what it was given, before its volume goes.
          await plugCtPending(parts, context, params.vmid, touchedKeys(params, change));
        },
      },
      {
        name: 'apply-to-running',
        run: (context, params, { change }) =>
          plugCtPending(parts, context, params.vmid, touchedKeys(params, change)),
        // How far it came is not known: all of it is taken for in force, so that the way back takes all of it back.
        undo: (_context, params, { change }) =>
          assumeInForce(parts, params.vmid, touchedKeys(params, change)),
      },
      {
        name: 'remove-volumes',
        async run(context, { vmid }, { change }) {
          context.signal.throwIfAborted();
          const inUse = ctVolumesInUse(readGuest(parts.store, vmid, 'lxc'));
          const others = volumesOfOthers(parts.store, vmid);
          for (const volume of change?.removals ?? []) {
            if (inUse.has(volume)) await keepUnused(unused, context, vmid, volume);
            else if (others.has(volume)) context.warn(`${volume} is used by another guest: it stays`);
            else await removeVolume(parts.storages, context, volume);
          }
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

/** What the request names, also where it is so already: asking again is trying again. */
function touchedKeys(params: CtConfigParams, change: CtConfigChange | undefined): Set<string> {
  const { set, remove, revert } = params;
  return new Set([...Object.keys(set), ...remove, ...revert, ...(change?.changedKeys ?? [])]);
}
