// Where the methods of VMs and of containers find their guest, and the privileges over it that most of them take.
import { z } from 'zod';
import { boolean, nodeName, vmid } from './params.ts';
import type { PermissionCheck } from './permission.ts';

/** Where the guest is. */
export const guestPath = { node: nodeName(), vmid: vmid() };

export const auditGuest = ['perm', '/vms/{vmid}', ['VM.Audit']] as const satisfies PermissionCheck;
export const powerGuest = ['perm', '/vms/{vmid}', ['VM.PowerMgmt']] as const satisfies PermissionCheck;
export const allocateGuest = ['perm', '/vms/{vmid}', ['VM.Allocate']] as const satisfies PermissionCheck;
export const openGuestConsole = ['perm', '/vms/{vmid}', ['VM.Console']] as const satisfies PermissionCheck;

/** Go ahead although an operation holds the guest: root's alone. */
export const skiplock = boolean().optional();

/** What lies below a guest's path. */
export const belowGuest = z.array(z.object({ subdir: z.string() }));
