// Methods on what a VM's cloud-init drive tells its guest: what waits, making it anew, looking at it.
import { z } from 'zod';
import { pendingReply } from './guest-config-parts.ts';
import { auditGuest, guestPath } from './guest-path.ts';
import { defineMethod } from './method.ts';
import { choice } from './params.ts';

export const listVmCloudInit = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/cloudinit',
  summary:
    'Lists the cloud-init settings: what the running guest was given, and what comes with the next image.',
  params: z.object(guestPath),
  returns: pendingReply,
  permission: { check: auditGuest },
});

export const regenerateVmCloudInit = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/qemu/{vmid}/cloudinit',
  summary: 'Makes the image of the cloud-init drive anew; a running guest sees a changed disc.',
  params: z.object(guestPath),
  returns: z.null(),
  permission: { check: ['perm', '/vms/{vmid}', ['VM.Config.Cloudinit']] },
});

export const dumpVmCloudInit = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/cloudinit/dump',
  summary:
    'The generated file of one kind, the password hidden; files named by `cicustom` are not looked at.',
  params: z.object({ ...guestPath, type: choice(['user', 'network', 'meta']) }),
  returns: z.string(),
  permission: { check: auditGuest },
});

export const qemuCloudInitMethods = [listVmCloudInit, regenerateVmCloudInit, dumpVmCloudInit] as const;
