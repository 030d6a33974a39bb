// May this action be done to this guest now? The daemon's use of the table that the UI shows its buttons by.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { type GuestAction, refusalOf, refusalSentences } from '../contract/guest-actions.ts';
import { AppError } from '../core/errors.ts';
import { readGuest } from './guest-documents.ts';
import type { GuestStates } from './guest-states.ts';

const verbs: Readonly<Record<GuestAction, string>> = {
  start: 'start',
  shutdown: 'shut down',
  stop: 'stop',
  reboot: 'reboot',
  reset: 'reset',
  suspend: 'pause',
  resume: 'resume',
  console: 'open the console of',
  delete: 'remove',
};

/** Throws `wrong-state` saying why not, `not-found` when there is no such guest. */
export function assertAction(
  parts: { readonly store: ClusterStore; readonly states: GuestStates },
  vmid: number,
  action: GuestAction,
): void {
  const { config } = readGuest(parts.store, vmid);
  const state = parts.states.stateOf(vmid);
  const refusal = refusalOf(action, {
    status: state,
    template: config['template'] === 1,
    lock: config['lock'] === undefined ? undefined : String(config['lock']),
    protection: config['protection'] === 1,
  });
  if (refusal === undefined) return;
  const exact = wireTexts[`${action} ${refusal}`]?.(vmid);
  throw new AppError(
    'wrong-state',
    exact ?? `cannot ${verbs[action]} VM ${vmid}: ${refusalSentences[refusal]}`,
    {
      data: { state, action },
    },
  );
}

/** Where existing clients look for a certain text. */
const wireTexts: Readonly<Record<string, (vmid: number) => string>> = {
  'start already-running': (vmid) => `VM ${vmid} already running`,
  'shutdown not-running': (vmid) => `VM ${vmid} not running`,
  'stop not-running': (vmid) => `VM ${vmid} not running`,
  'reboot not-running': (vmid) => `VM ${vmid} not running`,
  'delete still-running': (vmid) => `VM ${vmid} is running - destroy failed`,
};
