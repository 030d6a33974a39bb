// Task `qmdestroy`: a VM and its volumes are removed. Once begun it goes on after a crash: there is no way back.

import { forgetInJobs } from '../../backup/jobs/forget-guest.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { isCloudInitVolume } from '../../guests/config/cloud-init-keys.ts';
import { guestKey, guestLabel } from '../../guests/config/guest-document.ts';
import { volumesInUse } from '../../guests/config/pending-changes.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { findGuest, readGuest, volumesOfOthers } from '../../guests/guest-documents.ts';
import { assertAction } from '../../guests/guest-state-rules.ts';
import { removeVolume, requireUnprotected, volumesOfGuest } from '../../guests/guest-volumes.ts';
import { linkedClonesOf } from '../../guests/linked-clones.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { isBaseVolume } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';

export interface DeleteParams {
  readonly vmid: number;
  /** Also volumes that bear its number and that its configuration does not name. */
  readonly unreferenced: boolean;
  /** Also out of the backup jobs that name it. */
  readonly purge?: boolean;
}

interface DeleteState {
  volumes: readonly string[];
}

export function vmDeleteKind(parts: VmParts): TaskKind<DeleteParams, DeleteState> {
  return {
    type: 'qmdestroy',
    describe: ({ vmid }) => `VM ${vmid} - Destroy`,
    objectId: ({ vmid }) => String(vmid),
    locks: ({ vmid }) => [{ scope: 'guest', id: String(vmid) }],
    async check({ vmid }) {
      assertAction(parts, vmid, 'delete');
      const bases = ownVolumes(parts, vmid).filter((volume) => isBaseVolume(volume));
      const clones = await linkedClonesOf(parts.storages, quietContext(), bases);
      const others = [...clones.keys()].filter((clone) => clone !== vmid);
      if (others.length === 0) return;
      const names = others.map((clone) => guestLabel(findGuest(parts.store, clone)?.kind ?? 'qemu', clone));
      throw new AppError('busy', `VM ${vmid} has linked clones: remove ${names.join(', ')} first`, {
        data: { clones: others },
      });
    },
    steps: [
      {
        name: 'list-volumes',
        async run(context, { vmid, unreferenced }) {
          const named = new Set(ownVolumes(parts, vmid));
          const found = await volumesOfGuest(parts.storages, context, vmid);
          const others = volumesOfOthers(parts.store, vmid);
          const volumes = [...new Set([...named, ...(unreferenced ? found : [])])].filter(
            (volume) => !others.has(volume),
          );
          await requireUnprotected(parts.storages, context, volumes);
          for (const volume of volumes) context.log(`will remove ${volume}`);
          return { volumes };
        },
      },
      {
        name: 'remove-volumes',
        async run(context, _params, { volumes = [] }) {
          for (const volume of volumes) await removeVolume(parts.storages, context, volume);
          return undefined;
        },
      },
      {
        name: 'forget',
        async run(_context, { vmid }) {
          await parts.driver.undefine(vmid);
          await parts.store.delete(guestKey(vmid));
          return undefined;
        },
      },
      {
        name: 'forget-jobs',
        async run(context, { vmid, purge = false }) {
          if (purge) for (const line of await forgetInJobs(parts.store, vmid)) context.log(line);
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}

/** The volumes that the configuration names as its own: no discs. */
function ownVolumes(parts: VmParts, vmid: number): string[] {
  if (!findGuest(parts.store, vmid)) return [];
  const document = readGuest(parts.store, vmid);
  const then = Object.values(document.snapshots ?? {}).map(({ config }) => config);
  const discs = new Set(
    [document.config, document.running ?? {}, document.suspended?.config ?? {}, ...then].flatMap((config) =>
      readVmConfig({ vmid, config })
        .drives.filter((drive) => drive.media === 'cdrom' && !isCloudInitVolume(drive.volume))
        .map((drive) => drive.volume),
    ),
  );
  return [...volumesInUse(document)].filter((volume) => !discs.has(volume));
}
