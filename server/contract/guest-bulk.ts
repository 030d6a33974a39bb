// Methods that start, stop or suspend many guests at once, on a node or in the cluster.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { array, boolean, integer, nodeName, readList, storageId, string, vmid } from './params.ts';
import { subdirectories, taskStarted } from './reply.ts';

const workers = () => integer({ minimum: 1, maximum: 64 }).optional();
const clusterWorkers = () => integer({ minimum: 1, maximum: 64, default: 4 }).optional();

const onNode = {
  node: nodeName(),
  'max-workers': workers(),
  vms: string({ format: 'pve-vmid-list' }, (text) =>
    readList(text).every((id) => /^[1-9][0-9]{2,8}$/.test(id))
      ? undefined
      : 'not a list of numbers of guests',
  ).optional(),
};
const inCluster = {
  'max-workers': clusterWorkers(),
  /** The older name of `max-workers`. */
  maxworkers: clusterWorkers(),
  vms: array(vmid()).optional(),
};

export const startAllGuests = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/startall',
  summary: 'Starts the guests of a node that start with it, in their order; with `force` the others too.',
  params: z.object({ ...onNode, force: boolean({ default: 'off' }).optional() }),
  returns: taskStarted,
  permission: { user: 'all' },
});

export const stopAllGuests = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/stopall',
  summary: 'Shuts down the guests of a node, in the reverse of their order.',
  params: z.object({
    ...onNode,
    'force-stop': boolean({ default: 1 }).optional(),
    timeout: integer({ minimum: 0, maximum: 7200, default: 180 }).optional(),
  }),
  returns: taskStarted,
  permission: { user: 'all' },
});

export const suspendAllGuests = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/suspendall',
  summary: 'Pauses the VMs of a node.',
  params: z.object(onNode),
  returns: taskStarted,
  permission: { user: 'all' },
});

export const indexBulk = defineMethod({
  verb: 'GET',
  path: '/cluster/bulk-action',
  summary: 'Lists what can be done to many at once.',
  params: z.object({}),
  returns: subdirectories,
  permission: { user: 'all' },
});

export const indexBulkGuest = defineMethod({
  verb: 'GET',
  path: '/cluster/bulk-action/guest',
  summary: 'Lists what can be done to many guests at once.',
  params: z.object({}),
  returns: subdirectories,
  permission: { user: 'all' },
});

export const bulkStart = defineMethod({
  verb: 'POST',
  path: '/cluster/bulk-action/guest/start',
  summary: 'Starts guests in their order, all or those that are named.',
  params: z.object({ ...inCluster, timeout: integer({}).optional() }),
  returns: taskStarted,
  permission: { user: 'all' },
  refuses: ['timeout'],
});

export const bulkShutdown = defineMethod({
  verb: 'POST',
  path: '/cluster/bulk-action/guest/shutdown',
  summary: 'Shuts guests down in the reverse of their order, all or those that are named.',
  params: z.object({
    ...inCluster,
    'force-stop': boolean({ default: 1 }).optional(),
    timeout: integer({ default: 180 }).optional(),
  }),
  returns: taskStarted,
  permission: { user: 'all' },
});

export const bulkSuspend = defineMethod({
  verb: 'POST',
  path: '/cluster/bulk-action/guest/suspend',
  summary: 'Pauses VMs, or with `to-disk` saves their memory and ends them; all or those that are named.',
  params: z.object({
    ...inCluster,
    statestorage: storageId({ format: 'pve-storage-id', requires: 'to-disk' }).optional(),
    'to-disk': boolean({ default: 0 }).optional(),
  }),
  returns: taskStarted,
  permission: { user: 'all' },
});

export const guestBulkMethods = [
  startAllGuests,
  stopAllGuests,
  suspendAllGuests,
  indexBulk,
  indexBulkGuest,
  bulkStart,
  bulkShutdown,
  bulkSuspend,
] as const;
