// What a container's backup becomes here: the configuration, the volumes to make and to fill, and what is left out. Pure but for what is made up.
import { AppError, invalidInput } from '../../core/errors.ts';
import { kibibyte } from '../../core/units.ts';
import type { ConfigInput, VmConfig } from '../../guests/config/config-keys.ts';
import { canonicalCtValue, isCtKey, isCtMountKey, splitCtKey } from '../../guests/ct/config/ct-keys.ts';
import {
  type CtConfigChange,
  type CtVolumeAllocation,
  mergeCtChange,
} from '../../guests/ct/config/merge-ct-change.ts';
import {
  readCtFeatures,
  readCtMount,
  readCtNic,
  renderCtMount,
  renderCtNic,
} from '../../guests/ct/config/read-ct-devices.ts';
import type { CtMount } from '../../guests/ct/ct-model.ts';
import type { ConfigSet } from '../../guests/guest-requests.ts';
import type { CtBackupConf } from './ct-backup-conf.ts';
import { ruleOf, shown } from './stranger-words.ts';

export interface CtRestoreChoices {
  readonly vmid: number;
  /** Where a volume goes that was on this storage; undefined: one that is given by its size alone. */
  storageFor(before: string | undefined): string;
  /** New volumes there are trees, which can do without a size. */
  makesTrees(storage: string): boolean;
  /** New MAC addresses. */
  readonly unique: boolean;
  /** Of the guest that is restored over: what reaches into the host stays, where the backup has it the same. */
  readonly current: VmConfig;
  /** Values of the request, in place of the backup's. */
  readonly override: ConfigSet;
  /** The asker may let a container reach into the host. */
  readonly mayReachHost: boolean;
  /** Why a folder of the host may not be handed in, whoever asks; undefined when it may. */
  bindComplaint(folder: string): string | undefined;
  /** Hook scripts that are there: `local:snippets/a.sh`. */
  readonly scripts: ReadonlySet<string>;
  readonly generate?: { mac(): string };
}

export interface CtRestorePlan {
  readonly change: CtConfigChange;
  /** Where the file systems were inside whose files the backup holds: `/`, `/srv/data`. */
  readonly held: readonly string[];
  /** What is not as it was in the backup, or reaches into the host, in sentences that begin with the key. */
  readonly notes: readonly string[];
}

/** They say what was when the backup was made. */
const silent = new Set(['digest', 'lock', 'parent', 'snaptime']);
const mostRounds = 600;
/** As of volumes that are made anew: 1 PiB. */
const largestBytes = 2 ** 50;

