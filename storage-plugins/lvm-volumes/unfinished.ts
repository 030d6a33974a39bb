// Names of logical volumes in the making and on their way out: whose they are, so that what a crash left is found, and only by its host.
import { createHash, randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

const host = hostWord(hostname());

/** A word for a host that no other has: `rack1-11` and `rack11-1` share a volume group. */
export function hostWord(name: string): string {
  const sum = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${name.replace(/[^A-Za-z0-9]/g, '').slice(0, 24)}${sum}`;
}

/** `part`: in the making. `old`: another took its name. `del`: being overwritten before it goes. */
export type UnfinishedKind = 'part' | 'old' | 'del';
const pattern = /^croft-(part|old|del)-([A-Za-z0-9]{1,32})-[0-9a-f]{16}$/;

/** Volumes that this process works on, with their group. Not lost state: after a restart nobody works on them. */
const inWork = new Set<string>();

/** A fresh name, in work until `release` is called. */
export function unfinishedName(group: string, kind: UnfinishedKind): string {
  const name = `croft-${kind}-${host}-${randomBytes(8).toString('hex')}`;
  inWork.add(`${group}/${name}`);
  return name;
}

/** Repeatable. */
export function release(group: string, name: string): void {
  inWork.delete(`${group}/${name}`);
}

/** Takes up what was left; false when it is in work already. */
export function claim(group: string, name: string): boolean {
  if (inWork.has(`${group}/${name}`)) return false;
  inWork.add(`${group}/${name}`);
  return true;
}

/** Is it in the making, on whatever host? */
export function isInTheMaking(name: string): boolean {
  return pattern.exec(name)?.[1] === 'part';
}

/** Is it of this host, and to be overwritten before it goes? */
export function isAwaitingRemoval(name: string): boolean {
  const match = pattern.exec(name);
  return match?.[1] === 'del' && match[2] === host;
}

/** Of which kind is it, if it is of this host and nobody works on it? */
export function leftOver(group: string, name: string): UnfinishedKind | undefined {
  const match = pattern.exec(name);
  if (match?.[2] !== host || inWork.has(`${group}/${name}`)) return undefined;
  return match[1] as UnfinishedKind;
}
