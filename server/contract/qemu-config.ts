// Methods that make, read and change a VM's configuration.
import { z } from 'zod';
import { configReply, digest, newSize, numbered, pendingReply } from './guest-config-parts.ts';
import { auditGuest, guestPath, skiplock } from './guest-path.ts';
import { defineMethod } from './method.ts';
import { boolean, choice, integer, storageId, string } from './params.ts';
import type { PermissionCheck } from './permission.ts';
import { deviceCounts, formatted, refusedVmOptions, vmOptions } from './qemu-options.ts';
import { taskStarted } from './reply.ts';

/** Any of the privileges over parts of a configuration; which parts change decides what is needed beyond. */
const configChange = [
  'perm',
  '/vms/{vmid}',
  [
    'VM.Config.Disk',
    'VM.Config.CDROM',
    'VM.Config.CPU',
    'VM.Config.Memory',
    'VM.Config.Network',
    'VM.Config.HWType',
    'VM.Config.Options',
    'VM.Config.Cloudinit',
  ],
  'any',
  1,
] as const satisfies PermissionCheck;

export const createVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu',
  summary: 'Creates a VM, or with `archive` restores one from a backup.',
  params: z.object({
    ...guestPath,
    ...vmOptions,
    archive: string({ maxLength: 255 }).optional(),
    bwlimit: integer({
      minimum: 0,
      default: 'restore limit from datacenter or storage config',
    }).optional(),
    force: boolean({ requires: 'archive' }).optional(),
    'ha-managed': boolean({ default: 0 }).optional(),
    'import-working-storage': storageId().optional(),
    'live-restore': boolean().optional(),
    pool: formatted('pve-poolid').optional(),
    start: boolean({ default: 0 }).optional(),
    storage: storageId().optional(),
    unique: boolean({ requires: 'archive' }).optional(),
  }),
  returns: taskStarted,
  permission: { user: 'all' },
  refuses: [...refusedVmOptions, 'ha-managed', 'import-working-storage'],
});

export const readVmConfig = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/config',
  summary: "Reads a VM's configuration, with the changes that wait for a restart unless `current` is set.",
  params: z.object({
    ...guestPath,
    current: boolean({ default: 0 }).optional(),
    snapshot: string({ format: 'pve-configid', maxLength: 40 }).optional(),
  }),
  returns: configReply,
  permission: { check: auditGuest },
});

const changeParams = {
  ...guestPath,
  ...vmOptions,
  delete: formatted('pve-configid-list').optional(),
  digest,
  force: boolean({ requires: 'delete' }).optional(),
  revert: formatted('pve-configid-list').optional(),
  skiplock,
};

export const changeVmConfig = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/config',
  summary: "Changes a VM's configuration in a task: for changes that allocate or copy volumes.",
  params: z.object({
    ...changeParams,
    background_delay: integer({ minimum: 1, maximum: 30 }).optional(),
    'import-working-storage': storageId().optional(),
  }),
  returns: taskStarted.nullable(),
  permission: { check: configChange },
  refuses: [...refusedVmOptions, 'import-working-storage'],
});

export const setVmConfig = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/qemu/{vmid}/config',
  summary: "Changes a VM's configuration and waits until it is done.",
  params: z.object(changeParams),
  returns: z.null(),
  permission: { check: configChange },
  refuses: refusedVmOptions,
});

export const listPendingVmConfig = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/pending',
  summary: 'Lists the configuration with the values that wait for a restart.',
  params: z.object(guestPath),
  returns: pendingReply,
  permission: { check: auditGuest },
});

type DriveKey = `${'ide' | 'scsi' | 'virtio' | 'sata'}${number}` | 'efidisk0' | 'tpmstate0';
const resizable = [
  ...numbered('ide', deviceCounts.ide),
  ...numbered('scsi', deviceCounts.scsi),
  ...numbered('virtio', deviceCounts.virtio),
  ...numbered('sata', deviceCounts.sata),
  'efidisk0',
  'tpmstate0',
] as DriveKey[] as [DriveKey, ...DriveKey[]];

export const resizeVmDisk = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/qemu/{vmid}/resize',
  summary: 'Grows a disk: to a size, or by one when it begins with `+`. Returns a task.',
  params: z.object({
    ...guestPath,
    digest,
    disk: choice(resizable),
    size: newSize,
    skiplock,
  }),
  returns: taskStarted,
  permission: { check: ['perm', '/vms/{vmid}', ['VM.Config.Disk']] },
});

export const unlinkVmDisks = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/qemu/{vmid}/unlink',
  summary: 'Detaches disks; with `force`, or of an unused one, removes the volume too.',
  params: z.object({
    ...guestPath,
    force: boolean().optional(),
    idlist: formatted('pve-configid-list'),
  }),
  returns: z.null(),
  permission: { check: ['perm', '/vms/{vmid}', ['VM.Config.Disk']] },
});

export const qemuConfigMethods = [
  createVm,
  readVmConfig,
  changeVmConfig,
  setVmConfig,
  listPendingVmConfig,
  resizeVmDisk,
  unlinkVmDisks,
] as const;
