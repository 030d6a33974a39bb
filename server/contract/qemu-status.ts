// Methods that list VMs, tell their state, and start, stop or remove them.
import { z } from 'zod';
import { allocateGuest, auditGuest, belowGuest, guestPath, powerGuest, skiplock } from './guest-path.ts';
import { guestMetricsSpan, guestStatusFields } from './guest-status-parts.ts';
import { defineMethod } from './method.ts';
import { rrdSample } from './nodes.ts';
import { boolean, choice, integer, nodeName, storageId, string } from './params.ts';
import { propertyString } from './property-string.ts';
import { machineString } from './qemu-strings.ts';
import { taskStarted } from './reply.ts';

const timeout = integer({ minimum: 0 }).optional();

const statusFields = {
  ...guestStatusFields,
  /** The exact state: running, paused, suspended, ... */
  qmpstatus: z.string().optional(),
  /** What the host gives for it. */
  memhost: z.number().optional(),
  serial: z.number().optional(),
  'running-machine': z.string().optional(),
  'running-qemu': z.string().optional(),
  /** Croft's own: is the running VM accelerated, and if not, why. */
  accelerator: z.enum(['kvm', 'tcg']).optional(),
  acceleratorReason: z.string().optional(),
  /** Croft's own, while it runs and its agent answers: IP addresses, and what its operating system calls itself. */
  addresses: z.array(z.string()).optional(),
  os: z.string().optional(),
};

export const listVms = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu',
  summary: "Lists the node's VMs that the user may see.",
  params: z.object({ node: nodeName(), full: boolean().optional() }),
  returns: z.array(z.object(statusFields)),
  permission: { user: 'all' },
});

export const indexVm = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}',
  summary: 'Lists what there is below a VM.',
  params: z.object(guestPath),
  returns: belowGuest,
  permission: { user: 'all' },
});

export const deleteVm = defineMethod({
  verb: 'DELETE',
  path: '/nodes/{node}/qemu/{vmid}',
  summary: 'Removes a VM with its volumes.',
  params: z.object({
    ...guestPath,
    'destroy-unreferenced-disks': boolean({ default: 0 }).optional(),
    purge: boolean().optional(),
    skiplock,
  }),
  returns: taskStarted,
  permission: { check: allocateGuest },
});

export const finishVmRestore = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/finish-restore',
  summary:
    'Brings in what a VM that ran while it was restored still lacks, after a restore that broke off. Returns the task',
  params: z.object(guestPath),
  returns: taskStarted,
  permission: { check: allocateGuest },
  extension: true,
});

export const indexVmStatus = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/status',
  summary: 'Lists the actions on a VM.',
  params: z.object(guestPath),
  returns: belowGuest,
  permission: { user: 'all' },
});

export const readVmStatus = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/status/current',
  summary: 'Tells the state of a VM.',
  params: z.object(guestPath),
  returns: z.object({
    ...statusFields,
    /** Is the agent enabled in its configuration? */
    agent: z.number().optional(),
    /** What its balloon leaves it, and what of that is free, in bytes, while its driver tells; and how far it may be taken. */
    balloon: z.number().optional(),
    freemem: z.number().optional(),
    balloon_min: z.number().optional(),
    shares: z.number().optional(),
    clipboard: z.enum(['vnc']).optional(),
    spice: z.number().optional(),
    /**
     * Croft's own, of a VM that runs: does the host do its part (process, disks, storages), and does the guest live? By its agent's
     * answer, asked at most every 30 s, else by its network and disks: nothing moved for five minutes is `failed`.
     */
    checks: z
      .object({
        host: z.object({ status: z.enum(['ok', 'failed']), problems: z.array(z.string()) }),
        guest: z.object({
          status: z.enum(['ok', 'failed', 'unknown']),
          by: z.enum(['agent', 'activity']),
        }),
      })
      .optional(),
    ha: z.object({ managed: z.number() }),
  }),
  permission: { check: auditGuest },
});

