// What a request to create or change a container makes of its configuration: the new one, volumes to make, volumes let go.

import { checkDigest } from '../../../core/config-digest.ts';
import { invalidInput } from '../../../core/errors.ts';
import { gibibyte, kibibyte } from '../../../core/units.ts';
import { changedKeys } from '../../config/changed-keys.ts';
import type { ConfigInput, ConfigValue } from '../../config/config-keys.ts';
import { generate as generateReal } from '../../config/merge-config-change.ts';
import { addUnused, type DetachedVolume, forgetUnused, isUnusedKey } from '../../config/unused-volumes.ts';
import type { CtConfig } from '../../ct-parts.ts';
import type { CtMount } from '../ct-model.ts';
import { checkCtModel } from './check-ct-model.ts';
import { canonicalCtValue, isCtKey, isCtMountKey, splitCtKey } from './ct-keys.ts';
import { draftVolume, letCtGo } from './ct-let-go.ts';
import { ctVolumeAt } from './ct-volumes-in-use.ts';
import { defaultHostname, readCtConfig } from './read-ct-config.ts';
import { readCtDevice, readCtMount, readCtNic, renderCtMount, renderCtNic } from './read-ct-devices.ts';

/** A volume to be made for the root or a mount point. */
export interface CtVolumeAllocation {
  /** `rootfs`, `mp0`. */
  readonly key: string;
  readonly storage: string;
  /** 0: a tree without a limit; a storage without trees refuses it. */
  readonly sizeBytes: number;
  /** What it will hold it, with a stand-in for the volume. */
  readonly mount: CtMount;
}

export interface CtConfigChange {
  /** The configuration without the mounts that wait for their volumes: see `completeCtChange`. */
  readonly config: CtConfig;
  readonly allocations: readonly CtVolumeAllocation[];
  /** Volumes that were there before and are newly referred to: to be checked for existence and owner, and measured. */
  readonly references: readonly { readonly key: string; readonly volume: string }[];
  /** Folders and devices of the host that are newly handed in, or handed in another way: see `ctPrivilegesFor`. */
  readonly hostPaths: readonly {
    readonly key: string;
    readonly kind: 'bind' | 'device';
    readonly path: string;
  }[];
  readonly detached: readonly DetachedVolume[];
  /** Volumes to remove once the new configuration is stored. */
  readonly removals: readonly string[];
  /** Keys whose value is other than before, mounts that wait for a volume included. */
  readonly changedKeys: readonly string[];
  /** Those of them that the daemon filled in by itself: nobody needs a privilege for them. */
  readonly filledKeys: readonly string[];
}

export interface CtMergeOptions {
  readonly vmid: number;
  /** A new container: gets a name, and its root is to be made. */
  readonly create: boolean;
  /** Volumes of deleted mount points are removed instead of kept as unused. */
  readonly force?: boolean;
  /** Storage for what is given by its size alone (`rootfs=8`), and for a new root when none is given (4 GiB, as the peers do). */
  readonly storage?: string;
  /** The client's fingerprint of the whole configuration: `wrong-state` when anybody changed any key since. */
  readonly digest?: string | undefined;
  readonly generate?: { mac(): string };
}

/** `storage:GIBIBYTES`. */
const allocation = /^([a-z][a-z0-9._-]*[a-z0-9]):(\d+(?:\.\d+)?)$/i;
const sizeAlone = /^(?:volume=)?(\d+(?:\.\d+)?)(?=,|$)/;
const largestGib = 1024 ** 2;
const usualRootGib = 4;

/**
 * Applies a request to a configuration. Pure but for the MAC addresses that `generate` makes up. Throws `invalid-input` or
 * `unsupported` naming the keys at fault; then nothing is changed anywhere.
 */
