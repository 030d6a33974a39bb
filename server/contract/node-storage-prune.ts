// Pruning the backups of a storage: what would go, and letting it go.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { choice, nodeName, storageId, vmid } from './params.ts';
import { propertyString } from './property-string.ts';
import { pruneBackupsString } from './prune-backups.ts';
import { taskStarted } from './reply.ts';

const params = z.object({
  node: nodeName(),
  /** Without it the storage's own option counts. */
  'prune-backups': propertyString(pruneBackupsString, { format: 'prune-backups' }).optional(),
  storage: storageId(),
  /** Only backups of VMs, or of containers. */
  type: choice(['qemu', 'lxc']).optional(),
  vmid: vmid().optional(),
});

export const listPrunable = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage/{storage}/prunebackups',
  summary: 'What pruning would do with each backup of a storage',
  permission: {
    check: ['perm', '/storage/{storage}', ['Datastore.Audit', 'Datastore.AllocateSpace'], 'any', 1],
  },
  params,
  returns: z.array(
    z.object({
      volid: z.string(),
      /** Seconds since the epoch. */
      ctime: z.number(),
      mark: z.enum(['keep', 'remove', 'protected', 'renamed']),
      /** `qemu`, `lxc`, `openvz`, or `unknown`. */
      type: z.string(),
      vmid: z.number().optional(),
    }),
  ),
});

export const pruneBackups = defineMethod({
  verb: 'DELETE',
  path: '/nodes/{node}/storage/{storage}/prunebackups',
  summary: 'Remove the backups of a storage that need not be kept',
  permission: { user: 'all' },
  params,
  returns: taskStarted,
});

export const nodeStoragePruneMethods = [listPrunable, pruneBackups] as const;
