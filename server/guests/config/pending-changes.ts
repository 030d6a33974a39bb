// Where the wanted configuration differs from the one a guest runs with: what can be done at once, what waits for a restart.
import { driveStrings } from '../../contract/qemu-disk-strings.ts';
import { bootString } from '../../contract/qemu-strings.ts';
import { automaticBalloon } from './automatic-balloon.ts';
import { changedKeys, linesOfPending, type PendingLine } from './changed-keys.ts';
import { isCloudInitVolume, lineWithoutPassword } from './cloud-init-keys.ts';
import {
  type ConfigValue,
  compareKeys,
  parseProperty,
  splitDeviceKey,
  splitDriveKey,
  type VmConfig,
} from './config-keys.ts';
import type { GuestDocument } from './guest-document.ts';
import { isDiskKey, letGo, ownedVolume } from './let-go.ts';
import { readNic, stateDisksOf } from './read-devices.ts';
import { readVmConfig } from './read-vm-config.ts';
import { addUnused, forgetUnused, isUnusedKey } from './unused-volumes.ts';
import type { HotPlugFeature, VmNic } from './vm-model.ts';

/** A change that a running guest can take. The new value is in the wanted configuration. */
export interface HotChange {
  readonly key: string;
  readonly action:
    | 'attach-drive'
    | 'detach-drive'
    /** Another disc, or none, in a CD drive. */
    | 'change-media'
    /** Limits of speed. */
    | 'limit-drive'
    | 'attach-nic'
    | 'detach-nic'
    /** Link, speed limit or bridge of a card that stays. */
    | 'update-nic'
    | 'set-balloon'
    | 'set-cpu-limit'
    | 'set-cpu-units'
    | 'set-affinity'
    | 'set-vcpus'
    /** Memory that comes and goes in DIMMs. */
    | 'set-memory'
    | 'attach-tablet'
    | 'detach-tablet';
}

export interface PendingChanges {
  /** In this order; a drive or card that is replaced is detached first. */
  readonly hot: readonly HotChange[];
  /** Keys that wait for a restart. */
  readonly restart: readonly string[];
  /** Keys that concern only the daemon: in force as soon as they are stored. */
  readonly noted: readonly string[];
}

const notedKeys = new Set([
  ...['name', 'description', 'tags', 'onboot', 'startup', 'protection', 'template', 'lock', 'meta'],
  ...['hotplug', 'shares', 'hookscript', 'vmstatestorage', 'autostart', 'migrate_speed', 'migrate_downtime'],
]);
const throttleName = /^m?bps|^iops/;
/** Settings of a drive that the running guest does not see. */
const daemonDriveOptions = new Set(['backup', 'replicate', 'shared']);

/** Sorts the differences by what can be done about them while the guest runs. */
export function pendingChanges(wanted: VmConfig, running: VmConfig): PendingChanges {
  const hot: HotChange[] = [];
  const restart: string[] = [];
  const noted: string[] = [];
  const features = readVmConfig({ vmid: 0, config: pick(wanted, 'hotplug') }).hotplug;
  for (const key of changedKeys(running, wanted).sort(compareKeys)) {
    const actions =
      key === 'boot' && onlyForgetsDevices(running, wanted)
        ? 'noted'
        : actionsFor(key, running, wanted, features);
    if (actions === 'noted') noted.push(key);
    else if (actions === 'restart') restart.push(key);
    else hot.push(...actions.map((action) => ({ key, action })));
  }
  return { hot, restart, noted };
}

/** Is the new boot order the old one without devices that are gone? */
function onlyForgetsDevices(running: VmConfig, wanted: VmConfig): boolean {
  const order = (config: VmConfig) =>
    parseProperty('boot', bootString, config['boot'] ?? '').order?.split(';') ?? [];
  const left = order(running).filter((key) => wanted[key] !== undefined);
  return left.join(';') === order(wanted).join(';');
}

/** Only a screen has something to point at (as the renderer of the domain has it). */
function hasScreen(running: VmConfig): boolean {
  const { vga } = readVmConfig({ vmid: 0, config: pick(running, 'vga') });
  return vga.type !== 'none' && !vga.type.startsWith('serial');
}

type Verdict = 'noted' | 'restart' | readonly HotChange['action'][];

function actionsFor(
  key: string,
  running: VmConfig,
  wanted: VmConfig,
  features: readonly HotPlugFeature[],
): Verdict {
  const { [key]: from } = running;
  const { [key]: to } = wanted;
  const device = splitDeviceKey(key);
  if (notedKeys.has(key) || isUnusedKey(key)) return 'noted';
  if (splitDriveKey(key)) return driveActions(key, from, to, features.includes('disk'));
  if (device?.base === 'net') return nicActions(key, from, to, features.includes('network'));
  if (key === 'cpulimit') return ['set-cpu-limit'];
  if (key === 'cpuunits') return ['set-cpu-units'];
  if (key === 'affinity') return ['set-affinity'];
  if (key === 'vcpus') return features.includes('cpu') ? ['set-vcpus'] : 'restart';
  // The numbers that QEMU gives to DIMMs are those of the machine's nodes (docs/memory-hotplug.txt; PVE asks for numa too).
  if (key === 'memory')
    return features.includes('memory') && running['numa'] === 1 ? ['set-memory'] : 'restart';
  if (key === 'tablet') {
    if (!features.includes('usb') || !hasScreen(running)) return 'restart';
    return [to === 0 ? 'detach-tablet' : 'attach-tablet'];
  }
  if (key === 'balloon') {
    if (from === 0 || to === 0) return 'restart';
    // One that is moved by itself gets there little by little, if it has to move at all.
    const inForce = settleKeys(running, wanted, ['balloon', 'shares']);
    return automaticBalloon(wanted) && automaticBalloon(inForce) ? 'noted' : ['set-balloon'];
  }
  return 'restart';
}

