// Methods that list containers, tell their state and statistics, and start, freeze, stop or remove them.
import { z } from 'zod';
import { guestStates } from './guest-actions.ts';
import { allocateGuest, auditGuest, belowGuest, guestPath, powerGuest, skiplock } from './guest-path.ts';
import { guestMetricsSpan, guestStatusFields } from './guest-status-parts.ts';
import { defineMethod } from './method.ts';
import { rrdSample } from './nodes.ts';
import { boolean, integer, nodeName, string } from './params.ts';
import { replyFlag, taskStarted } from './reply.ts';

/** Pressures in percent. */
const statusFields = {
  ...guestStatusFields,
  type: z.literal('lxc').optional(),
  /** Croft's own: the exact state, `paused` for a frozen one. */
  state: z.enum(guestStates).optional(),
  swap: z.number().optional(),
  maxswap: z.number().optional(),
  pressurecpusome: z.number().optional(),
  pressureiofull: z.number().optional(),
  pressureiosome: z.number().optional(),
  pressurememoryfull: z.number().optional(),
  pressurememorysome: z.number().optional(),
};

export const listCts = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc',
  summary: "Lists the node's containers that the user may see.",
  params: z.object({ node: nodeName() }),
  returns: z.array(z.object(statusFields)),
  permission: { user: 'all' },
});

export const indexCt = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}',
  summary: 'Lists what there is below a container.',
  params: z.object(guestPath),
  returns: belowGuest,
  permission: { user: 'all' },
});

export const deleteCt = defineMethod({
  verb: 'DELETE',
  path: '/nodes/{node}/lxc/{vmid}',
  summary: 'Removes a container with its volumes; with `force` also one that runs.',
  params: z.object({
    ...guestPath,
    'destroy-unreferenced-disks': boolean().optional(),
    force: boolean({ default: 0 }).optional(),
    purge: boolean({ default: 0 }).optional(),
  }),
  returns: taskStarted,
  permission: { check: allocateGuest },
});

export const indexCtStatus = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}/status',
  summary: 'Lists the actions on a container.',
  params: z.object(guestPath),
  returns: belowGuest,
  permission: { user: 'all' },
});

export const readCtStatus = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}/status/current',
  summary: 'Tells the state of a container.',
  params: z.object(guestPath),
  returns: z.object({
    ...statusFields,
    ha: z.object({ managed: z.number() }),
    /** Croft's own: 1 when root inside is nobody outside. */
    unprivileged: replyFlag.optional(),
    /** Croft's own: what the host's kernel lacks for safe containers, in sentences. */
    warnings: z.array(z.string()).optional(),
  }),
  permission: { check: auditGuest },
});

export const startCt = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/status/start',
  summary: 'Starts a container; with `debug` its log is detailed.',
  params: z.object({ ...guestPath, debug: boolean({ default: 0 }).optional(), skiplock }),
  returns: taskStarted,
  permission: { check: powerGuest },
});

export const stopCt = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/status/stop',
  summary: 'Ends all processes of a container at once.',
  params: z.object({
    ...guestPath,
    'overrule-shutdown': boolean({ default: 0 }).optional(),
    skiplock,
  }),
  returns: taskStarted,
  permission: { check: powerGuest },
});

export const shutdownCt = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/status/shutdown',
  summary:
    'Asks a container to shut down; with `forceStop` ends it when it has not within `timeout` seconds.',
  params: z.object({
    ...guestPath,
    forceStop: boolean({ default: 0 }).optional(),
    timeout: integer({ minimum: 0, default: 60 }).optional(),
  }),
  returns: taskStarted,
  permission: { check: powerGuest },
});

export const suspendCt = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/status/suspend',
  summary: 'Freezes a container: its processes stand until it is resumed.',
  params: z.object(guestPath),
  returns: taskStarted,
  permission: { check: powerGuest },
});

export const resumeCt = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/status/resume',
  summary: 'Lets a frozen container run on.',
  params: z.object(guestPath),
  returns: taskStarted,
  permission: { check: powerGuest },
});

export const rebootCt = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/status/reboot',
  summary: 'Shuts a container down and starts it again, with pending changes applied.',
  params: z.object({ ...guestPath, timeout: integer({ minimum: 0 }).optional() }),
  returns: taskStarted,
  permission: { check: powerGuest },
});

export const readCtRrd = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}/rrd',
  summary: "Draws a container's recorded metrics.",
  params: z.object({ ...guestMetricsSpan, ds: string({ format: 'pve-configid-list' }) }),
  returns: z.object({ filename: z.string() }),
  permission: { check: auditGuest },
});

export const readCtRrdData = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}/rrddata',
  summary: "Reads a container's recorded metrics.",
  params: z.object(guestMetricsSpan),
  /** `time` in seconds since the epoch; a metric that was not sampled then is absent. */
  returns: z.array(rrdSample),
  permission: { check: auditGuest },
});

export const listCtInterfaces = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}/interfaces',
  summary:
    "Lists a running container's network interfaces with their addresses; nothing of one that does not run.",
  params: z.object(guestPath),
  returns: z
    .array(
      z.object({
        name: z.string(),
        'hardware-address': z.string(),
        /** The same, for older clients. */
        hwaddr: z.string(),
        /** The first address of each kind, `192.0.2.5/24`, for older clients. */
        inet: z.string().optional(),
        inet6: z.string().optional(),
        'ip-addresses': z.array(
          z.object({
            'ip-address': z.string(),
            'ip-address-type': z.enum(['inet', 'inet6']),
            prefix: z.number(),
          }),
        ),
      }),
    )
    .nullable(),
  permission: { check: auditGuest },
});

export const lxcStatusMethods = [
  listCts,
  indexCt,
  deleteCt,
  indexCtStatus,
  readCtStatus,
  startCt,
  stopCt,
  shutdownCt,
  suspendCt,
  resumeCt,
  rebootCt,
  readCtRrd,
  readCtRrdData,
  listCtInterfaces,
] as const;
