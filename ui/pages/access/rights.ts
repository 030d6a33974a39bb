// What the user may do, read from the table of effective privileges: which buttons can be pressed. Pure; the daemon decides.
import type { Privilege } from '../../../server/contract/permission.ts';

/** Path to privilege to 1 when it reaches what lies below the path, else 0. */
export type HeldPrivileges = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Has the user the privilege on the path? What is not in the table has what reaches it from above. */
export function holds(held: HeldPrivileges, path: string, privilege: Privilege): boolean {
  const own = held[path];
  if (own !== undefined) return Object.hasOwn(own, privilege);
  for (let at = parentOf(path); at !== undefined; at = parentOf(at)) {
    const above = held[at];
    if (above !== undefined) return above[privilege] === 1;
  }
  return false;
}

/** Has the user the privilege on the path, or on anything below it? */
export function holdsSomewhere(held: HeldPrivileges, path: string, privilege: Privilege): boolean {
  if (holds(held, path, privilege)) return true;
  const below = path === '/' ? '/' : `${path}/`;
  return Object.entries(held).some(
    ([at, privileges]) => at.startsWith(below) && Object.hasOwn(privileges, privilege),
  );
}

/** `/` for `/vms`, `/vms` for `/vms/100`; undefined for `/`. */
export function parentOf(path: string): string | undefined {
  if (path === '/') return undefined;
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