function driveActions(
  key: string,
  from: ConfigValue | undefined,
  to: ConfigValue | undefined,
  allowed: boolean,
): Verdict {
  const { bus } = splitDriveKey(key)!;
  const pluggable = allowed && (bus === 'scsi' || bus === 'virtio');
  if (from === undefined || to === undefined) {
    if (!pluggable) return 'restart';
    return [to === undefined ? 'detach-drive' : 'attach-drive'];
  }
  const codec = driveStrings[bus] as (typeof driveStrings)['ide'];
  const before = parseProperty(key, codec, from) as Readonly<Record<string, unknown>>;
  const after = parseProperty(key, codec, to) as Readonly<Record<string, unknown>>;
  const differing = new Set(
    [...Object.keys(before), ...Object.keys(after)].filter((name) => before[name] !== after[name]),
  );
  const isCd = before['media'] === 'cdrom' && after['media'] === 'cdrom';
  for (const name of daemonDriveOptions) differing.delete(name);
  // A grown disk: the guest was told when it was resized.
  if (!differing.has('file') || isCd) differing.delete('size');
  if (differing.size === 0) return 'noted';
  if (isCd && [...differing].every((name) => name === 'file')) return ['change-media'];
  if ([...differing].every((name) => throttleName.test(name))) return ['limit-drive'];
  return pluggable && differing.has('file') ? ['detach-drive', 'attach-drive'] : 'restart';
}

function nicActions(
  key: string,
  from: ConfigValue | undefined,
  to: ConfigValue | undefined,
  allowed: boolean,
): Verdict {
  if (from === undefined || to === undefined) {
    if (!allowed) return 'restart';
    return [to === undefined ? 'detach-nic' : 'attach-nic'];
  }
  const before = readNic(key, String(from));
  const after = readNic(key, String(to));
  const fixed: readonly (keyof VmNic)[] = ['model', 'mac', 'mtu', 'queues'];
  const replaced =
    fixed.some((name) => before[name] !== after[name]) ||
    (before.bridge === undefined) !== (after.bridge === undefined);
  if (!replaced) return ['update-nic'];
  return allowed ? ['detach-nic', 'attach-nic'] : 'restart';
}

/** The configuration with that key only. */
export function pick(config: VmConfig, key: string): VmConfig {
  return config[key] === undefined ? {} : { [key]: config[key] };
}

/** The running configuration after the keys have come into force. */
export function settleKeys(running: VmConfig, wanted: VmConfig, keys: readonly string[]): VmConfig {
  const settled: Record<string, ConfigValue> = { ...running };
  for (const key of keys) {
    const value = wanted[key];
    if (value === undefined) delete settled[key];
    else settled[key] = value;
  }
  return settled;
}

/** `GET .../pending`: every key with the value in force, and what comes with the next start. */
export function pendingLines(document: GuestDocument): PendingLine[] {
  return linesOfPending(document, compareKeys).map(lineWithoutPassword);
}

/** The wanted configuration with the given keys back as they are in force; disks that this takes off become unused. */
export function revertPending(document: GuestDocument, keys: readonly string[]): VmConfig {
  const { running } = document;
  if (!running) return document.config;
  const draft = new Map<string, ConfigValue>(Object.entries(document.config));
  for (const key of keys) {
    const value = running[key];
    if (value === draft.get(key)) continue;
    const leaving = ownedVolume(draft, key)?.volume;
    const coming = ownedVolume(new Map(Object.entries(running)), key)?.volume;
    if (value === undefined) {
      letGo(draft, key, false, [], []);
      // Kept until somebody removes it: nothing is removed by taking back a change.
      if (isCloudInitVolume(leaving)) addUnused(draft, leaving!);
      continue;
    }
    draft.set(key, value);
    if (!isDiskKey(key)) continue;
    if (leaving !== undefined && leaving !== coming) addUnused(draft, leaving);
    if (coming !== undefined) forgetUnused(draft, coming);
  }
  return Object.fromEntries(draft);
}

/** Every volume that the guest refers to, wanted, in force, saved or in a snapshot: none of them may be removed or given away. */
export function volumesInUse(document: GuestDocument): Set<string> {
  const volumes = new Set<string>();
  const snapshots = Object.values(document.snapshots ?? {});
  for (const { memory, copies = {} } of snapshots) {
    if (memory) volumes.add(memory.volume);
    for (const volume of Object.values(copies)) volumes.add(volume);
  }
  const { config: wanted, running = {}, suspended } = document;
  if (suspended) volumes.add(suspended.memory.volume);
  const configs = [wanted, running, suspended?.config ?? {}, ...snapshots.map(({ config }) => config)];
  for (const config of configs) {
    const model = readVmConfig({ vmid: document.vmid, config });
    for (const drive of model.drives) if (drive.volume !== undefined) volumes.add(drive.volume);
    for (const unused of model.unused) volumes.add(unused.volume);
    for (const { volume } of stateDisksOf(model)) volumes.add(volume);
  }
  return volumes;
}