export const startVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/status/start',
  summary: 'Starts a VM.',
  params: z.object({
    ...guestPath,
    'force-cpu': string().optional(),
    machine: propertyString(machineString).optional(),
    migratedfrom: nodeName().optional(),
    migration_network: string({ format: 'CIDR' }).optional(),
    migration_type: choice(['secure', 'insecure']).optional(),
    'nets-host-mtu': string({ pattern: 'net\\d+=\\d+(,net\\d+=\\d+)*' }).optional(),
    skiplock,
    stateuri: string({ maxLength: 128 }).optional(),
    targetstorage: string({ format: 'storage-pair-list' }).optional(),
    timeout: integer({ minimum: 0, default: 'max(30, vm memory in GiB)' }).optional(),
    'with-conntrack-state': boolean({ default: 0 }).optional(),
  }),
  returns: taskStarted,
  permission: { check: powerGuest },
  refuses: [
    'force-cpu',
    'machine',
    'migratedfrom',
    'migration_network',
    'migration_type',
    'nets-host-mtu',
    'stateuri',
    'targetstorage',
    'with-conntrack-state',
  ],
});

export const stopVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/status/stop',
  summary: 'Ends a VM at once, like pulling the plug.',
  params: z.object({
    ...guestPath,
    keepActive: boolean({ default: 0 }).optional(),
    migratedfrom: nodeName().optional(),
    'overrule-shutdown': boolean({ default: 0 }).optional(),
    skiplock,
    timeout,
  }),
  returns: taskStarted,
  permission: { check: powerGuest },
  refuses: ['keepActive', 'migratedfrom'],
});

export const shutdownVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/status/shutdown',
  summary: 'Asks a VM to shut down; with `forceStop` ends it when it has not within `timeout` seconds.',
  params: z.object({
    ...guestPath,
    forceStop: boolean({ default: 0 }).optional(),
    keepActive: boolean({ default: 0 }).optional(),
    skiplock,
    timeout,
  }),
  returns: taskStarted,
  permission: { check: powerGuest },
  refuses: ['keepActive'],
});

export const rebootVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/status/reboot',
  summary: 'Shuts a VM down and starts it again, with pending changes applied.',
  params: z.object({ ...guestPath, timeout }),
  returns: taskStarted,
  permission: { check: powerGuest },
});

export const resetVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/status/reset',
  summary: 'Resets a VM, like its reset button.',
  params: z.object({ ...guestPath, skiplock }),
  returns: taskStarted,
  permission: { check: powerGuest },
});

export const suspendVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/status/suspend',
  summary:
    'Pauses a VM; with `todisk` saves its memory to a disk and ends it: its next start goes on from there.',
  params: z.object({
    ...guestPath,
    skiplock,
    statestorage: storageId({ format: 'pve-storage-id', requires: 'todisk' }).optional(),
    todisk: boolean({ default: 0 }).optional(),
  }),
  returns: taskStarted,
  permission: { check: powerGuest },
});

export const resumeVm = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/status/resume',
  summary: 'Lets a paused VM run on.',
  params: z.object({ ...guestPath, nocheck: boolean().optional(), skiplock }),
  returns: taskStarted,
  permission: { check: powerGuest },
  refuses: ['nocheck'],
});

/** Refused for now: the numbers themselves are in `rrddata`. */
export const readVmRrd = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/rrd',
  summary: "Draws a VM's recorded metrics.",
  params: z.object({ ...guestMetricsSpan, ds: string({ format: 'pve-configid-list' }) }),
  returns: z.object({ filename: z.string() }),
  permission: { check: auditGuest },
});

export const readVmRrdData = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/rrddata',
  summary: "Reads a VM's recorded metrics.",
  params: z.object(guestMetricsSpan),
  /** `time` in seconds since the epoch; a metric that was not sampled then is absent. */
  returns: z.array(rrdSample),
  permission: { check: auditGuest },
});

export const qemuStatusMethods = [
  listVms,
  indexVm,
  deleteVm,
  finishVmRestore,
  indexVmStatus,
  readVmStatus,
  startVm,
  stopVm,
  shutdownVm,
  rebootVm,
  resetVm,
  suspendVm,
  resumeVm,
  readVmRrd,
  readVmRrdData,
] as const;
