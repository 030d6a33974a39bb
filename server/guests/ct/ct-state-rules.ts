// May this action be done to this container now? As for VMs, by the table that the UI shows its buttons by.
import type { GuestAction } from '../../contract/guest-actions.ts';
import { AppError } from '../../core/errors.ts';
import type { GuestDocument } from '../config/guest-document.ts';
import type { CtParts } from '../ct-parts.ts';
import { readGuest } from '../guest-documents.ts';
import { assertAction } from '../guest-state-rules.ts';

type Known = Pick<CtParts, 'store' | 'states'>;

/** Throws `wrong-state` saying why not, `not-found` when there is no such container. */
export function assertCtAction(parts: Known, vmid: number, action: GuestAction): void {
  assertAction(parts, vmid, action, 'lxc');
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
