// Property strings of a VM's configuration other than drives: network cards, processor, screen, agent, boot order, ...
import { type PropertyValues, propertyCodec } from './property-string.ts';

const flag = { type: 'boolean', optional: true } as const;
const numberRanges = '(?^:\\d+(?:-\\d+)?(?:;\\d+(?:-\\d+)?)*)';
const numberRangesRegex = /^\d+(?:-\d+)?(?:;\d+(?:-\d+)?)*$/;

const netModels = [
  'e1000',
  'e1000-82540em',
  'e1000-82544gc',
  'e1000-82545em',
  'e1000e',
  'i82551',
  'i82557b',
  'i82559er',
  'ne2k_isa',
  'ne2k_pci',
  'pcnet',
  'rtl8139',
  'virtio',
  'vmxnet3',
] as const;
export type NetModel = (typeof netModels)[number];
const macOf = { type: 'alias', alias: 'macaddr', names: 'model' } as const;

export const netString = propertyCodec({
  model: { type: 'choice', enum: netModels, defaultKey: true },
  bridge: { type: 'text', format: 'pve-bridge-id', optional: true },
  ...(Object.fromEntries(netModels.map((model) => [model, macOf])) as Record<NetModel, typeof macOf>),
  firewall: flag,
  link_down: flag,
  macaddr: { type: 'text', format: 'mac-addr', optional: true },
  mtu: { type: 'integer', minimum: 1, maximum: 65520, optional: true },
  queues: { type: 'integer', minimum: 0, maximum: 64, optional: true },
  rate: { type: 'number', minimum: 0, optional: true },
  tag: { type: 'integer', minimum: 1, maximum: 4094, optional: true },
  trunks: { type: 'text', pattern: numberRanges, regex: numberRangesRegex, optional: true },
});
export type NetValues = PropertyValues<typeof netString.schema>;

export const agentString = propertyCodec({
  enabled: { type: 'boolean', default: 0, defaultKey: true },
  'freeze-fs': { ...flag, default: 1 },
  'freeze-fs-on-backup': { type: 'alias', alias: 'freeze-fs' },
  fstrim_cloned_disks: { ...flag, default: 0 },
  'guest-fsfreeze': { type: 'alias', alias: 'freeze-fs' },
  type: { type: 'choice', enum: ['virtio', 'isa'], default: 'virtio', optional: true },
});

export const machineString = propertyCodec({
  type: {
    type: 'text',
    pattern:
      '(pc|pc(-i440fx)?-\\d+(\\.\\d+)+(\\+pve\\d+)?(\\.pxe)?|q35|pc-q35-\\d+(\\.\\d+)+(\\+pve\\d+)?(\\.pxe)?|virt(?:-\\d+(\\.\\d+)+)?(\\+pve\\d+)?)',
    maxLength: 40,
    defaultKey: true,
    optional: true,
  },
  'aw-bits': { type: 'number', minimum: 32, maximum: 64, optional: true },
  'enable-s3': flag,
  'enable-s4': flag,
  viommu: { type: 'choice', enum: ['intel', 'virtio'], optional: true },
});

/** `memory=2048`: mebibytes. */
export const memoryString = propertyCodec({
  current: { type: 'integer', minimum: 16, default: 512, defaultKey: true },
});

const vgaTypes = [
  'cirrus',
  'qxl',
  'qxl2',
  'qxl3',
  'qxl4',
  'none',
  'serial0',
  'serial1',
  'serial2',
  'serial3',
  'std',
  'virtio',
  'virtio-gl',
  'vmware',
] as const;

export const vgaString = propertyCodec({
  type: { type: 'choice', enum: vgaTypes, default: 'std', defaultKey: true, optional: true },
  clipboard: { type: 'choice', enum: ['vnc'], optional: true },
  memory: { type: 'integer', minimum: 4, maximum: 512, optional: true },
});

/** Processor flags that can be switched, `+aes;-pcid`. */
const cpuFlag =
  '[+-](?:md-clear|pcid|spec-ctrl|ssbd|ibpb|virt-ssbd|amd-ssbd|amd-no-ssb|pdpe1gb|hv-tlbflush|hv-evmcs|aes|nested-virt)';

/** Format `pve-vm-cpu-conf`. */
export const cpuString = propertyCodec({
  cputype: {
    type: 'text',
    regex: /^(?:custom-)?[A-Za-z0-9][A-Za-z0-9._-]*$/,
    defaultKey: true,
    optional: true,
  },
  flags: { type: 'text', regex: new RegExp(`^${cpuFlag}(?:;${cpuFlag})*$`), optional: true },
  'guest-phys-bits': { type: 'integer', minimum: 32, maximum: 64, optional: true },
  hidden: { ...flag, default: 0 },
  'hv-vendor-id': { type: 'text', regex: /^[a-zA-Z0-9]{1,12}$/, optional: true },
  'phys-bits': { type: 'text', regex: /^(?:host|[89]|[1-5][0-9]|6[0-4])$/, optional: true },
  'reported-model': { type: 'text', regex: /^[A-Za-z0-9._-]+$/, optional: true },
});

