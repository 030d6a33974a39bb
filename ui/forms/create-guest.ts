// What the create dialogs of VMs and containers have in common. Pure.
import { isAtLeast, isHostName, isVmid } from './plain-rules.ts';

export interface NewGuest {
  readonly node: string;
  readonly vmid: string;
  readonly memoryMiB: string;
  /** Right after it is made. */
  readonly start: boolean;
}

export type NewGuestProblem = 'required' | 'vmid' | 'taken' | 'memory';

/** What would certainly be refused. `isTaken`: has a guest this number? */
export function checkNewGuest(
  form: NewGuest,
  isTaken: (vmid: number) => boolean,
): Partial<Record<keyof NewGuest, NewGuestProblem>> {
  const wrong: Partial<Record<keyof NewGuest, NewGuestProblem>> = {};
  if (form.node === '') wrong.node = 'required';
  if (!isVmid(form.vmid)) wrong.vmid = 'vmid';
  else if (isTaken(Number(form.vmid))) wrong.vmid = 'taken';
  if (!isAtLeast(form.memoryMiB, 16)) wrong.memoryMiB = 'memory';
  return wrong;
}

/** A name may be left out. */
export function checkName(name: string): 'name' | undefined {
  return name === '' || isHostName(name) ? undefined : 'name';
}
