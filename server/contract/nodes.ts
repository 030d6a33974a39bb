// Nodes: list, state, time, measurements, network interfaces.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { choice, nodeName } from './params.ts';
import { nothing, replyFlag, subdirectories } from './reply.ts';

const space = { total: z.number(), used: z.number(), free: z.number() };

/** One sample of a round-robin store: `time` in seconds since the epoch; what was not measured is absent. */
export const rrdSample = z.object({ time: z.number() }).catchall(z.number());

export const listNodes = defineMethod({
  verb: 'GET',
  path: '/nodes',
  summary: 'Nodes of the cluster',
  permission: { user: 'all' },
  params: z.object({}),
  returns: z.array(
    z.object({
      node: z.string(),
      status: z.enum(['unknown', 'online', 'offline']),
      id: z.string().optional(),
      type: z.literal('node').optional(),
      cpu: z.number().optional(),
      maxcpu: z.number().optional(),
      mem: z.number().optional(),
      maxmem: z.number().optional(),
      disk: z.number().optional(),
      maxdisk: z.number().optional(),
      uptime: z.number().optional(),
      level: z.string().optional(),
      ssl_fingerprint: z.string().optional(),
    }),
  ),
});

export const listNode = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}',
  summary: 'What is below a node',
  permission: { user: 'all' },
  params: z.object({
    node: nodeName(),
  }),
  returns: subdirectories,
});

export const getNodeStatus = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/status',
  summary: 'State of a node',
  permission: { check: ['perm', '/nodes/{node}', ['Sys.Audit']] },
  params: z.object({
    node: nodeName(),
  }),
  returns: z.object({
    'boot-info': z.object({ mode: z.enum(['efi', 'legacy-bios']), secureboot: replyFlag.optional() }),
    cpu: z.number(),
    cpuinfo: z.object({
      cores: z.number(),
      cpus: z.number(),
      model: z.string(),
      sockets: z.number(),
      mhz: z.string().optional(),
      flags: z.string().optional(),
      hvm: z.string().optional(),
    }),
    'current-kernel': z.object({
      machine: z.string(),
      release: z.string(),
      sysname: z.string(),
      version: z.string(),
    }),
    kversion: z.string().optional(),
    loadavg: z.array(z.string()),
    memory: z.object({ ...space, available: z.number().optional() }),
    swap: z.object(space).optional(),
    ksm: z.object({ shared: z.number() }).optional(),
    pveversion: z.string(),
    rootfs: z.object({ ...space, avail: z.number() }),
    uptime: z.number().optional(),
    wait: z.number().optional(),
    idle: z.number().optional(),
    accelerator: z.enum(['kvm', 'tcg']).optional(),
    acceleratorReason: z.string().optional(),
  }),
});

export const changeNodeStatus = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/status',
  summary: 'Reboot or shut down a node',
  permission: { check: ['perm', '/nodes/{node}', ['Sys.PowerMgmt']] },
  params: z.object({
    command: choice(['reboot', 'shutdown']),
    node: nodeName(),
  }),
  returns: nothing,
});

export const getNodeVersion = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/version',
  summary: 'Version of a node',
  permission: { user: 'all' },
  params: z.object({
    node: nodeName(),
  }),
  returns: z.object({ version: z.string(), release: z.string(), repoid: z.string() }),
});

export const getNodeTime = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/time',
  summary: 'Clock and time zone of a node',
  permission: { check: ['perm', '/nodes/{node}', ['Sys.Audit']] },
  params: z.object({
    node: nodeName(),
  }),
  returns: z.object({ localtime: z.number(), time: z.number(), timezone: z.string() }),
});

export const getNodeRrdData = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/rrddata',
  summary: 'Measurements of a node',
  permission: { check: ['perm', '/nodes/{node}', ['Sys.Audit']] },
  params: z.object({
    cf: choice(['AVERAGE', 'MAX']).optional(),
    node: nodeName(),
    timeframe: choice(['hour', 'day', 'week', 'month', 'year', 'decade']),
  }),
  returns: z.array(rrdSample),
});

export const listNodeNetwork = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/network',
  summary: 'Network interfaces of a node',
  permission: { user: 'all' },
  params: z.object({
    node: nodeName(),
    type: choice([
      'bridge',
      'bond',
      'eth',
      'alias',
      'vlan',
      'fabric',
      'OVSBridge',
      'OVSBond',
      'OVSPort',
      'OVSIntPort',
      'vnet',
      'any_bridge',
      'any_local_bridge',
      'include_sdn',
    ]).optional(),
  }),
  returns: z.array(
    z.looseObject({
      iface: z.string(),
      type: z.string(),
      active: replyFlag.optional(),
      autostart: replyFlag.optional(),
      exists: replyFlag.optional(),
      method: z.string().optional(),
      method6: z.string().optional(),
      address: z.string().optional(),
      netmask: z.string().optional(),
      cidr: z.string().optional(),
      gateway: z.string().optional(),
      address6: z.string().optional(),
      cidr6: z.string().optional(),
      gateway6: z.string().optional(),
      bridge_ports: z.string().optional(),
      mtu: z.number().optional(),
      priority: z.number().optional(),
      families: z.array(z.string()).optional(),
      comments: z.string().optional(),
    }),
  ),
});

export const nodeMethods = [
  listNodes,
  listNode,
  getNodeStatus,
  changeNodeStatus,
  getNodeVersion,
  getNodeTime,
  getNodeRrdData,
  listNodeNetwork,
] as const;