/** `invalid-input` when no container can be made of it; naming the parameter where that is the request's fault. */
export function planCtRestore(conf: CtBackupConf, choices: CtRestoreChoices): CtRestorePlan {
  const { override, current, mayReachHost } = choices;
  const notes: string[] = [];
  const set: Record<string, ConfigInput> = {};
  const mounts = new Map<string, CtMount>();
  const held: string[] = [];
  const given = Object.keys(override).filter((key) => override[key] !== undefined);
  const unprivileged = isUnprivileged();
  if (conf.description !== '') set['description'] = conf.description;
  for (const [key, value] of conf.keys) if (!given.includes(key)) takeKey(key, value);
  for (const { key, text } of conf.mounts) takeMount(key, text);
  for (const key of given) set[key] = override[key]!;
  if (set['rootfs'] === undefined)
    throw invalidInput({ rootfs: 'the backup does not say what its root was: write storage:GIBIBYTES' });
  const merged = merge();
  const wrong = merged.references.map(({ key }) => [key, 'a restore fills new volumes: storage:GIBIBYTES']);
  if (wrong.length > 0) throw invalidInput(Object.fromEntries(wrong) as Record<string, string>);
  for (const name of conf.raw) notes.push(`${name}: is for LXC itself, and left out`);
  if (conf.snapshots > 0) notes.push(`snapshots: a backup holds none; ${conf.snapshots} left out`);
  return { change: { ...merged, allocations: merged.allocations.map(sized) }, held, notes };

  function isUnprivileged(): boolean {
    const value = override['unprivileged'] ?? conf.keys.get('unprivileged');
    try {
      return value !== undefined && canonicalCtValue('unprivileged', value) === 1;
    } catch {
      return false;
    }
  }

  function takeKey(key: string, value: string): void {
    if (silent.has(key)) return;
    if (key === 'template') {
      if (value === '1')
        notes.push('template: it is restored as a container; make it a template again when it is to be one');
      return;
    }
    try {
      if (!isCtKey(key)) throw invalidInput({ [key]: 'there is no such option' });
      const canonical = canonicalCtValue(key, value);
      const base = splitCtKey(key)?.base;
      if (key === 'features') takeFeatures(String(canonical));
      else if (key === 'hookscript' || base === 'dev') takeHostKey(key, String(canonical));
      else set[key] = choices.unique && base === 'net' ? withoutMac(key, String(canonical)) : canonical;
    } catch (error) {
      leaveOut(key, value, error);
    }
  }

  function takeHostKey(key: string, value: string): void {
    if (key === 'hookscript' && !choices.scripts.has(value))
      notes.push(`${key}: there is no script ${shown(value)} here; left out`);
    else if (mayKeep(key, value)) keep(key, value);
    else notes.push(`${key}: is about the host, and left out; it was ${shown(value)}`);
  }

  /** Nesting in an unprivileged container is for whoever may create containers; the rest weakens what keeps it from the host. */
  function takeFeatures(value: string): void {
    const { nesting } = readCtFeatures(value);
    const bare = nesting && unprivileged ? 'nesting=1' : undefined;
    if (value === bare) set['features'] = value;
    else if (mayKeep('features', value)) keep('features', value);
    else {
      if (bare !== undefined) set['features'] = bare;
      notes.push(
        `features: weaken what keeps it from the host, and are left out${bare ? ' but for nesting' : ''}; they were ${shown(value)}`,
      );
    }
  }

  function mayKeep(key: string, value: string): boolean {
    return mayReachHost || String(current[key]) === value;
  }

  function keep(key: string, value: string): void {
    set[key] = value;
    notes.push(`${key}: reaches into the host, and is kept as it was: ${shown(value)}`);
  }

  function takeMount(key: string, text: string): void {
    let mount: CtMount;
    try {
      mount = readCtMount(key, text);
    } catch (error) {
      if (given.includes(key)) return;
      if (key === 'rootfs')
        throw invalidInput({ rootfs: `in the backup: ${ruleOf(key, error)}; write storage:GIBIBYTES` });
      drop(key, error);
      return;
    }
    const { kind, source, target, backup, sizeBytes } = mount;
    if (key === 'rootfs' || (kind === 'volume' && backup)) held.push(target);
    if (given.includes(key)) return;
    if (key !== 'rootfs' && given.some(isCtMountKey)) {
      notes.push(`${key}: is not made, since mounts are given; its files go into what is above ${target}`);
      return;
    }
    if (kind !== 'volume') {
      takeHostPath(mount);
      return;
    }
    const storage = choices.storageFor(/^([^:/]+):/.exec(source)?.[1]);
    if (sizeBytes === undefined ? !choices.makesTrees(storage) : sizeBytes > largestBytes)
      throw invalidInput({
        [key]: 'the backup says no size that a volume can have: write storage:GIBIBYTES',
      });
    mounts.set(key, mount);
    set[key] = renderCtMount({ ...mount, source: `${storage}:1`, sizeBytes: undefined });
    if (key !== 'rootfs' && !backup)
      notes.push(`${key}: its files are not in the backup; ${target} is a new, empty volume`);
  }

  /** A folder or a device of the host. Its files are in no backup. */
  function takeHostPath({ key, kind, source, ...mount }: CtMount): void {
    if (key === 'rootfs')
      throw invalidInput({ rootfs: 'was a path of the host: write storage:GIBIBYTES for a volume' });
    const value = renderCtMount({ key, kind, source, ...mount, sizeBytes: undefined });
    const complaint = kind === 'bind' ? choices.bindComplaint(source) : undefined;
    if (complaint !== undefined) notes.push(`${key}: ${shown(source)} ${complaint}; left out`);
    else if (mayKeep(key, value)) keep(key, value);
    else notes.push(`${key}: is a path of the host, and left out; it was ${shown(source)}`);
  }

  /** What our rules refuse is left out, and said; a volume loses its options first. */
  function merge(): CtConfigChange {
    const bare = new Set<string>();
    for (let round = 0; ; round += 1) {
      try {
        return mergeCtChange({}, set, [], {
          ...{ vmid: choices.vmid, create: true, storage: choices.storageFor(undefined) },
          ...(choices.generate ? { generate: choices.generate } : {}),
        });
      } catch (error) {
        const fields = error instanceof AppError ? (error.fields ?? {}) : {};
        const refused = Object.keys(fields).filter((key) => set[key] !== undefined && !given.includes(key));
        if (refused.length === 0 || round > mostRounds) throw error;
        for (const key of refused) refuse(key, error, bare);
      }
    }
  }

  function refuse(key: string, error: unknown, bare: Set<string>): void {
    const mount = mounts.get(key);
    if (!mount) {
      leaveOut(key, String(set[key]), error);
      delete set[key];
      return;
    }
    if (bare.has(key)) {
      if (key === 'rootfs') throw error;
      delete set[key];
      drop(key, error);
      return;
    }
    bare.add(key);
    notes.push(`${key}: its options are left out: ${ruleOf(key, error)}`);
    const where = `${choices.storageFor(/^([^:/]+):/.exec(mount.source)?.[1])}:1`;
    const target = mount.backup ? `mp=${mount.target},backup=1` : `mp=${mount.target}`;
    set[key] = key === 'rootfs' ? where : `${where},${target}`;
  }

  /** Files of it are not lost: they are unpacked where the archive has them. */
  function drop(key: string, error: unknown): void {
    notes.push(`${key}: is not made, its files go into what is above: ${ruleOf(key, error)}`);
  }

  function leaveOut(key: string, value: string, error: unknown): void {
    notes.push(`${key}: left out, it was ${shown(value)}: ${ruleOf(key, error)}`);
  }

  /** As large as it was; what the request gives has its own size. */
  function sized(allocation: CtVolumeAllocation): CtVolumeAllocation {
    const mount = mounts.get(allocation.key);
    if (!mount) return allocation;
    const sizeBytes = Math.ceil((mount.sizeBytes ?? 0) / kibibyte) * kibibyte;
    return { ...allocation, sizeBytes, mount: { ...allocation.mount, sizeBytes } };
  }
}

function withoutMac(key: string, text: string): string {
  return renderCtNic({ ...readCtNic(key, text), mac: undefined });
}
