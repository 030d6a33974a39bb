// Which privileges a change of a VM's configuration needs beyond the method's own: by key, by storage, by bridge.
// Source: the published API's permission descriptions of `POST` and `PUT .../qemu/{vmid}/config`.
import type { Privilege } from '../contract/permission.ts';
import { splitVolumeId } from '../core/ids.ts';
import { isCloudInitKey, isCloudInitVolume } from './config/cloud-init-keys.ts';
import { splitDeviceKey, splitDriveKey, type VmConfig } from './config/config-keys.ts';
import type { ConfigChange } from './config/merge-config-change.ts';
import { readDrive, readNic } from './config/read-devices.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { isHostPath } from './import/import-source.ts';

export interface NeededPrivilege {
  readonly path: string;
  readonly privilege: Privilege;
}

/** The boot order follows the disks: taking one off changes it too. */
const diskKeys = new Set(['unused', 'efidisk0', 'tpmstate0', 'boot', 'bootdisk']);
const cpuKeys = new Set(['cpu', 'cores', 'sockets', 'vcpus', 'cpulimit', 'cpuunits', 'numa', 'affinity']);
const memoryKeys = new Set(['memory', 'balloon', 'shares', 'keephugepages', 'hugepages', 'allow-ksm']);
const hardwareKeys = new Set([
  ...[
    'machine',
    'bios',
    'scsihw',
    'vga',
    'watchdog',
    'rng0',
    'kvm',
    'acpi',
    'tablet',
    'hotplug',
    'arch',
    'audio0',
  ],
  ...['smbios1', 'vmgenid', 'ivshmem'],
]);

/** What the API's peers keep for their root user alone; here for whoever may change the node, as with containers. */
const rootKeys = new Set(['hookscript', 'lock', 'affinity']);

/** Every privilege that the change needs, without repetition. */
export function privilegesFor(vmid: number, before: VmConfig, change: ConfigChange): NeededPrivilege[] {
  const needed = new Map<string, NeededPrivilege>();
  const need = (path: string, privilege: Privilege) =>
    needed.set(`${path} ${privilege}`, { path, privilege });
  for (const key of change.changedKeys) {
    const privileges = isCloudInitDrive(key, before, change)
      ? (['VM.Config.Cloudinit', 'VM.Config.CDROM'] as const)
      : [privilegeOf(key, before, change.config)];
    for (const privilege of privileges) need(`/vms/${vmid}`, privilege);
    if (rootKeys.has(key)) need('/', 'Sys.Modify');
    const bridge = bridgeOf(key, change.config);
    if (bridge !== undefined) need(`/sdn/zones/localnetwork/${bridge}`, 'SDN.Use');
    const memoryStorage = key === 'vmstatestorage' ? change.config[key] : undefined;
    if (memoryStorage !== undefined) need(`/storage/${memoryStorage}`, 'Datastore.AllocateSpace');
  }
  // Files of content `snippets` may hold passwords of guests: they are for the storage's administrators.
  for (const volume of newSnippets(vmid, before, change.config))
    need(`/storage/${storageOf(volume)}`, 'Datastore.Allocate');
  for (const { storage, content } of change.allocations) {
    need(`/storage/${storage}`, 'Datastore.AllocateSpace');
    if (content.kind !== 'import') continue;
    if (isHostPath(content.from)) need('/', 'Sys.Modify');
    else need(`/storage/${storageOf(content.from)}`, 'Datastore.AllocateSpace');
  }
  const own = ownVolumes(vmid, before);
  for (const { volume } of change.references) {
    // A disk of its own that comes back to a drive: whoever may change its disks may do that.
    if (own.has(volume)) continue;
    const disc = /^[^:]+:iso\//.test(volume);
    need(`/storage/${storageOf(volume)}`, disc ? 'Datastore.Audit' : 'Datastore.Allocate');
  }
  return [...needed.values()];
}

function privilegeOf(key: string, before: VmConfig, after: VmConfig): Privilege {
  if (splitDriveKey(key))
    return isDisc(key, after[key] ?? before[key]) ? 'VM.Config.CDROM' : 'VM.Config.Disk';
  const base = splitDeviceKey(key)?.base ?? key;
  if (diskKeys.has(base)) return 'VM.Config.Disk';
  if (base === 'net' || base === 'ipconfig') return 'VM.Config.Network';
  if (isCloudInitKey(key)) return 'VM.Config.Cloudinit';
  if (cpuKeys.has(base)) return 'VM.Config.CPU';
  if (memoryKeys.has(key)) return 'VM.Config.Memory';
  if (hardwareKeys.has(key) || base === 'serial' || base === 'parallel') return 'VM.Config.HWType';
  return 'VM.Config.Options';
}

function ownVolumes(vmid: number, config: VmConfig): Set<string | undefined> {
  const { drives, unused } = readVmConfig({ vmid, config });
  const own = drives.filter(({ media, volume }) => media === 'disk' || isCloudInitVolume(volume));
  return new Set([...own, ...unused].map(({ volume }) => volume));
}

/** Does the key get, or have and lose, the drive that cloud-init reads? */
function isCloudInitDrive(key: string, before: VmConfig, { config, allocations }: ConfigChange): boolean {
  if (!splitDriveKey(key)) return false;
  const made = allocations.find((allocation) => allocation.key === key);
  if (made?.content.kind === 'cloud-init') return true;
  return [before[key], config[key]].some(
    (text) => text !== undefined && isCloudInitVolume(readDrive(key, String(text)).volume),
  );
}

/** Files that `cicustom` names now and did not before. */
function newSnippets(vmid: number, before: VmConfig, after: VmConfig): string[] {
  const named = (config: VmConfig) => {
    const text = config['cicustom'];
    const { custom } = readVmConfig({ vmid, config: text === undefined ? {} : { cicustom: text } }).cloudInit;
    return Object.values(custom).filter((volume) => volume !== undefined);
  };
  const known = new Set(named(before));
  return named(after).filter((volume) => !known.has(volume));
}

function isDisc(key: string, value: string | number | undefined): boolean {
  return value !== undefined && readDrive(key, String(value)).media === 'cdrom';
}

function bridgeOf(key: string, config: VmConfig): string | undefined {
  const value = config[key];
  if (value === undefined || splitDeviceKey(key)?.base !== 'net') return undefined;
  return readNic(key, String(value)).bridge;
}

function storageOf(volume: string): string {
  return splitVolumeId(volume)?.storage ?? volume;
}
