// Storages as a node sees them: state, content, uploads, downloads.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { getImportMetadata } from './node-storage-import.ts';
import { nodeStoragePruneMethods } from './node-storage-prune.ts';
import { rrdSample } from './nodes.ts';
import { boolean, choice, integer, nodeName, storageId, string, vmid } from './params.ts';
import { replyFlag, subdirectories, taskStarted } from './reply.ts';
import { listedProof } from './vzdump-proof.ts';

const storageState = {
  type: z.string(),
  content: z.string(),
  active: replyFlag.optional(),
  enabled: replyFlag.optional(),
  shared: replyFlag.optional(),
  total: z.number().optional(),
  used: z.number().optional(),
  avail: z.number().optional(),
};

/** Croft's own, beside the state. Texts of programs and devices are among them. */
const storageTrouble = {
  problem: z.string().optional(),
  circuit: z.object({ since: z.number(), retry: z.number() }).optional(),
  warnings: z.array(z.string()).optional(),
  space: z.union([z.literal(75), z.literal(85), z.literal(95)]).optional(),
  default_for: z.array(z.string()).optional(),
};

const volume = z.object({
  volid: z.string(),
  format: z.string(),
  size: z.number(),
  content: z.string().optional(),
  /** Of a backup: `qemu`, `lxc`, `openvz`, or `unknown`. */
  subtype: z.string().optional(),
  ctime: z.number().optional(),
  used: z.number().optional(),
  vmid: z.number().optional(),
  parent: z.string().optional(),
  notes: z.string().optional(),
  protected: replyFlag.optional(),
  encrypted: z.string().optional(),
  verification: z.object({ state: z.string(), upid: z.string() }).optional(),
  /** Croft's own, of backups: what came of the newest try to restore it. */
  proof: listedProof.optional(),
});

const checksumKinds = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const;

export const listNodeStorages = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage',
  summary: 'State of the storages that a node can use',
  permission: { user: 'all' },
  params: z.object({
    content: string({ format: 'pve-storage-content-list' }).optional(),
    enabled: boolean({ default: 0 }).optional(),
    format: boolean({ default: 0 }).optional(),
    node: nodeName(),
    storage: storageId().optional(),
    target: nodeName().optional(),
  }),
  returns: z.array(
    z.object({
      storage: z.string(),
      ...storageState,
      used_fraction: z.number().optional(),
      ...storageTrouble,
      formats: z.object({ default: z.string(), supported: z.array(z.string()) }).optional(),
    }),
  ),
  refuses: ['target'],
});

export const listNodeStorage = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage/{storage}',
  summary: 'What is below a storage',
  permission: {
    check: ['perm', '/storage/{storage}', ['Datastore.Audit', 'Datastore.AllocateSpace'], 'any', 1],
  },
  params: z.object({
    node: nodeName(),
    storage: storageId(),
  }),
  returns: subdirectories,
});

export const getStorageStatus = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage/{storage}/status',
  summary: 'State of a storage',
  permission: {
    check: ['perm', '/storage/{storage}', ['Datastore.Audit', 'Datastore.AllocateSpace'], 'any', 1],
  },
  params: z.object({
    node: nodeName(),
    storage: storageId(),
  }),
  returns: z.object({ ...storageState, ...storageTrouble }),
});

export const listContent = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage/{storage}/content',
  summary: 'Volumes of a storage',
  permission: {
    check: ['perm', '/storage/{storage}', ['Datastore.Audit', 'Datastore.AllocateSpace'], 'any', 1],
  },
  params: z.object({
    content: string({ format: 'pve-storage-content' }).optional(),
    node: nodeName(),
    storage: storageId(),
    vmid: vmid().optional(),
  }),
  returns: z.array(volume),
});

export const createVolume = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/storage/{storage}/content',
  summary: 'Allocate a disk image; answers its volume id',
  permission: { check: ['perm', '/storage/{storage}', ['Datastore.AllocateSpace']] },
  params: z.object({
    filename: string(),
    format: choice(['raw', 'qcow2', 'subvol', 'vmdk'], { requires: 'size' }).optional(),
    node: nodeName(),
    size: string({ pattern: '\\d+[MG]?' }),
    storage: storageId(),
    vmid: vmid(),
  }),
  returns: z.string(),
});

export const getVolume = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage/{storage}/content/{volume}',
  summary: 'Facts of a volume',
  permission: { user: 'all' },
  params: z.object({
    node: nodeName(),
    storage: storageId().optional(),
    volume: string(),
  }),
  returns: z.object({
    path: z.string(),
    format: z.string(),
    size: z.number(),
    used: z.number(),
    notes: z.string().optional(),
    protected: replyFlag.optional(),
  }),
});

