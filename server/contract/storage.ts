// Storages as they are configured for the cluster.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, choice, integer, storageId, string } from './params.ts';
import { propertyString } from './property-string.ts';
import { pruneBackupsString } from './prune-backups.ts';
import { anyObject, nothing, replyFlag } from './reply.ts';

const storageTypes = [
  'btrfs',
  'cephfs',
  'cifs',
  'dir',
  'esxi',
  'iscsi',
  'iscsidirect',
  'lvm',
  'lvmthin',
  'nfs',
  'pbs',
  'rbd',
  'zfs',
  'zfspool',
] as const;

/** A type word: the published ones, and those of plugins of ours and of others; the registry of plugins knows which there are. */
const storageType = () =>
  string({ enum: storageTypes }, (text) =>
    /^[a-z][a-z0-9-]{1,30}$/.test(text) ? undefined : 'not a type of storage',
  );

/** Options beside the published ones, of types that the contract does not have (any more). */
const ownOptions = {
  /** Options that have no parameter here, of types that do not come with Croft: a JSON object. */
  'plugin-options': string({ maxLength: 8192 }).optional(),
  devices: string().optional(),
  server2: string({ format: 'pve-storage-server' }).optional(),
  transport: choice(['tcp', 'rdma', 'unix']).optional(),
};

/** Options that can be given at creation and changed later. Each type refuses what is not its own. */
const changeable = {
  ...ownOptions,
  blocksize: string().optional(),
  bwlimit: string({
    format: {
      clone: { minimum: '0', optional: 1, type: 'number' },
      default: { minimum: '0', optional: 1, type: 'number' },
      migration: { minimum: '0', optional: 1, type: 'number' },
      move: { minimum: '0', optional: 1, type: 'number' },
      restore: { minimum: '0', optional: 1, type: 'number' },
    },
  }).optional(),
  comstar_hg: string().optional(),
  comstar_tg: string().optional(),
  content: string({ format: 'pve-storage-content-list' }).optional(),
  'content-dirs': string({ format: 'pve-dir-override-list' }).optional(),
  'create-base-path': boolean({ default: 1 }).optional(),
  'create-subdirs': boolean({ default: 1 }).optional(),
  'data-pool': string().optional(),
  disable: boolean().optional(),
  domain: string({ maxLength: 256 }).optional(),
  'encryption-key': string().optional(),
  fingerprint: string({ pattern: '([A-Fa-f0-9]{2}:){31}[A-Fa-f0-9]{2}' }).optional(),
  format: choice(['raw', 'qcow2', 'subvol', 'vmdk']).optional(),
  'fs-name': string({ format: 'pve-configid' }).optional(),
  fuse: boolean().optional(),
  is_mountpoint: string({ default: 'no' }).optional(),
  keyring: string().optional(),
  krbd: boolean({ default: 0 }).optional(),
  lio_tpg: string().optional(),
  'master-pubkey': string().optional(),
  'max-protected-backups': integer({
    default: 'Unlimited for users with Datastore.Allocate privilege, 5 for other users',
    minimum: -1,
  }).optional(),
  mkdir: boolean({ default: 1 }).optional(),
  monhost: string({ format: 'pve-storage-portal-dns-list' }).optional(),
  mountpoint: string({ format: 'pve-storage-path' }).optional(),
  namespace: string().optional(),
  nocow: boolean({ default: 0 }).optional(),
  nodes: string({ format: 'pve-node-list' }).optional(),
  nowritecache: boolean().optional(),
  options: string({ format: 'pve-storage-options' }).optional(),
  password: string({ maxLength: 256 }).optional(),
  pool: string().optional(),
  port: integer({ maximum: 65535, minimum: 1 }).optional(),
  preallocation: choice(['off', 'metadata', 'falloc', 'full'], { default: 'metadata' }).optional(),
  'prune-backups': propertyString(pruneBackupsString, { format: 'prune-backups' }).optional(),
  saferemove: boolean().optional(),
  'saferemove-stepsize': integer({ default: 32, enum: ['1', '2', '4', '8', '16', '32'] }).optional(),
  saferemove_throughput: string().optional(),
  server: string({ format: 'pve-storage-server' }).optional(),
  shared: boolean().optional(),
  'skip-cert-verification': boolean({ default: 0 }).optional(),
  smbversion: choice(['default', '2.0', '2.1', '3', '3.0', '3.11'], { default: 'default' }).optional(),
  'snapshot-as-volume-chain': boolean({ default: 0 }).optional(),
  sparse: boolean().optional(),
  subdir: string({ format: 'pve-storage-path' }).optional(),
  tagged_only: boolean().optional(),
  username: string().optional(),
  'zfs-base-path': string({ format: 'pve-storage-path' }).optional(),
};

