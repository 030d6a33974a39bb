// The parameters that describe a VM: shared by creating one and changing its configuration.
import { boolean, choice, indexed, integer, number, string, volumeId } from './params.ts';
import { brokenFormat } from './property-formats.ts';
import { propertyString } from './property-string.ts';
import * as cloudInit from './qemu-cloudinit-strings.ts';
import {
  efiDiskString,
  ideString,
  sataString,
  scsiString,
  tpmStateString,
  unusedString,
  virtioString,
} from './qemu-disk-strings.ts';
import * as strings from './qemu-strings.ts';

/** Text in a named format. */
export const formatted = (format: string, maxLength?: number) =>
  string({ format, ...(maxLength === undefined ? {} : { maxLength }) }, (text) => brokenFormat(format, text));

/** How many of each numbered device a VM can have: `scsi0` to `scsi30`. */
export const deviceCounts = {
  ide: 4,
  sata: 6,
  scsi: 31,
  virtio: 16,
  net: 32,
  serial: 4,
  unused: 256,
  hostpci: 16,
  ipconfig: 32,
  numa: 8,
  parallel: 3,
  usb: 14,
  virtiofs: 10,
} as const;

export const osTypes = [
  'other',
  'wxp',
  'w2k',
  'w2k3',
  'w2k8',
  'wvista',
  'win7',
  'win8',
  'win10',
  'win11',
  'l24',
  'l26',
  'solaris',
] as const;

export const scsiControllers = [
  'lsi',
  'lsi53c810',
  'virtio-scsi-pci',
  'virtio-scsi-single',
  'megasas',
  'pvscsi',
] as const;

export const guestLocks = [
  'backup',
  'clone',
  'create',
  'migrate',
  'rollback',
  'snapshot',
  'snapshot-delete',
  'suspending',
  'suspended',
] as const;

const keyboards = [
  ...['de', 'de-ch', 'da', 'en-gb', 'en-us', 'es', 'fi', 'fr', 'fr-be', 'fr-ca', 'fr-ch', 'hu', 'is'],
  ...['it', 'ja', 'lt', 'mk', 'nl', 'no', 'pl', 'pt', 'pt-br', 'sv', 'sl', 'tr'],
] as const;

const vmgenidPattern = '(?:[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}|[01])';
const startDatePattern = '(now|\\d{4}-\\d{1,2}-\\d{1,2}(T\\d{1,2}:\\d{1,2}:\\d{1,2})?)';

