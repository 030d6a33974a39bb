// Task `qmconfig`: a VM's configuration changes; a running one takes at once what it can, the rest waits for its next start.

import { checkDigest } from '../../core/config-digest.ts';
import { vmWarnings } from '../../guests/config/check-vm-model.ts';
import type { ConfigInput, VmConfig } from '../../guests/config/config-keys.ts';
import {
  type ConfigChange,
  completeConfig,
  mergeConfigChange,
} from '../../guests/config/merge-config-change.ts';
import {
  pendingChanges,
  revertPending,
  settleKeys,
  volumesInUse,
} from '../../guests/config/pending-changes.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { withDiskAt } from '../../guests/config/vm-disks.ts';
import { changeGuest, readGuest, volumesOfOthers } from '../../guests/guest-documents.ts';
import {
  type MadeVolume,
  makeVolume,
  type PlannedVolume,
  planVolumes,
  removeVolume,
  unmakeVolume,
  volumeInfo,
} from '../../guests/guest-volumes.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { readUnlockedVm } from '../../guests/vm-state-rules.ts';
import type { TaskKind } from '../task.ts';
import { keepUnused, lostVolumes } from './guest-config-undo.ts';
import { withoutVolumes, withUnused } from './vm-config-undo.ts';
import { firmwareFor } from './vm-firmware.ts';
import { plugPending } from './vm-hot-plug.ts';

export interface ConfigParams {
  readonly vmid: number;
  readonly set: Readonly<Record<string, ConfigInput>>;
  readonly remove: readonly string[];
  /** Keys whose waiting change is dropped, before the rest is done. */
  readonly revert: readonly string[];
  readonly digest: string | undefined;
  /** Volumes of removed disks are removed, not kept as unused. */
  readonly force: boolean;
  /** Although it bears a lock. */
  readonly skiplock?: boolean;
}

interface ConfigState {
  before: VmConfig;
  change: ConfigChange;
  plans: readonly PlannedVolume[];
  made: readonly MadeVolume[];
  after: VmConfig;
}

export function vmConfigKind(parts: VmParts): TaskKind<ConfigParams, ConfigState> {
  const merge = ({ vmid, set, remove, revert, force }: ConfigParams) => {
    const document = readGuest(parts.store, vmid);
    const reverted = revert.length > 0 ? revertPending(document, revert) : document.config;
    return mergeConfigChange(reverted, set, remove, { vmid, create: false, force });
  };
  const unused = { store: parts.store, withUnused };
  return {
    type: 'qmconfig',
    describe: ({ vmid }) => `VM ${vmid} - Configure`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ vmid }) => [{ scope: 'guest', id: String(vmid) }],
    async check(params) {
      const { config } = params.skiplock
        ? readGuest(parts.store, params.vmid)
        : readUnlockedVm(parts, params.vmid);
      checkDigest(config, params.digest);
      for (const { storage } of merge(params).allocations) parts.storages.storage(storage);
    },
    steps: [
      {
        name: 'plan',
        async run(context, params) {
          const { config: before } = readGuest(parts.store, params.vmid);
          const change = merge(params);
          const plans = await planVolumes(parts.storages, context, params.vmid, change.allocations);
          return { before, change, plans };
        },
      },
      {
        name: 'make-volumes',
        async run(context, { vmid }, { plans = [], change }) {
          const made: MadeVolume[] = [];
          for (const plan of plans) {
            context.log(`making ${plan.storage}:${plan.name} (${plan.format}) for ${plan.key}`);
            const firmware = change && firmwareFor(parts, change, plan);
            made.push(await makeVolume(parts.storages, context, vmid, plan, firmware));
          }
          return { made };
        },
        async undo(context, { vmid }, { plans = [], made = [] }) {
          const inUse = volumesInUse(readGuest(parts.store, vmid));
          for (const plan of plans) {
            const volume = made.find(({ key }) => key === plan.key)?.volume;
            if (volume === undefined || !inUse.has(volume))
              await unmakeVolume(parts.storages, context, vmid, plan);
            else await keepUnused(unused, context, vmid, volume);
          }
        },
      },
      {
        name: 'write-config',
        async run(context, params, { change, made = [] }) {
          if (!change) return undefined;
          const { vmid } = params;
          let after = completeConfig(change, new Map(made.map((volume) => [volume.key, volume])));
          for (const { key, volume } of change.references) {
            const { sizeBytes } = await volumeInfo(parts.storages, context, volume);
            after = withDiskAt(after, key, { sizeBytes });
          }
          await changeGuest(parts.store, vmid, (document) => ({ ...document, config: after }));
          const touched = touchedKeys(params, change);
          for (const line of vmWarnings(readVmConfig({ vmid, config: after })))
            if (touched.has(line.slice(0, line.indexOf(':')))) context.log(line);
          return { after };
        },
        async undo(context, params, { before, change }) {
          if (!before) return;
          const lost = await lostVolumes(parts, context, change?.removals ?? []);
          const config = withoutVolumes(params.vmid, before, lost);
          await changeGuest(parts.store, params.vmid, (document) => ({ ...document, config }));
          // A running guest gives back what it was given, before its volume goes.
          await plugPending(parts, context, params.vmid, touchedKeys(params, change));
        },
      },
      {
        name: 'apply-to-running',
        async run(context, params, { change }) {
          await plugPending(parts, context, params.vmid, touchedKeys(params, change));
          return undefined;
        },
        // How far it came is not known: all of it is taken for in force, so that the way back takes all of it back.
        async undo(_context, params, { change }) {
          const touched = touchedKeys(params, change);
          await changeGuest(parts.store, params.vmid, (document) => {
            if (!document.running) return undefined;
            const keys = pendingChanges(document.config, document.running).hot.map(({ key }) => key);
            const mine = keys.filter((key) => touched.has(key));
            return { ...document, running: settleKeys(document.running, document.config, mine) };
          });
        },
      },
      {
        name: 'remove-volumes',
        async run(context, { vmid }, { change }) {
          context.signal.throwIfAborted();
          const inUse = volumesInUse(readGuest(parts.store, vmid));
          const others = volumesOfOthers(parts.store, vmid);
          for (const volume of change?.removals ?? []) {
            if (inUse.has(volume)) await keepUnused(unused, context, vmid, volume);
            else if (others.has(volume)) context.warn(`${volume} is used by another guest: it stays`);
            else await removeVolume(parts.storages, context, volume);
          }
          return undefined;
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}

/** What the request names, also where it is so already: asking again is trying again. */
function touchedKeys({ set, remove, revert }: ConfigParams, change: ConfigChange | undefined): Set<string> {
  return new Set([...Object.keys(set), ...remove, ...revert, ...(change?.changedKeys ?? [])]);
}
