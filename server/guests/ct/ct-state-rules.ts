// May this action be done to this container now? As for VMs, by the table that the UI shows its buttons by.
import { type GuestAction, refusalOf, refusalSentences } from '../../contract/guest-actions.ts';
import { AppError } from '../../core/errors.ts';
import type { GuestDocument } from '../config/guest-document.ts';
import type { CtParts } from '../ct-parts.ts';
import { readGuest } from '../guest-documents.ts';

type Known = Pick<CtParts, 'store' | 'states'>;

const verbs: Readonly<Record<GuestAction, string>> = {
  start: 'start',
  shutdown: 'shut down',
  stop: 'stop',
  reboot: 'reboot',
  reset: 'reset',
  suspend: 'freeze',
  resume: 'resume',
  console: 'open the console of',
  delete: 'remove',
};

/** Where existing clients look for a certain text. */
const wireTexts: Readonly<Record<string, (vmid: number) => string>> = {
  'start already-running': (vmid) => `CT ${vmid} already running`,
  'shutdown not-running': (vmid) => `CT ${vmid} not running`,
  'stop not-running': (vmid) => `CT ${vmid} not running`,
  'reboot not-running': (vmid) => `CT ${vmid} not running`,
  'delete still-running': (vmid) => `unable to destroy CT ${vmid} - container is running`,
};

/** Throws `wrong-state` saying why not, `not-found` when there is no such container. */
export function assertCtAction(parts: Known, vmid: number, action: GuestAction): void {
  const { config } = readGuest(parts.store, vmid, 'lxc');
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
    exact ?? `cannot ${verbs[action]} CT ${vmid}: ${refusalSentences[refusal]}`,
    { data: { state, action } },
  );
}

/** The document of a container that no other operation holds; `wrong-state` naming the lock. */
export function readUnlocked(parts: Known, vmid: number): GuestDocument {
  const document = readGuest(parts.store, vmid, 'lxc');
  const lock = document.config['lock'];
  if (lock !== undefined && lock !== '')
    throw new AppError('wrong-state', `CT is locked (${lock})`, { data: { lock } });
  return document;
}

export function isRunning(parts: Pick<CtParts, 'states'>, vmid: number): boolean {
  return parts.states.stateOf(vmid) !== 'stopped';
}

/** `wrong-state` in words, unless the container is stopped. */
export function assertStopped(parts: Pick<CtParts, 'states'>, vmid: number, what: string): void {
  if (isRunning(parts, vmid))
    throw new AppError('wrong-state', `CT ${vmid} is running: stop it first to ${what}`);
}
