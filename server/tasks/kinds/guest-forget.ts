// Tasks `qmforget` and `vzforget`: a guest's configuration is removed, and no volume is touched: for guests whose storage is gone.
// The log says which volumes are left. Once begun it is finished.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { type GuestKind, guestKey } from '../../guests/config/guest-document.ts';
import { findGuest, readGuest, volumesOfOthers } from '../../guests/guest-documents.ts';
import { assertAction } from '../../guests/guest-state-rules.ts';
import type { GuestStates } from '../../guests/guest-states.ts';
import { volumesOf } from '../../guests/guest-volumes-in-use.ts';
import type { RunEnds } from '../../guests/guest-watcher.ts';
import { ownerOf } from '../../guests/volume-names.ts';
import type { TaskKind } from '../task.ts';
import { type GuestTarget, onGuest } from './guest-task-names.ts';

export interface ForgettableGuest {
  readonly kind: GuestKind;
  readonly store: ClusterStore;
  readonly states: GuestStates;
  readonly ends: RunEnds;
  /** Lets go of what the host holds for it: mounts, sockets, firmware variables. */
  undefine(vmid: number): Promise<void>;
}

export function guestForgetKind(guest: ForgettableGuest): TaskKind<GuestTarget, { volumes: string[] }> {
  const { kind, store, ends } = guest;
  return {
    ...onGuest(kind, kind === 'lxc' ? 'vzforget' : 'qmforget', 'Forget'),
    check: async ({ vmid }) => assertAction(guest, vmid, 'delete', kind),
    steps: [
      {
        name: 'list-volumes',
        async run(_context, { vmid }) {
          const others = volumesOfOthers(store, vmid);
          const own = [...volumesOf(readGuest(store, vmid, kind))].filter(
            (volume) => ownerOf(volume) === vmid,
          );
          return { volumes: own.filter((volume) => !others.has(volume)).sort() };
        },
      },
      {
        name: 'forget',
        async run(context, { vmid }, { volumes = [] }) {
          if (findGuest(store, vmid)) {
            await ends.settle(vmid, context);
            await guest.undefine(vmid);
            await store.delete(guestKey(vmid));
          }
          for (const volume of volumes) context.warn(`left: ${volume}`);
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: false,
  };
}
