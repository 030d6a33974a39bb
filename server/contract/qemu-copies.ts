// Methods that make other VMs of a VM, and move its disks: clones, templates, other storages and owners.
import { z } from 'zod';
import { digest, guestFeature, numbered } from './guest-config-parts.ts';
import { allocateGuest, auditGuest, guestPath } from './guest-path.ts';
import { defineMethod } from './method.ts';
import { boolean, choice, integer, nodeName, storageId, string, vmid } from './params.ts';
import { brokenFormat } from './property-formats.ts';
import { deviceCounts, formatted } from './qemu-options.ts';
import { replyFlag, taskStarted } from './reply.ts';

const snapshotName = string({ format: 'pve-configid', maxLength: 40 }, (text) =>
  brokenFormat('pve-configid', text),
).optional();
const imageFormat = choice(['raw', 'qcow2', 'vmdk']).optional();

type DriveKey = `${'ide' | 'scsi' | 'virtio' | 'sata'}${number}` | 'efidisk0' | 'tpmstate0';
type DiskKey = DriveKey | `unused${number}`;
const driveKeys = [
  ...numbered('ide', deviceCounts.ide),
  ...numbered('scsi', deviceCounts.scsi),
  ...numbered('virtio', deviceCounts.virtio),
  ...numbered('sata', deviceCounts.sata),
  'efidisk0',
  'tpmstate0',
] as DriveKey[] as [DriveKey, ...DriveKey[]];
const diskKeys: [DiskKey, ...DiskKey[]] = [...driveKeys, ...numbered('unused', deviceCounts.unused)];

export const cloneVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/clone',
  summary: 'Makes a VM like another one or a snapshot of it; linked from a template unless `full`.',
  params: z.object({
    ...guestPath,
    /** KiB per second, 0 for no limit; of disks that are copied. Clones by the storage itself know none. */
    bwlimit: integer({ minimum: 0, default: 'clone limit from datacenter or storage config' }).optional(),
    description: string().optional(),
    /** Of the disks of a full clone. */
    format: imageFormat,
    full: boolean().optional(),
    name: formatted('dns-name').optional(),
    newid: vmid(),
    pool: formatted('pve-poolid').optional(),
    snapname: snapshotName,
    storage: storageId().optional(),
    /** This node only, for now: clients name it as a matter of form. */
    target: nodeName().optional(),
  }),
  returns: taskStarted,
  permission: {
    check: [
      'and',
      ['perm', '/vms/{vmid}', ['VM.Clone']],
      [
        'or',
        ['perm', '/vms/{newid}', ['VM.Allocate']],
        ['perm', '/pool/{pool}', ['VM.Allocate'], 'require_param', 'pool'],
      ],
    ],
  },
});

export const makeVmTemplate = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/template',
  summary: 'Makes a template of a VM: it runs no more, and is there to be cloned. Returns a task.',
  params: z.object({
    ...guestPath,
    /** Only this one becomes a base. */
    disk: choice(driveKeys).optional(),
  }),
  returns: taskStarted,
  permission: { check: allocateGuest },
});

export const moveVmDisk = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/move_disk',
  summary:
    'Copies a disk to another storage or format, or gives it to another VM; with `delete` removes the original.',
  params: z.object({
    ...guestPath,
    /** KiB per second, 0 for no limit. */
    bwlimit: integer({ minimum: 0, default: 'move limit from datacenter or storage config' }).optional(),
    delete: boolean({ default: 0 }).optional(),
    digest,
    disk: choice(diskKeys),
    format: imageFormat,
    storage: storageId().optional(),
    'target-digest': digest,
    /** Default: the same key. */
    'target-disk': choice(diskKeys).optional(),
    'target-vmid': vmid().optional(),
  }),
  returns: taskStarted,
  permission: { check: ['perm', '/vms/{vmid}', ['VM.Config.Disk']] },
});

export const checkVmFeature = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/feature',
  summary: 'Can the VM be snapshotted, cloned (linked), copied?',
  params: z.object({ ...guestPath, feature: guestFeature, snapname: snapshotName }),
  returns: z.object({
    hasFeature: replyFlag,
    /** Where. */
    nodes: z.array(z.string()),
    /** Croft's own: why not. */
    reason: z.string().optional(),
  }),
  permission: { check: auditGuest },
});

/** They must go before it can. */
export const listLinkedClones = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/linked-clones',
  extension: true,
  summary: 'VMs whose disks are linked to disks of this one; only those that the caller may look at',
  params: z.object(guestPath),
  returns: z.array(z.object({ vmid: z.number(), volumes: z.array(z.string()) })),
  permission: { check: auditGuest },
});

export const qemuCopyMethods = [
  cloneVm,
  makeVmTemplate,
  moveVmDisk,
  checkVmFeature,
  listLinkedClones,
] as const;