export const deleteVolume = defineMethod({
  verb: 'DELETE',
  path: '/nodes/{node}/storage/{storage}/content/{volume}',
  summary: 'Delete a volume; answers its task when `delay` has passed without an end',
  permission: { user: 'all' },
  params: z.object({
    delay: integer({ maximum: 30, minimum: 1 }).optional(),
    node: nodeName(),
    storage: storageId().optional(),
    volume: string(),
  }),
  returns: z.string().nullable(),
});

export const uploadFile = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/storage/{storage}/upload',
  summary: 'Upload an ISO image, template or importable image',
  permission: { check: ['perm', '/storage/{storage}', ['Datastore.AllocateTemplate']] },
  params: z.object({
    checksum: string({ requires: 'checksum-algorithm' }).optional(),
    'checksum-algorithm': choice(checksumKinds, { requires: 'checksum' }).optional(),
    content: choice(['iso', 'vztmpl', 'import'], { format: 'pve-storage-content' }),
    filename: string({ maxLength: 255 }),
    node: nodeName(),
    storage: storageId(),
    tmpfilename: string({ pattern: '/var/tmp/pveupload-[0-9a-f]+' }).optional(),
  }),
  returns: taskStarted,
  refuses: ['tmpfilename'],
  transport: 'stream',
});

export const uploadSnippet = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/storage/{storage}/upload-snippet',
  summary: 'Upload a snippet: a file of at most 1 MiB for cloud-init, or a hook script',
  // Snippets may hold passwords of guests: they are for the storage's administrators.
  permission: { check: ['perm', '/storage/{storage}', ['Datastore.Allocate']] },
  params: z.object({
    checksum: string({ requires: 'checksum-algorithm' }).optional(),
    'checksum-algorithm': choice(checksumKinds, { requires: 'checksum' }).optional(),
    filename: string({ maxLength: 255 }),
    node: nodeName(),
    storage: storageId(),
  }),
  returns: taskStarted,
  extension: true,
  transport: 'stream',
});

export const downloadUrl = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/storage/{storage}/download-url',
  summary: 'Let the node download a file',
  permission: {
    check: [
      'and',
      ['perm', '/storage/{storage}', ['Datastore.AllocateTemplate']],
      ['or', ['perm', '/', ['Sys.Audit', 'Sys.Modify']], ['perm', '/nodes/{node}', ['Sys.AccessNetwork']]],
    ],
  },
  params: z.object({
    checksum: string({ requires: 'checksum-algorithm' }).optional(),
    'checksum-algorithm': choice(checksumKinds, { requires: 'checksum' }).optional(),
    compression: string().optional(),
    content: choice(['iso', 'vztmpl', 'import'], { format: 'pve-storage-content' }),
    filename: string({ maxLength: 255 }),
    node: nodeName(),
    storage: storageId(),
    url: string({ pattern: 'https?://.*' }),
    'verify-certificates': boolean({ default: 1 }).optional(),
  }),
  returns: taskStarted,
  refuses: ['compression'],
});

export const getStorageRrdData = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage/{storage}/rrddata',
  summary: 'Measurements of a storage',
  permission: {
    check: ['perm', '/storage/{storage}', ['Datastore.Audit', 'Datastore.AllocateSpace'], 'any', 1],
  },
  params: z.object({
    cf: choice(['AVERAGE', 'MAX']).optional(),
    node: nodeName(),
    storage: storageId(),
    timeframe: choice(['hour', 'day', 'week', 'month', 'year']),
  }),
  returns: z.array(rrdSample),
});

export const queryUrlMetadata = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/query-url-metadata',
  summary: 'Name, type and size of what a URL offers',
  permission: {
    check: [
      'or',
      ['perm', '/', ['Sys.Audit', 'Sys.Modify']],
      ['perm', '/nodes/{node}', ['Sys.AccessNetwork']],
    ],
  },
  params: z.object({
    node: nodeName(),
    url: string({ pattern: 'https?://.*' }),
    'verify-certificates': boolean({ default: 1 }).optional(),
  }),
  returns: z.object({
    filename: z.string().optional(),
    mimetype: z.string().optional(),
    size: z.number().optional(),
  }),
});

export const nodeStorageMethods = [
  listNodeStorages,
  listNodeStorage,
  getStorageStatus,
  listContent,
  createVolume,
  getVolume,
  deleteVolume,
  uploadFile,
  uploadSnippet,
  downloadUrl,
  getStorageRrdData,
  queryUrlMetadata,
  getImportMetadata,
  ...nodeStoragePruneMethods,
] as const;
