// Methods that make and clone containers, and read and change their configuration and volumes.
import { z } from 'zod';
import { configReply, digest, guestFeature, newSize, numbered, pendingReply } from './guest-config-parts.ts';
import { allocateGuest, auditGuest, guestPath } from './guest-path.ts';
import { ctDeviceCounts, ctFormatted, ctOptions } from './lxc-options.ts';
import { defineMethod } from './method.ts';
import { boolean, choice, nodeName, number, storageId, string, vmid } from './params.ts';
import type { PermissionCheck } from './permission.ts';
import { replyFlag, taskStarted } from './reply.ts';

/** Any of the privileges over parts of a configuration; which parts change decides what is needed beyond. */
const configChange = [
  'perm',
  '/vms/{vmid}',
  ['VM.Config.Disk', 'VM.Config.CPU', 'VM.Config.Memory', 'VM.Config.Network', 'VM.Config.Options'],
  'any',
  1,
] as const satisfies PermissionCheck;

const snapshotName = ctFormatted('pve-configid', 40).optional();

/** KiB per second. Copies are not limited yet: only 0, no limit, is taken. */
function bandwidthLimit(byDefault: string) {
  const facts = { minimum: 0, default: byDefault } as const;
  return number(facts)
    .refine((limit) => limit === 0, 'not supported yet by this version of Croft: give 0, which is no limit')
    .meta({ facts: { type: 'number', ...facts } })
    .optional();
}

const publicKey =
  /(^|\s)(ssh-(rsa|dss|ed25519)|ecdsa-sha2-[\w-]+|sk-[\w@.-]+)\s+[A-Za-z0-9+/]{16,}={0,3}(\s|$)/;

/** One key a line, as in `authorized_keys`. */
function notKeys(text: string): string | undefined {
  const lines = text.split(/\r?\n/);
  const wrong = lines.findIndex(
    (line) => line.trim() !== '' && !line.startsWith('#') && !publicKey.test(line),
  );
  return wrong < 0 ? undefined : `line ${wrong + 1} is not an SSH public key`;
}

export const createCt = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc',
  summary: 'Creates a container from a template, or with `restore` restores one from a backup.',
  params: z.object({
    ...guestPath,
    ...ctOptions,
    /** KiB per second; 0: no limit. */
    bwlimit: number({
      minimum: 0,
      default: 'restore limit from datacenter or storage config',
    }).optional(),
    /** Over a container that has the number. */
    force: boolean().optional(),
    'ha-managed': boolean({ default: 0 }).optional(),
    /** Device nodes that the container cannot have are left out of a restore. */
    'ignore-unpack-errors': boolean().optional(),
    /** A volume, `local:vztmpl/debian-13.tar.zst`; with `restore` a backup, for root@pam also the path of a file. */
    ostemplate: string({ maxLength: 255 }),
    /** Of root. */
    password: string({ minLength: 5 }, (text) =>
      /[\n\r]/.test(text) ? 'must not hold line ends' : undefined,
    ).optional(),
    pool: ctFormatted('pve-poolid').optional(),
    restore: boolean().optional(),
    'ssh-public-keys': string({}, notKeys).optional(),
    start: boolean({ default: 0 }).optional(),
    /** Of the root, unless `rootfs` says another. */
    storage: storageId({ format: 'pve-storage-id', default: 'local' }).optional(),
    unique: boolean({ requires: 'restore' }).optional(),
  }),
  returns: taskStarted,
  permission: { user: 'all' },
  refuses: ['ha-managed'],
});

export const readCtConfig = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}/config',
  summary: "Reads a container's configuration, with what waits for a restart unless `current` is set.",
  params: z.object({
    ...guestPath,
    current: boolean({ default: 0 }).optional(),
    snapshot: snapshotName,
  }),
  returns: configReply,
  permission: { check: auditGuest },
});

export const setCtConfig = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/lxc/{vmid}/config',
  summary: "Changes a container's configuration and waits until it is done: at once where it can be.",
  params: z.object({
    ...guestPath,
    ...ctOptions,
    delete: ctFormatted('pve-configid-list').optional(),
    digest,
    revert: ctFormatted('pve-configid-list').optional(),
  }),
  returns: z.null(),
  permission: { check: configChange },
});

export const listPendingCtConfig = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}/pending',
  summary: 'Lists the configuration with the values that wait for a restart.',
  params: z.object(guestPath),
  returns: pendingReply,
  permission: { check: auditGuest },
});

type MountKey = 'rootfs' | `mp${number}`;
type VolumeKey = MountKey | `unused${number}`;
const mountKeys: [MountKey, ...MountKey[]] = ['rootfs', ...numbered('mp', ctDeviceCounts.mp)];
const volumeKeys: [VolumeKey, ...VolumeKey[]] = [...mountKeys, ...numbered('unused', ctDeviceCounts.unused)];

export const resizeCtVolume = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/lxc/{vmid}/resize',
  summary: 'Grows the root or a mount point: to a size, or by one when it begins with `+`. Returns a task.',
  params: z.object({
    ...guestPath,
    digest,
    disk: choice(mountKeys),
    size: newSize,
  }),
  returns: taskStarted,
  permission: { check: ['perm', '/vms/{vmid}', ['VM.Config.Disk'], 'any', 1] },
});

export const moveCtVolume = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/move_volume',
  summary: 'Copies a volume to another storage; with `delete` removes the original, else it stays as unused.',
  params: z.object({
    ...guestPath,
    bwlimit: bandwidthLimit('clone limit from datacenter or storage config'),
    delete: boolean({ default: 0 }).optional(),
    digest,
    storage: storageId().optional(),
    'target-digest': digest,
    'target-vmid': vmid().optional(),
    'target-volume': choice(volumeKeys).optional(),
    volume: choice(volumeKeys),
  }),
  returns: taskStarted,
  permission: { check: ['perm', '/vms/{vmid}', ['VM.Config.Disk']] },
});

export const checkCtFeature = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}/feature',
  summary: 'Can the container be snapshotted, cloned, copied?',
  params: z.object({
    ...guestPath,
    feature: guestFeature,
    snapname: snapshotName,
  }),
  returns: z.object({
    hasFeature: replyFlag,
    /** Croft's own: why not. */
    reason: z.string().optional(),
  }),
  permission: { check: auditGuest },
});

export const makeCtTemplate = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/template',
  summary: 'Makes a template of a container: it runs no more, and is there to be cloned.',
  params: z.object(guestPath),
  returns: z.null(),
  permission: { check: allocateGuest },
});

export const cloneCt = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/clone',
  summary: 'Makes a container like another one or a snapshot of it; linked from a template unless `full`.',
  params: z.object({
    ...guestPath,
    bwlimit: bandwidthLimit('clone limit from datacenter or storage config'),
    description: string().optional(),
    full: boolean().optional(),
    hostname: ctFormatted('dns-name').optional(),
    newid: vmid(),
    pool: ctFormatted('pve-poolid').optional(),
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

export const lxcConfigMethods = [
  createCt,
  readCtConfig,
  setCtConfig,
  listPendingCtConfig,
  resizeCtVolume,
  moveCtVolume,
  checkCtFeature,
  makeCtTemplate,
  cloneCt,
] as const;
