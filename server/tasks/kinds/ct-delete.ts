// Task `vzdestroy`: a container and its volumes are removed. Once begun it goes on after a crash: there is no way back.

import { forgetInJobs } from '../../backup/jobs/forget-guest.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { guestKey, guestLabel } from '../../guests/config/guest-document.ts';
import { ctVolumesInUse } from '../../guests/ct/config/ct-volumes-in-use.ts';
import type { CtDeleteParams } from '../../guests/ct/ct-params.ts';
import { assertCtAction, isRunning, readUnlocked } from '../../guests/ct/ct-state-rules.ts';
import type { CtTaskParts } from '../../guests/ct/ct-task-parts.ts';
import { volumesOfCt } from '../../guests/ct/ct-volumes.ts';
import { findGuest, volumesOfOthers } from '../../guests/guest-documents.ts';
import { removeVolume, requireUnprotected } from '../../guests/guest-volumes.ts';
import { linkedClonesOf } from '../../guests/linked-clones.ts';
import type { TaskKind } from '../task.ts';
import { stopNow } from './guest-stop.ts';
import { onContainer } from './guest-task-names.ts';

interface CtDeleteState {
  volumes: readonly string[];
}

export function ctDeleteKind(parts: CtTaskParts): TaskKind<CtDeleteParams, CtDeleteState> {
  return {
    ...onContainer('vzdestroy', 'Destroy'),
    async check({ vmid, force = false }) {
      const document = readUnlocked(parts, vmid);
      if (document.config['protection'] === 1 || !force) assertCtAction(parts, vmid, 'delete');
      const clones = await linkedClonesOf(parts.storages, quietContext(), [...ctVolumesInUse(document)]);
      const others = [...clones.keys()].filter((clone) => clone !== vmid);
      if (others.length > 0) {
        const names = others.map((clone) => guestLabel(findGuest(parts.store, clone)?.kind ?? 'lxc', clone));
        throw new AppError('busy', `CT ${vmid} has linked clones: remove ${names.join(', ')} first`, {
          data: { clones: others },
        });
      }
      // Also before it is stopped; what nobody names is looked up behind that.
      await requireUnprotected(parts.storages, quietContext(), [...ctVolumesInUse(document)]);
    },
    steps: [
      {
        name: 'stop',
        async run(context, { vmid, force = false }) {
          if (force && isRunning(parts, vmid)) await stopNow(parts, context, vmid);
          else await parts.ends.settle(vmid, context);
        },
      },
      {
        name: 'list-volumes',
        async run(context, { vmid, unreferenced }) {
          const document = findGuest(parts.store, vmid);
          const named = document ? [...ctVolumesInUse(document)] : [];
          const found = unreferenced ? await volumesOfCt(parts.storages, context, vmid) : [];
          const others = volumesOfOthers(parts.store, vmid);
          const volumes = [...new Set([...named, ...found])].filter((volume) => !others.has(volume));
          await requireUnprotected(parts.storages, context, volumes);
          for (const volume of volumes) context.log(`will remove ${volume}`);
          const snapshots = Object.keys(document?.snapshots ?? {});
          if (snapshots.length > 0) context.log(`with the snapshots ${snapshots.sort().join(', ')}`);
          return { volumes };
        },
      },
      {
        name: 'remove-volumes',
        async run(context, { vmid }, { volumes = [] }) {
          await parts.driver.unmount(vmid);
          for (const volume of volumes) await removeVolume(parts.storages, context, volume);
        },
      },
      {
        name: 'forget',
        async run(_context, { vmid }) {
          await parts.driver.undefine(vmid);
          await parts.store.delete(guestKey(vmid));
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
