// What is done with volumes of a storage: notes and protection, copies and moves, orphans and whose they become.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, choice, integer, nodeName, storageId, string, vmid } from './params.ts';
import { nothing, replyFlag, taskStarted } from './reply.ts';

const looksAtStorage = [
  'perm',
  '/storage/{storage}',
  ['Datastore.Audit', 'Datastore.AllocateSpace'],
  'any',
  1,
] as const;

export const updateVolume = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/storage/{storage}/content/{volume}',
  summary: 'Change the notes of a volume, or its protection from being removed',
  permission: { user: 'all' },
  params: z.object({
    node: nodeName(),
    /** An empty text removes them. At most 64 KiB. */
    notes: string().optional(),
    protected: boolean().optional(),
    storage: storageId().optional(),
    volume: string(),
  }),
  returns: nothing,
});

/** As at the peers for root@pam alone; `copy-volume` asks for privileges. */
export const copyVolumeTo = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/storage/{storage}/content/{volume}',
  summary: 'Copy a volume to another storage',
  permission: {},
  params: z.object({
    node: nodeName(),
    storage: storageId().optional(),
    /** A volume id. */
    target: string(),
    target_node: nodeName().optional(),
    volume: string(),
  }),
  returns: taskStarted,
});

export const copyVolume = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/storage/{storage}/copy-volume',
  summary: 'Copy a volume to another storage or name; with `delete` move it there',
  permission: { user: 'all' },
  params: z.object({
    /** KiB per second, 0 for no limit; who does not administer both storages cannot exceed theirs. */
    bwlimit: integer({
      minimum: 0,
      default: 'clone or move limit from datacenter or storage config',
    }).optional(),
    /** The source is removed once the copy is whole. */
    delete: boolean({ default: 0 }).optional(),
    /** Of a disk; default: as it is, where the target has that. */
    format: choice(['raw', 'qcow2', 'vmdk']).optional(),
    /** Of a file its name, default the same; of a disk `vm-<vmid>-...`, default the next free one. */
    name: string({ maxLength: 255 }).optional(),
    node: nodeName(),
    storage: storageId(),
    /** The storage that the copy goes to. */
    target: storageId(),
    /** Of a disk: whose it becomes; default: whose the source is. */
    vmid: vmid().optional(),
    volume: string(),
  }),
  returns: taskStarted,
  extension: true,
});

export const listOrphans = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage/{storage}/orphans',
  summary: 'Volumes of guests that no guest, snapshot, pending change or task names',
  permission: { check: looksAtStorage },
  params: z.object({ node: nodeName(), storage: storageId(), vmid: vmid().optional() }),
  returns: z.array(
    z.object({
      volid: z.string(),
      content: z.string(),
      format: z.string(),
      size: z.number(),
      used: z.number(),
      ctime: z.number(),
      vmid: z.number().optional(),
      /** `guest-gone`: no guest has its number; `not-named`: the guest that has does not name it; `no-guest`: it bears no number. */
      reason: z.enum(['guest-gone', 'not-named', 'no-guest']),
      notes: z.string().optional(),
      protected: replyFlag.optional(),
    }),
  ),
  extension: true,
});

export const adoptVolume = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/storage/{storage}/adopt-volume',
  summary:
    'Write a volume that nobody names into the configuration of the guest whose number it bears, as an unused disk',
  permission: { user: 'all' },
  params: z.object({ node: nodeName(), storage: storageId(), volume: string() }),
  returns: taskStarted,
  extension: true,
});

export const storageVolumeMethods = [
  updateVolume,
  copyVolumeTo,
  copyVolume,
  listOrphans,
  adoptVolume,
] as const;
