// Where the wanted configuration of a container differs from the one it runs with: what is done at once, what waits.

import { changedKeys, linesOfPending, type PendingLine } from '../../config/changed-keys.ts';
import type { ConfigValue } from '../../config/config-keys.ts';
import { addUnused, forgetUnused } from '../../config/unused-volumes.ts';
import type { CtConfig } from '../../ct-parts.ts';
import type { CtMount, CtNic } from '../ct-model.ts';
import { compareCtKeys, isCtMountKey, splitCtKey } from './ct-keys.ts';
import { draftVolume, letCtGo } from './ct-let-go.ts';
import type { CtConfigurations } from './ct-volumes-in-use.ts';
import { isFixedAddress, isRouted, readCtMount, readCtNic } from './read-ct-devices.ts';

/**
 * What a changed key means for a running container. `hot`: the driver or the set-up brings it into force. `restart`: waits
 * for the next start. `noted`: concerns only the daemon, in force as soon as it is stored.
 */
export type CtVerdict = 'hot' | 'restart' | 'noted';

const notedKeys = new Set([
  ...['description', 'tags', 'onboot', 'startup', 'protection', 'hookscript', 'template', 'lock', 'cmode'],
  'ostype',
]);
const hotKeys = new Set([
  ...[
    'cpulimit',
    'cpuunits',
    'cores',
    'memory',
    'swap',
    'hostname',
    'nameserver',
    'searchdomain',
    'timezone',
  ],
]);

export interface PendingCtChanges {
  /** Keys in the order in which they are to be applied: what goes before what comes. */
  readonly hot: readonly string[];
  readonly restart: readonly string[];
  readonly noted: readonly string[];
}

/** Sorts the differences by what can be done about them while the container runs. */
export function pendingCtChanges(wanted: CtConfig, running: CtConfig): PendingCtChanges {
  const keys = changedKeys(running, wanted).sort(compareCtKeys);
  const verdicts = new Map(keys.map((key) => [key, ctVerdict(key, running[key], wanted[key])]));
  const having = (verdict: CtVerdict) => keys.filter((key) => verdicts.get(key) === verdict);
  const hot = having('hot');
  const goes = (key: string) => wanted[key] === undefined;
  return {
    hot: [...hot.filter(goes), ...hot.filter((key) => !goes(key))],
    restart: having('restart'),
    noted: having('noted'),
  };
}

/** What it means that a key changes from one value to another; undefined stands for a key that is not set. */
function ctVerdict(key: string, from: ConfigValue | undefined, to: ConfigValue | undefined): CtVerdict {
  const base = splitCtKey(key)?.base;
  if (notedKeys.has(key) || base === 'unused') return 'noted';
  if (hotKeys.has(key)) return 'hot';
  if (base === 'net') {
    if (from === undefined || to === undefined) return 'hot';
    return ctNicVerdict(readCtNic(key, String(from)), readCtNic(key, String(to))) === 'restart'
      ? 'restart'
      : 'hot';
  }
  if (isCtMountKey(key)) {
    const read = (value: ConfigValue | undefined) =>
      value === undefined ? undefined : readCtMount(key, String(value));
    return ctMountVerdict(read(from), read(to));
  }
  return 'restart';
}

/** A new mount point is mounted at once. One that is in use is neither taken away nor changed under running programs. */
export function ctMountVerdict(from: CtMount | undefined, to: CtMount | undefined): CtVerdict {
  if (to === undefined) return 'restart';
  if (from === undefined) return to.key === 'rootfs' ? 'restart' : 'hot';
  return mountFacts(from) === mountFacts(to) ? 'noted' : 'restart';
}

/** What the running container has of a mount; backup, size and the like concern the daemon. */
function mountFacts(mount: CtMount): string {
  return JSON.stringify([
    ...[mount.kind, mount.source, mount.target, mount.readOnly, mount.options, mount.acl ?? null],
    ...[mount.quota, mount.keepOwners],
  ]);
}

/**
 * What becomes of a card that stays: `replace` takes it out and puts another in, `update` changes the host's side and the
 * addresses, `restart`: a client inside has to begin or end, which only the system inside can do.
 */
export function ctNicVerdict(from: CtNic, to: CtNic): 'replace' | 'update' | 'restart' {
  const fixed: readonly (keyof CtNic)[] = ['name', 'mac', 'mtu'];
  if (fixed.some((name) => from[name] !== to[name]) || isRouted(from) !== isRouted(to)) return 'replace';
  const settable = (word: string | undefined) =>
    word === undefined || word === 'manual' || isFixedAddress(word);
  for (const name of ['ip', 'ip6'] as const) {
    if (from[name] !== to[name] && !(settable(from[name]) && settable(to[name]))) return 'restart';
  }
  return 'update';
}

/** `GET .../pending`: every key with the value in force, and what comes with the next start. */
export function ctPendingLines(document: CtConfigurations): PendingLine[] {
  return linesOfPending(document, compareCtKeys);
}

/** The wanted configuration with the given keys back as they are in force; volumes that this takes off become unused. */
export function revertCtPending({ config, running }: CtConfigurations, keys: readonly string[]): CtConfig {
  if (!running) return config;
  const draft = new Map<string, ConfigValue>(Object.entries(config));
  for (const key of keys) {
    const value = running[key];
    if (value === draft.get(key)) continue;
    if (value === undefined) {
      letCtGo(draft, key, false, [], []);
      continue;
    }
    const leaving = draftVolume(draft, key);
    draft.set(key, value);
    const coming = draftVolume(draft, key);
    if (coming !== undefined && isCtMountKey(key)) forgetUnused(draft, coming);
    if (leaving !== undefined && leaving !== coming) addUnused(draft, leaving);
  }
  return Object.fromEntries(draft);
}
