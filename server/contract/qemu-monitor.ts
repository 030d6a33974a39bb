// Methods by which experts look behind a VM: the monitor of its QEMU, and the command line that starts it.
import { z } from 'zod';
import { guestPath } from './guest-path.ts';
import { defineMethod } from './method.ts';
import { string } from './params.ts';

export const askVmMonitor = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/monitor',
  summary:
    "Sends one command to the monitor of a VM's QEMU. Commands other than `info` and `help` take Sys.Modify on /.",
  params: z.object({ ...guestPath, command: string() }),
  returns: z.string(),
  permission: { check: ['perm', '/vms/{vmid}', ['Sys.Audit', 'Sys.Modify'], 'any', 1] },
});

/** It names files and sockets of the host, so it takes a look at the node as well. */
export const showVmCommand = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/showcmd',
  summary:
    'Shows the command line that starts the VM, without secrets. Volumes of a VM that is off go by their IDs.',
  params: z.object(guestPath),
  returns: z.string(),
  permission: {
    check: ['and', ['perm', '/vms/{vmid}', ['VM.Audit']], ['perm', '/nodes/{node}', ['Sys.Audit']]],
  },
  extension: true,
});

export const qemuMonitorMethods = [askVmMonitor, showVmCommand] as const;