/** What this version runs, or keeps for the daemon. */
const supported = {
  acpi: boolean({ default: 1 }).optional(),
  affinity: formatted('pve-cpuset').optional(),
  agent: propertyString(strings.agentString).optional(),
  'allow-ksm': boolean({ default: 1 }).optional(),
  args: string().optional(),
  audio0: propertyString(strings.audioString).optional(),
  autostart: boolean({ default: 0 }).optional(),
  balloon: integer({ minimum: 0 }).optional(),
  bios: choice(['seabios', 'ovmf'], { default: 'seabios' }).optional(),
  boot: propertyString(strings.bootString, { format: 'pve-qm-boot' }).optional(),
  bootdisk: string({ pattern: '(ide|sata|scsi|virtio)\\d+', format: 'pve-qm-bootdisk' }).optional(),
  cdrom: propertyString(ideString, { format: 'pve-qm-ide' }).optional(),
  cicustom: string({ format: 'pve-qm-cicustom' }, cloudInit.brokenCiCustom).optional(),
  cipassword: string({}, cloudInit.brokenCiPassword).optional(),
  citype: choice(['configdrive2', 'nocloud', 'opennebula']).optional(),
  ciupgrade: boolean({ default: 1 }).optional(),
  ciuser: string({}, cloudInit.brokenCiUser).optional(),
  cores: integer({ minimum: 1, default: 1 }).optional(),
  cpu: propertyString(strings.cpuString, { format: 'pve-vm-cpu-conf' }).optional(),
  cpulimit: number({ minimum: 0, maximum: 128, default: 0 }).optional(),
  cpuunits: integer({
    minimum: 1,
    maximum: 262144,
    default: 'cgroup v1: 1024, cgroup v2: 100',
  }).optional(),
  description: string({ maxLength: 8192 }).optional(),
  efidisk0: propertyString(efiDiskString).optional(),
  freeze: boolean().optional(),
  hookscript: volumeId({ format: 'pve-volume-id' }).optional(),
  hotplug: string({ format: 'pve-hotplug-features', default: 'network,disk,usb' }, (text) =>
    brokenFormat('pve-hotplug-features', text),
  ).optional(),
  ...indexed('ide', deviceCounts.ide, propertyString(ideString)),
  ...indexed(
    'ipconfig',
    deviceCounts.ipconfig,
    string({ format: 'pve-qm-ipconfig' }, cloudInit.brokenIpConfig),
  ),
  keyboard: choice(keyboards, { default: null }).optional(),
  kvm: boolean({ default: 1 }).optional(),
  localtime: boolean().optional(),
  lock: choice(guestLocks).optional(),
  machine: propertyString(strings.machineString).optional(),
  memory: propertyString(strings.memoryString).optional(),
  migrate_downtime: number({ minimum: 0, default: 0.1 }).optional(),
  migrate_speed: integer({ minimum: 0, default: 0 }).optional(),
  name: formatted('dns-name').optional(),
  nameserver: string({ format: 'address-list' }, cloudInit.brokenNameservers).optional(),
  ...indexed('net', deviceCounts.net, propertyString(strings.netString)),
  ...indexed('numa', deviceCounts.numa, propertyString(strings.numaNodeString)),
  numa: boolean({ default: 0 }).optional(),
  onboot: boolean({ default: 0 }).optional(),
  ostype: choice(osTypes, { default: 'other' }).optional(),
  protection: boolean({ default: 0 }).optional(),
  reboot: boolean({ default: 1 }).optional(),
  rng0: propertyString(strings.rngString, { format: 'pve-qm-rng' }).optional(),
  ...indexed('sata', deviceCounts.sata, propertyString(sataString)),
  ...indexed('scsi', deviceCounts.scsi, propertyString(scsiString)),
  scsihw: choice(scsiControllers, { default: 'lsi' }).optional(),
  searchdomain: string({}, cloudInit.brokenSearchDomains).optional(),
  ...indexed('serial', deviceCounts.serial, string({ pattern: '(/dev/.+|socket)' })),
  shares: integer({ minimum: 0, maximum: 50000, default: 1000 }).optional(),
  smbios1: propertyString(strings.smbiosString, { format: 'pve-qm-smbios1', maxLength: 512 }).optional(),
  sockets: integer({ minimum: 1, default: 1 }).optional(),
  sshkeys: string({ format: 'urlencoded' }, cloudInit.brokenSshKeys).optional(),
  startdate: string({ pattern: startDatePattern, default: 'now' }).optional(),
  startup: propertyString(strings.startupString, { format: 'pve-startup-order' }).optional(),
  tablet: boolean({ default: 1 }).optional(),
  tags: formatted('pve-tag-list').optional(),
  tdf: boolean({ default: 0 }).optional(),
  template: boolean({ default: 0 }).optional(),
  tpmstate0: propertyString(tpmStateString).optional(),
  ...indexed('unused', deviceCounts.unused, propertyString(unusedString)),
  vcpus: integer({ minimum: 1, default: 0 }).optional(),
  vga: propertyString(strings.vgaString).optional(),
  ...indexed('virtio', deviceCounts.virtio, propertyString(virtioString)),
  vmgenid: string({ pattern: vmgenidPattern, default: '1 (autogenerated)' }).optional(),
  vmstatestorage: formatted('pve-storage-id').optional(),
  watchdog: propertyString(strings.watchdogString, { format: 'pve-qm-watchdog' }).optional(),
};

/** Declared, checked, and refused for now. */
const refused = {
  'amd-sev': string({ format: 'pve-qemu-sev-fmt' }).optional(),
  arch: choice(['x86_64', 'aarch64']).optional(),
  ...indexed('hostpci', deviceCounts.hostpci, string({ format: 'pve-qm-hostpci' })),
  hugepages: choice(['any', '2', '1024']).optional(),
  'intel-tdx': string({ format: 'pve-qemu-tdx-fmt' }).optional(),
  ivshmem: propertyString(strings.ivshmemString).optional(),
  keephugepages: boolean({ default: 0 }).optional(),
  ...indexed('parallel', deviceCounts.parallel, string({ pattern: '/dev/parport\\d+|/dev/usb/lp\\d+' })),
  smp: integer({ minimum: 1, default: 1 }).optional(),
  spice_enhancements: propertyString(strings.spiceString).optional(),
  ...indexed('usb', deviceCounts.usb, propertyString(strings.usbString)),
  ...indexed('virtiofs', deviceCounts.virtiofs, propertyString(strings.virtioFsString)),
};

/** The shape of all configuration parameters. */
export const vmOptions = { ...supported, ...refused };
/** The names of those that this version refuses. */
export const refusedVmOptions: readonly string[] = Object.keys(refused);

const hostDevice = 'devices of the host are not handed in yet';
/** By key, or by the base of a numbered one. */
const refusedWords: Readonly<Record<string, string>> = {
  'amd-sev': 'encrypted memory is not supported yet',
  arch: "only the node's own: leave it out",
  hostpci: hostDevice,
  hugepages: 'huge pages are not supported yet',
  'intel-tdx': 'encrypted memory is not supported yet',
  ivshmem: 'memory that VMs share is not supported yet',
  keephugepages: 'huge pages are not supported yet',
  parallel: hostDevice,
  smp: 'give sockets and cores instead',
  spice_enhancements: 'there is no SPICE here: screens are served by VNC',
  usb: hostDevice,
  virtiofs: 'directories of the host are not shared yet',
};

/** Why this version refuses an option, in words; undefined for what it does not refuse. */
export function whyRefused(key: string): string | undefined {
  return Object.hasOwn(refused, key) ? refusedWords[key.replace(/\d+$/, '')] : undefined;
}
