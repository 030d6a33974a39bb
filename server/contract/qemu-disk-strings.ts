// Property strings of a VM's drives: `local:100/vm-100-disk-0.qcow2,discard=on,size=32G`, per bus.
import { type PropertyValues, propertyCodec } from './property-string.ts';

const flag = { type: 'boolean', optional: true } as const;
const wholeNumber = { type: 'integer', optional: true } as const;
const decimal = { type: 'number', optional: true } as const;
const seconds = { type: 'integer', minimum: 1, optional: true } as const;
const imageFormats = ['raw', 'qcow', 'qed', 'qcow2', 'vmdk', 'cloop'] as const;

const file = { type: 'text', format: 'pve-volume-id-or-qm-path', defaultKey: true } as const;
const imageFormat = { type: 'choice', enum: imageFormats, optional: true } as const;
const importFrom = { type: 'text', format: 'pve-volume-id-or-absolute-path', optional: true } as const;
const size = { type: 'size', optional: true } as const;
const volume = { type: 'alias', alias: 'file' } as const;

/** What drives of every bus have, up to `model`. */
const commonHead = {
  file,
  aio: { type: 'choice', enum: ['native', 'threads', 'io_uring'], optional: true },
  backup: flag,
  bps: wholeNumber,
  bps_max_length: seconds,
  bps_rd: wholeNumber,
  bps_rd_length: { type: 'alias', alias: 'bps_rd_max_length' },
  bps_rd_max_length: seconds,
  bps_wr: wholeNumber,
  bps_wr_length: { type: 'alias', alias: 'bps_wr_max_length' },
  bps_wr_max_length: seconds,
  cache: {
    type: 'choice',
    enum: ['none', 'writethrough', 'writeback', 'unsafe', 'directsync'],
    optional: true,
  },
  detect_zeroes: flag,
  discard: { type: 'choice', enum: ['ignore', 'on'], optional: true },
  format: imageFormat,
  'import-from': importFrom,
  iops: wholeNumber,
  iops_max: wholeNumber,
  iops_max_length: seconds,
  iops_rd: wholeNumber,
  iops_rd_length: { type: 'alias', alias: 'iops_rd_max_length' },
  iops_rd_max: wholeNumber,
  iops_rd_max_length: seconds,
  iops_wr: wholeNumber,
  iops_wr_length: { type: 'alias', alias: 'iops_wr_max_length' },
  iops_wr_max: wholeNumber,
  iops_wr_max_length: seconds,
  mbps: decimal,
  mbps_max: decimal,
  mbps_rd: decimal,
  mbps_rd_max: decimal,
  mbps_wr: decimal,
  mbps_wr_max: decimal,
  media: { type: 'choice', enum: ['cdrom', 'disk'], default: 'disk', optional: true },
} as const;

const commonTail = {
  replicate: { ...flag, default: 1 },
  rerror: { type: 'choice', enum: ['ignore', 'report', 'stop'], optional: true },
  serial: { type: 'text', format: 'urlencoded', maxLength: 60, optional: true },
  shared: { ...flag, default: 0 },
  size,
  snapshot: flag,
  volume,
  werror: { type: 'choice', enum: ['enospc', 'ignore', 'report', 'stop'], optional: true },
} as const;

const ssd = { ssd: flag } as const;
const wwn = {
  wwn: {
    type: 'text',
    pattern: '(?^:^(0x)[0-9a-fA-F]{16})',
    regex: /^0x[0-9a-fA-F]{16}$/,
    optional: true,
  },
} as const;
const iothread = { iothread: flag } as const;
const readOnly = { ro: flag } as const;

export const ideString = propertyCodec({
  ...commonHead,
  model: { type: 'text', format: 'urlencoded', maxLength: 120, optional: true },
  ...commonTail,
  ...ssd,
  ...wwn,
});

export const sataString = propertyCodec({ ...commonHead, ...commonTail, ...ssd, ...wwn });

export const scsiString = propertyCodec({
  ...commonHead,
  ...iothread,
  product: {
    type: 'text',
    pattern: '[A-Za-z0-9\\-_\\s]{,16}',
    regex: /^[A-Za-z0-9\-_\s]{0,16}$/,
    optional: true,
  },
  queues: { type: 'integer', minimum: 2, optional: true },
  ...readOnly,
  scsiblock: { ...flag, default: 0 },
  ...commonTail,
  ...ssd,
  vendor: {
    type: 'text',
    pattern: '[A-Za-z0-9\\-_\\s]{,8}',
    regex: /^[A-Za-z0-9\-_\s]{0,8}$/,
    optional: true,
  },
  ...wwn,
});

export const virtioString = propertyCodec({ ...commonHead, ...iothread, ...readOnly, ...commonTail });

export const efiDiskString = propertyCodec({
  file,
  efitype: { type: 'choice', enum: ['2m', '4m'], default: '2m', optional: true },
  format: imageFormat,
  'import-from': importFrom,
  'ms-cert': {
    type: 'choice',
    enum: ['2011', '2023', '2023w', '2023k'],
    default: '2011',
    optional: true,
  },
  'pre-enrolled-keys': { ...flag, default: 0 },
  size,
  volume,
});

export const tpmStateString = propertyCodec({
  file,
  format: { type: 'choice', enum: ['raw', 'qcow2', 'vmdk'], optional: true },
  'import-from': importFrom,
  size,
  version: { type: 'choice', enum: ['v1.2', 'v2.0'], default: 'v1.2', optional: true },
  volume,
});

export const unusedString = propertyCodec({
  file: { type: 'text', format: 'pve-volume-id', defaultKey: true },
  volume,
});

/** The drive codecs by bus. */
export const driveStrings = {
  ide: ideString,
  sata: sataString,
  scsi: scsiString,
  virtio: virtioString,
} as const;

export type DriveValues = PropertyValues<typeof ideString.schema> &
  PropertyValues<typeof scsiString.schema> &
  PropertyValues<typeof virtioString.schema>;
export type EfiDiskValues = PropertyValues<typeof efiDiskString.schema>;