/** Options of types that are not there yet. */
const refusedChanges = [
  'blocksize',
  'comstar_hg',
  'comstar_tg',
  'data-pool',
  'encryption-key',
  'fingerprint',
  'fs-name',
  'fuse',
  'keyring',
  'krbd',
  'lio_tpg',
  'master-pubkey',
  'monhost',
  'mountpoint',
  'namespace',
  'nowritecache',
  'pool',
  'port',
  'skip-cert-verification',
  'sparse',
  'zfs-base-path',
] as const;

/** A storage as it is configured. */
const storageConfig = z.looseObject({
  storage: z.string(),
  type: z.string(),
  content: z.string().optional(),
  path: z.string().optional(),
  nodes: z.string().optional(),
  shared: replyFlag.optional(),
  disable: replyFlag.optional(),
  digest: z.string().optional(),
});

const storageWritten = z.object({ storage: z.string(), type: z.string(), config: anyObject.optional() });

export const listStorages = defineMethod({
  verb: 'GET',
  path: '/storage',
  summary: 'Configured storages',
  permission: { user: 'all' },
  params: z.object({
    type: storageType().optional(),
  }),
  returns: z.array(storageConfig),
});

export const createStorage = defineMethod({
  verb: 'POST',
  path: '/storage',
  summary: 'Add a storage',
  permission: { check: ['perm', '/storage', ['Datastore.Allocate']] },
  params: z.object({
    ...changeable,
    authsupported: string().optional(),
    base: string({ format: 'pve-volume-id' }).optional(),
    datastore: string().optional(),
    export: string({ format: 'pve-storage-path' }).optional(),
    iscsiprovider: string().optional(),
    path: string({ format: 'pve-storage-path' }).optional(),
    portal: string({ format: 'pve-storage-portal-dns' }).optional(),
    share: string().optional(),
    storage: storageId(),
    target: string().optional(),
    thinpool: string({ format: 'pve-storage-vgname' }).optional(),
    type: storageType(),
    vgname: string({ format: 'pve-storage-vgname' }).optional(),
    volume: string().optional(),
  }),
  returns: storageWritten,
  refuses: [...refusedChanges, 'authsupported', 'datastore', 'iscsiprovider'],
});

export const getStorage = defineMethod({
  verb: 'GET',
  path: '/storage/{storage}',
  summary: 'Configuration of a storage',
  permission: { check: ['perm', '/storage/{storage}', ['Datastore.Allocate']] },
  params: z.object({
    storage: storageId(),
  }),
  returns: storageConfig,
});

export const updateStorage = defineMethod({
  verb: 'PUT',
  path: '/storage/{storage}',
  summary: 'Change a storage',
  permission: { check: ['perm', '/storage', ['Datastore.Allocate']] },
  params: z.object({
    ...changeable,
    delete: string({ format: 'pve-configid-list', maxLength: 4096 }).optional(),
    digest: string({ maxLength: 64 }).optional(),
    storage: storageId(),
  }),
  returns: storageWritten,
  refuses: refusedChanges,
});

export const deleteStorage = defineMethod({
  verb: 'DELETE',
  path: '/storage/{storage}',
  summary: 'Remove a storage from the configuration; its data stays',
  permission: { check: ['perm', '/storage', ['Datastore.Allocate']] },
  params: z.object({
    storage: storageId(),
  }),
  returns: nothing,
});

export const storageMethods = [
  listStorages,
  createStorage,
  getStorage,
  updateStorage,
  deleteStorage,
] as const;