/** Format `pve-qm-boot`. */
export const bootString = propertyCodec({
  legacy: { type: 'text', regex: /^[acdn]{1,4}$/, defaultKey: true, optional: true },
  order: { type: 'text', regex: /^[a-z]+\d+(?:;[a-z]+\d+)*$/, optional: true },
});

/** Format `pve-startup-order`: position in the order, seconds to wait after start and for shutdown. */
export const startupString = propertyCodec({
  order: { type: 'integer', minimum: 0, defaultKey: true, optional: true },
  up: { type: 'integer', minimum: 0, optional: true },
  down: { type: 'integer', minimum: 0, optional: true },
});

/** Format `pve-qm-rng`. At most `max_bytes` each `period` milliseconds; 0 bytes: no limit. */
export const rngString = propertyCodec({
  source: { type: 'choice', enum: ['/dev/urandom', '/dev/random', '/dev/hwrng'], defaultKey: true },
  max_bytes: { type: 'integer', minimum: 0, default: 1024, optional: true },
  period: { type: 'integer', minimum: 1, default: 1000, optional: true },
});

/** Format `pve-qm-watchdog`. */
export const watchdogString = propertyCodec({
  model: {
    type: 'choice',
    enum: ['i6300esb', 'ib700'],
    default: 'i6300esb',
    defaultKey: true,
    optional: true,
  },
  action: {
    type: 'choice',
    enum: ['reset', 'shutdown', 'poweroff', 'pause', 'debug', 'none'],
    optional: true,
  },
});

const smbiosText = { type: 'text', regex: /^[^,\s][^,]*$/, maxLength: 256, optional: true } as const;

/** Format `pve-qm-smbios1`. With `base64`, the texts are base64. */
export const smbiosString = propertyCodec({
  base64: flag,
  family: smbiosText,
  manufacturer: smbiosText,
  product: smbiosText,
  serial: smbiosText,
  sku: smbiosText,
  uuid: {
    type: 'text',
    regex: /^[a-fA-F0-9]{8}(?:-[a-fA-F0-9]{4}){3}-[a-fA-F0-9]{12}$/,
    optional: true,
  },
  version: smbiosText,
});

/** What made the VM and when; set by the daemon. */
export const metaString = propertyCodec({
  'creation-qemu': { type: 'text', pattern: '\\d+(\\.\\d+)+', optional: true },
  ctime: { type: 'integer', minimum: 0, optional: true },
});

export const audioString = propertyCodec({
  device: { type: 'choice', enum: ['ich9-intel-hda', 'intel-hda', 'AC97'] },
  driver: { type: 'choice', enum: ['spice', 'none'], default: 'spice', optional: true },
});

export const ivshmemString = propertyCodec({
  size: { type: 'integer', minimum: 1 },
  name: { type: 'text', pattern: '[a-zA-Z0-9\\-]+', optional: true },
});

export const numaNodeString = propertyCodec({
  cpus: { type: 'text', pattern: numberRanges, regex: numberRangesRegex },
  hostnodes: { type: 'text', pattern: numberRanges, regex: numberRangesRegex, optional: true },
  memory: { type: 'number', optional: true },
  policy: { type: 'choice', enum: ['preferred', 'bind', 'interleave'], optional: true },
});

export const spiceString = propertyCodec({
  foldersharing: { ...flag, default: '0' },
  videostreaming: { type: 'choice', enum: ['off', 'all', 'filter'], default: 'off', optional: true },
});

export const usbString = propertyCodec({
  host: {
    type: 'text',
    pattern:
      '(?^:(?:(?:(?^:(0x)?([0-9A-Fa-f]{4}):(0x)?([0-9A-Fa-f]{4})))|(?:(?^:(\\d+)\\-(\\d+(\\.\\d+)*)))|[Ss][Pp][Ii][Cc][Ee]))',
    regex: /^(?:(?:0x)?[0-9A-Fa-f]{4}:(?:0x)?[0-9A-Fa-f]{4}|\d+-\d+(?:\.\d+)*|[Ss][Pp][Ii][Cc][Ee])$/,
    defaultKey: true,
    optional: true,
  },
  mapping: { type: 'text', format: 'pve-configid', optional: true },
  usb3: { ...flag, default: 0 },
});

export const virtioFsString = propertyCodec({
  dirid: { type: 'text', format: 'pve-configid', defaultKey: true },
  cache: {
    type: 'choice',
    enum: ['auto', 'always', 'metadata', 'never'],
    default: 'auto',
    optional: true,
  },
  'direct-io': { ...flag, default: 0 },
  'expose-acl': { ...flag, default: 0 },
  'expose-xattr': { ...flag, default: 0 },
});
