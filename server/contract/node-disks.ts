// Disks of a node: the list and what each says of its own health.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, choice, nodeName, string } from './params.ts';
import { replyFlag, subdirectories } from './reply.ts';

const diskItem = z.object({
  /** `/dev/sda`. */
  devpath: z.string(),
  /** `/dev/disk/by-id/...`: stays the same wherever the disk is plugged in. */
  by_id_link: z.string().optional(),
  /** Bytes. */
  size: z.number(),
  type: z.enum(['hdd', 'ssd', 'nvme', 'usb', 'unknown']),
  /** `partitions`, `LVM`, `ZFS`, `mounted`, `Device Mapper`, `BIOS boot`, `EFI`, or a file system; absent: unused. */
  used: z.string().optional(),
  gpt: replyFlag,
  mounted: replyFlag.optional(),
  model: z.string(),
  vendor: z.string(),
  serial: z.string(),
  wwn: z.string(),
  /** Revolutions per minute; -1 when not known, 0 for what does not turn. */
  rpm: z.number(),
  /** `PASSED`, `FAILED`, or `UNKNOWN`. */
  health: z.string(),
  /** Per cent of its life that are left. */
  wearout: z.union([z.number(), z.literal('N/A')]),
  osdid: z.number(),
  'osdid-list': z.array(z.number()).nullable(),
  /** Of a partition: its disk. */
  parent: z.string().optional(),
  /** Croft's own: how it is connected (`sata`, `nvme`, `usb`, `virtio`, ...), where that is known. */
  bus: z.string().optional(),
  /** Croft's own: the volume group that it belongs to; empty: to none yet. */
  vgname: z.string().optional(),
});
export type DiskItem = z.output<typeof diskItem>;

const smartAttribute = z.object({
  id: z.string(),
  name: z.string(),
  value: z.number(),
  normalized: z.number(),
  worst: z.number(),
  threshold: z.number(),
  /** `POSR-K` of smartctl(8). */
  flags: z.string(),
  /** `-`, or when it failed. */
  fail: z.string(),
  raw: z.string(),
});

const smartReply = z.object({
  health: z.string(),
  /** `ata`: there are attributes. `text`: there is a text. */
  type: z.enum(['ata', 'text']).optional(),
  attributes: z.array(smartAttribute).optional(),
  text: z.string().optional(),
  wearout: z.union([z.number(), z.literal('N/A')]).optional(),
});
export type SmartReply = z.output<typeof smartReply>;

export const listDisksIndex = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/disks',
  summary: 'What is below the disks',
  permission: { user: 'all' },
  params: z.object({ node: nodeName() }),
  returns: subdirectories,
});

export const listDisks = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/disks/list',
  summary: 'Disks of a node',
  permission: { check: ['or', ['perm', '/', ['Sys.Audit']], ['perm', '/nodes/{node}', ['Sys.Audit']]] },
  params: z.object({
    'include-partitions': boolean({ default: 0 }).default(false),
    node: nodeName(),
    skipsmart: boolean({ default: 0 }).default(false),
    type: choice(['unused', 'journal_disks']).optional(),
  }),
  returns: z.array(diskItem),
});

export const getDiskSmart = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/disks/smart',
  summary: 'What a disk says of its own health (S.M.A.R.T.)',
  permission: { check: ['perm', '/', ['Sys.Audit']] },
  params: z.object({
    disk: string({ pattern: '^/dev/[a-zA-Z0-9\\/]+$' }),
    healthonly: boolean().optional(),
    node: nodeName(),
  }),
  returns: smartReply,
});

export const nodeDiskMethods = [listDisksIndex, listDisks, getDiskSmart] as const;
