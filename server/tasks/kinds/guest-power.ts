// Tasks of one call to the driver: pause, resume, reset.
import type { GuestAction } from '../../contract/guest-actions.ts';
import type { GuestKind } from '../../guests/config/guest-document.ts';
import type { RunState } from '../../guests/guest-driver.ts';
import type { GuestStates } from '../../guests/guest-states.ts';
import type { TaskKind } from '../task.ts';
import { type GuestTarget, onGuest } from './guest-task-names.ts';

/** Whose they are. */
export interface PoweredGuest {
  readonly kind: GuestKind;
  readonly states: GuestStates;
  assertAction(vmid: number, action: GuestAction): void;
}

export function powerKind(
  guest: PoweredGuest,
  names: readonly [type: string, label: string],
  action: GuestAction,
  call: (vmid: number) => Promise<void>,
  /** The state that it leads to; a guest that is in it already is left alone. */
  target?: RunState,
): TaskKind<GuestTarget, object> {
  const { states } = guest;
  return {
    ...onGuest(guest.kind, ...names),
    check: async ({ vmid }) => guest.assertAction(vmid, action),
    steps: [
      {
        name: action,
        async run(_context, { vmid }) {
          if (target !== undefined) {
            await states.refresh();
            if (states.stateOf(vmid) === target) return;
          }
          await call(vmid);
          await states.refresh();
        },
      },
    ],
    // A reset that was cut off is not done a second time: the guest may have come up since.
    afterCrash: target === undefined ? 'unwind' : 'resume',
    cancellable: false,
  };
}