export function mergeCtChange(
  current: CtConfig,
  set: Readonly<Record<string, ConfigInput | undefined>>,
  remove: readonly string[],
  options: CtMergeOptions,
): CtConfigChange {
  checkDigest(current, options.digest);
  const draft = new Map<string, ConfigValue>(Object.entries(current));
  const made = options.generate ?? generateReal;
  const wanted = withStorage(set, options);
  const filled = new Set<string>();
  const allocations: CtVolumeAllocation[] = [];
  const references: { key: string; volume: string }[] = [];
  const hostPaths: { key: string; kind: 'bind' | 'device'; path: string }[] = [];
  const detached: DetachedVolume[] = [];
  const removals: string[] = [];

  for (const key of new Set(remove)) {
    if (!isCtKey(key)) throw invalidInput({ delete: `there is no option '${key}'` });
    if (wanted.has(key)) throw invalidInput({ [key]: 'cannot be set and deleted at the same time' });
    if (key === 'rootfs') throw invalidInput({ delete: 'rootfs: a container needs a root' });
    refuseFixed(current, key, undefined, options);
    letCtGo(draft, key, options.force ?? false, detached, removals);
  }
  for (const [key, input] of wanted) {
    if (isUnusedKey(key)) throw invalidInput({ [key]: 'is set by the daemon' });
    const value = canonicalCtValue(key, input);
    refuseFixed(current, key, value, options);
    if (isCtMountKey(key)) setMount(readCtMount(key, String(value)));
    else if (splitCtKey(key)?.base === 'net') draft.set(key, nicText(key, String(value)));
    else draft.set(key, value);
    if (splitCtKey(key)?.base === 'dev' && draft.get(key) !== current[key])
      hostPaths.push({ key, kind: 'device', path: readCtDevice(key, String(value)).path });
  }

  function setMount(given: CtMount): void {
    const { key } = given;
    const before = draftVolume(draft, key);
    const match = allocation.exec(given.source);
    if (match) {
      if (key === 'rootfs' && !options.create)
        throw invalidInput({ rootfs: 'a new root is made with a container, or by restoring one' });
      const sizeBytes = readGibibytes(key, match[2]!);
      const mount = { ...given, source: `${match[1]}:new/${key}`, sizeBytes };
      allocations.push({ key, storage: match[1]!, sizeBytes, mount });
      draft.delete(key);
    } else if (given.kind === 'volume') {
      const volume = given.source;
      const same = volume === before;
      // The size is the daemon's to know: it changes by resizing alone.
      const sizeBytes = same ? readCtMount(key, String(draft.get(key))).sizeBytes : undefined;
      draft.set(key, renderCtMount({ ...given, sizeBytes }));
      if (ctVolumeAt(current, key) !== volume) references.push({ key, volume });
      forgetUnused(draft, volume);
      if (same) return;
    } else {
      draft.set(key, renderCtMount({ ...given, sizeBytes: undefined }));
      if (draft.get(key) !== current[key]) hostPaths.push({ key, kind: given.kind, path: given.source });
    }
    if (before !== undefined) detached.push({ key, unusedKey: addUnused(draft, before), volume: before });
  }

  function nicText(key: string, text: string): string {
    const nic = readCtNic(key, text);
    const before = draft.get(key);
    const kept = before === undefined ? undefined : readCtNic(key, String(before)).mac;
    return renderCtNic({ ...nic, mac: nic.mac ?? kept ?? made.mac() });
  }

  if (options.create && !draft.has('hostname')) {
    draft.set('hostname', defaultHostname(options.vmid));
    filled.add('hostname');
  }
  const change = { config: Object.fromEntries(draft), allocations };
  checkCtModel(readCtConfig({ vmid: options.vmid, config: withStandIns(change) }));
  return {
    ...change,
    references,
    hostPaths,
    detached,
    removals,
    changedKeys: changedKeys(current, change.config, new Set(allocations.map(({ key }) => key))),
    filledKeys: [...filled],
  };
}

/** The configuration of a change once its volumes are there, by key. */
export function completeCtChange(
  change: Pick<CtConfigChange, 'config' | 'allocations'>,
  volumes: ReadonlyMap<string, { readonly volume: string; readonly sizeBytes: number }>,
): CtConfig {
  const config: Record<string, ConfigValue> = { ...change.config };
  for (const { key, mount } of change.allocations) {
    const there = volumes.get(key);
    if (!there) continue;
    // A tree without a limit has no size.
    const sizeBytes = there.sizeBytes > 0 ? there.sizeBytes : undefined;
    config[key] = renderCtMount({ ...mount, source: there.volume, sizeBytes });
  }
  return config;
}

/** What unpacking the template told: fills in the type of system and the architecture where the request said nothing. */
export function fillInTemplateFacts(
  config: CtConfig,
  found: { readonly osType: string; readonly arch: string | undefined },
): CtConfig {
  return {
    ...config,
    ostype: config['ostype'] ?? found.osType,
    arch: config['arch'] ?? found.arch ?? 'amd64',
  };
}

/** Names for volumes that are not there yet, so that the whole can be checked before they are made. */
function withStandIns(change: Pick<CtConfigChange, 'config' | 'allocations'>): CtConfig {
  return completeCtChange(
    change,
    new Map(change.allocations.map(({ key, mount }) => [key, { volume: mount.source, sizeBytes: 0 }])),
  );
}

/** What is decided with the creation: ids on disk belong to it, and a template is made by an operation of its own. */
function refuseFixed(
  current: CtConfig,
  key: string,
  value: ConfigValue | undefined,
  options: CtMergeOptions,
): void {
  if (options.create || (key !== 'unprivileged' && key !== 'template')) return;
  if ((current[key] ?? 0) === (value ?? 0)) return;
  throw invalidInput({
    [key]:
      key === 'template'
        ? 'is not changed here: make the container a template, or clone the template'
        : 'cannot be changed after creation: the owners of its files depend on it',
  });
}

function withStorage(
  set: Readonly<Record<string, ConfigInput | undefined>>,
  { storage, create }: CtMergeOptions,
): Map<string, ConfigInput> {
  const wanted = new Map<string, ConfigInput>();
  for (const [key, value] of Object.entries(set)) {
    if (value === undefined) continue;
    const alone = storage !== undefined && isCtMountKey(key) && sizeAlone.test(String(value));
    wanted.set(key, alone ? String(value).replace(sizeAlone, `${storage}:$1`) : value);
  }
  if (create && storage !== undefined && !wanted.has('rootfs'))
    wanted.set('rootfs', `${storage}:${usualRootGib}`);
  return wanted;
}

function readGibibytes(key: string, text: string): number {
  const gib = Number(text);
  if (gib > largestGib) throw invalidInput({ [key]: `${text} GiB is too large` });
  return Math.ceil(gib * (gibibyte / kibibyte)) * kibibyte;
}
