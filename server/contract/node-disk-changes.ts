// Disks of a node put to use: partition tables, wiping, directories, volume groups and thin pools on them.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, choice, nodeName, storageId, string } from './params.ts';
import { replyFlag, taskStarted } from './reply.ts';

const audit = { check: ['perm', '/', ['Sys.Audit']] } as const;
const modify = { check: ['perm', '/', ['Sys.Modify']] } as const;

const disk = () => string({ pattern: '^/dev/[a-zA-Z0-9\\/]+$' });
/** A disk or partition; links in /dev/disk are followed. */
const device = () =>
  string({}, (text) =>
    text.length < 256 && /^\/dev\/[A-Za-z0-9/_.:+@=-]+$/.test(text) && !text.includes('..')
      ? undefined
      : 'not the path of a device: write one such as /dev/sdb',
  );
const removal = {
  'cleanup-config': boolean({ default: 0 }).default(false),
  'cleanup-disks': boolean({ default: 0 }).default(false),
  /** Croft's own: destroys what is still in it; without it that is refused. */
  'with-volumes': boolean({ default: 0 }).optional(),
};
/**
 * Croft's own: what `GET disks/contents` answered as `identity`. Another disk under that name, or one that was changed since, is
 * refused.
 */
const expected = () => string({ maxLength: 80 }).optional();
const creation = {
  add_storage: boolean({ default: 0 }).default(false),
  device: device(),
  expected: expected(),
  name: storageId(),
  node: nodeName(),
};

const diskContents = z.object({
  disk: z.string(),
  model: z.string(),
  serial: z.string(),
  /** Bytes. */
  size: z.number(),
  identity: z.string(),
  /** Why nothing may be written to it now, in sentences; empty: nobody uses it. */
  uses: z.array(z.string()),
  /** What is on it and would be lost, in sentences; empty: nothing. */
  losses: z.array(z.string()),
});
export type DiskContents = z.output<typeof diskContents>;

export const getDiskContents = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/disks/contents',
  summary: 'Who uses a disk or partition, and what would be lost with it',
  permission: audit,
  params: z.object({ disk: device(), node: nodeName() }),
  returns: diskContents,
  extension: true,
});

export const initDisk = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/disks/initgpt',
  summary: 'Write an empty GPT partition table onto an unused disk',
  permission: modify,
  params: z.object({
    disk: disk(),
    expected: expected(),
    node: nodeName(),
    uuid: string({ maxLength: 36, pattern: '[a-fA-F0-9\\-]+' }).optional(),
  }),
  returns: taskStarted,
});

export const wipeDisk = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/disks/wipedisk',
  summary: 'Erase what a disk or partition that nobody uses was',
  // In the contract without an entry: root@pam alone.
  permission: {},
  params: z.object({ disk: disk(), expected: expected(), node: nodeName() }),
  returns: taskStarted,
});

const directory = z.object({
  path: z.string(),
  device: z.string(),
  type: z.string(),
  options: z.string(),
  unitfile: z.string(),
  /** Croft's own, as all below. */
  name: z.string(),
  mounted: replyFlag,
  /** Bytes; while it is mounted. */
  size: z.number().optional(),
  avail: z.number().optional(),
  /** Storages that lie in it. */
  storages: z.array(z.string()),
  /** Why it is not mounted. */
  problem: z.string().optional(),
});
export type DiskDirectory = z.output<typeof directory>;

export const listDiskDirectories = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/disks/directory',
  summary: 'Disks of a node that are mounted as directories',
  permission: audit,
  params: z.object({ node: nodeName() }),
  returns: z.array(directory),
});

export const createDiskDirectory = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/disks/directory',
  summary: 'Make a file system on an unused disk and mount it below /mnt/pve',
  permission: modify,
  params: z.object({
    ...creation,
    filesystem: choice(['ext4', 'xfs'], { default: 'ext4' }).default('ext4'),
  }),
  returns: taskStarted,
});

export const deleteDiskDirectory = defineMethod({
  verb: 'DELETE',
  path: '/nodes/{node}/disks/directory/{name}',
  summary: 'Unmount a disk that is a directory, and forget it',
  permission: modify,
  params: z.object({ ...removal, name: storageId(), node: nodeName() }),
  returns: taskStarted,
});

const physicalVolume = z.object({
  name: z.string(),
  size: z.number(),
  free: z.number(),
  leaf: replyFlag,
});
const logicalVolume = z.object({
  name: z.string(),
  size: z.number(),
  /** `linear`, `thin-pool`, `thin`, ... as lvs(8) names the segment type. */
  type: z.string(),
  pool: z.string().optional(),
  /** A program or a mount has it open. */
  open: replyFlag,
});
const lvmGroup = physicalVolume.extend({
  children: z.array(physicalVolume).optional(),
  /** Croft's own, as all below. */
  volumes: z.array(logicalVolume),
  storages: z.array(z.string()),
  /** Disks of it are missing. */
  partial: replyFlag,
});
export type LvmGroup = z.output<typeof lvmGroup>;

export const listDiskGroups = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/disks/lvm',
  summary: 'Volume groups of a node',
  permission: audit,
  params: z.object({ node: nodeName() }),
  returns: z.object({ leaf: replyFlag, children: z.array(lvmGroup) }),
});

export const createDiskGroup = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/disks/lvm',
  summary: 'Make a volume group on an unused disk',
  permission: modify,
  params: z.object(creation),
  returns: taskStarted,
});

export const deleteDiskGroup = defineMethod({
  verb: 'DELETE',
  path: '/nodes/{node}/disks/lvm/{name}',
  summary: 'Destroy a volume group',
  permission: modify,
  params: z.object({ ...removal, name: storageId(), node: nodeName() }),
  returns: taskStarted,
});

const thinPool = z.object({
  lv: z.string(),
  vg: z.string(),
  /** Bytes, as all of these. */
  lv_size: z.number(),
  used: z.number(),
  metadata_size: z.number(),
  metadata_used: z.number(),
  /** Croft's own: volumes in it, and storages on it. */
  volumes: z.array(z.string()),
  storages: z.array(z.string()),
});
export type ThinPool = z.output<typeof thinPool>;

export const listDiskPools = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/disks/lvmthin',
  summary: 'Thin pools of a node',
  permission: audit,
  params: z.object({ node: nodeName() }),
  returns: z.array(thinPool),
});

export const createDiskPool = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/disks/lvmthin',
  summary: 'Make a volume group with a thin pool on an unused disk',
  permission: modify,
  params: z.object(creation),
  returns: taskStarted,
});

export const deleteDiskPool = defineMethod({
  verb: 'DELETE',
  path: '/nodes/{node}/disks/lvmthin/{name}',
  summary: 'Destroy a thin pool',
  permission: modify,
  params: z.object({ ...removal, name: storageId(), node: nodeName(), 'volume-group': storageId() }),
  returns: taskStarted,
});

export const nodeDiskChangeMethods = [
  getDiskContents,
  initDisk,
  wipeDisk,
  listDiskDirectories,
  createDiskDirectory,
  deleteDiskDirectory,
  listDiskGroups,
  createDiskGroup,
  deleteDiskGroup,
  listDiskPools,
  createDiskPool,
  deleteDiskPool,
] as const;
