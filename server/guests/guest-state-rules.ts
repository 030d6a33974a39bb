// May this action be done to this guest now? The daemon's use of the table that the UI shows its buttons by.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import {
  type GuestAction,
  type RefusalReason,
  refusalOf,
  refusalSentences,
} from '../contract/guest-actions.ts';
import { AppError } from '../core/errors.ts';
import { type GuestKind, guestLabel } from './config/guest-document.ts';
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
/** Where people say it otherwise of containers. */
const ctVerbs: Readonly<Partial<typeof verbs>> = { suspend: 'freeze' };

/** Throws `wrong-state` saying why not, `not-found` when there is no such guest of the kind. */
export function assertAction(
  parts: { readonly store: ClusterStore; readonly states: GuestStates },
  vmid: number,
  action: GuestAction,
  kind: GuestKind = 'qemu',
): void {
  const { config, restoring } = readGuest(parts.store, vmid, kind);
  const state = parts.states.stateOf(vmid);
  const refusal = refusalOf(action, {
    kind,
    status: state,
    template: config['template'] === 1,
    // What was given up half-way may go.
    lock:
      config['lock'] === undefined || (restoring && action === 'delete') ? undefined : String(config['lock']),
    protection: config['protection'] === 1,
  });
  const guest = guestLabel(kind, vmid);
  if (restoring && action === 'start' && state === 'stopped')
    throw new AppError(
      'wrong-state',
      `cannot start ${guest}: a part of its disks is in its backup still: finish its restore`,
      {
        data: { state, action },
      },
    );
  if (refusal === undefined) return;
  const verb = (kind === 'lxc' ? ctVerbs[action] : undefined) ?? verbs[action];
  throw new AppError(
    'wrong-state',
    wireText(action, refusal, kind, guest) ?? `cannot ${verb} ${guest}: ${refusalSentences[refusal]}`,
    { data: { state, action } },
  );
}

/** Where existing clients look for a certain text. */
function wireText(
  action: GuestAction,
  refusal: RefusalReason,
  kind: GuestKind,
  guest: string,
): string | undefined {
  switch (`${action} ${refusal}`) {
    case 'start already-running':
      return `${guest} already running`;
    case 'shutdown not-running':
    case 'stop not-running':
    case 'reboot not-running':
      return `${guest} not running`;
    case 'delete still-running':
    // To them, what stands or sleeps runs as well: its process is there.
    case 'delete still-paused':
    case 'delete still-suspended':
      return kind === 'lxc'
        ? `unable to destroy ${guest} - container is running`
        : `${guest} is running - destroy failed`;
    default:
      return undefined;
  }
}
