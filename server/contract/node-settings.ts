// Settings of a node that stand in files of its system: name servers, time zone, /etc/hosts.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { choice, indexed, integer, nodeName, string } from './params.ts';
import { nothing } from './reply.ts';

const mayChange = { check: ['perm', '/nodes/{node}', ['Sys.Modify']] } as const;

const dnsSettings = z.object({
  dns1: z.string().optional(),
  dns2: z.string().optional(),
  dns3: z.string().optional(),
  search: z.string().optional(),
});
export type DnsSettings = z.output<typeof dnsSettings>;

/** Certificates by ACME and waking other nodes come later. */
const laterSettings = ['acme', 'wakeonlan'] as const;
const acmeDomains = 6;
/** Of those, the published keys: nothing reads them yet. */
const laterFormats = {
  acme: {
    account: { default: 'default', format: 'pve-configid', optional: 1 },
    domains: { format: 'pve-acme-domain-list', optional: 1 },
  },
  domain: {
    alias: { format: 'pve-acme-alias', optional: 1 },
    domain: { default_key: 1, format: 'pve-acme-domain' },
    plugin: { default: 'standalone', format: 'pve-configid', optional: 1 },
  },
  wakeonlan: {
    'bind-interface': {
      default: 'The interface carrying the default route',
      format: 'pve-iface',
      optional: 1,
    },
    'broadcast-address': { default: '255.255.255.255', format: 'ipv4', optional: 1 },
    mac: { default_key: 1, format: 'mac-addr' },
  },
} as const;
/** Longest notes, in characters. */
const mostNotes = 65_536;

const nodeConfig = z.object({
  description: z.string().optional(),
  /** Seconds. */
  'startall-onboot-delay': z.number().optional(),
  /** Percent. */
  'ballooning-target': z.number().optional(),
  digest: z.string().optional(),
});

export type NodeConfig = z.output<typeof nodeConfig>;

export const getNodeConfig = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/config',
  summary:
    'Notes of a node, how long its guests wait after a start of the machine, how full its memory may get',
  permission: { check: ['perm', '/', ['Sys.Audit']] },
  params: z.object({
    node: nodeName(),
    property: choice(
      [
        'acme',
        ...([
          'acmedomain0',
          'acmedomain1',
          'acmedomain2',
          'acmedomain3',
          'acmedomain4',
          'acmedomain5',
        ] as const),
        'ballooning-target',
        'description',
        'startall-onboot-delay',
        'wakeonlan',
      ],
      { default: 'all' },
    ).optional(),
  }),
  returns: nodeConfig,
});

export const setNodeConfig = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/config',
  summary:
    'Changes the notes of a node, how long its guests wait after a start of the machine, how full its memory may get',
  permission: { check: ['perm', '/', ['Sys.Modify']] },
  params: z.object({
    acme: string({ format: laterFormats.acme }).optional(),
    ...indexed('acmedomain', acmeDomains, string({ format: laterFormats.domain })),
    'ballooning-target': integer({ minimum: 0, maximum: 100, default: 80 }).optional(),
    delete: string({ format: 'pve-configid-list' }).optional(),
    description: string({ maxLength: mostNotes }).optional(),
    digest: string({ maxLength: 40 }).optional(),
    node: nodeName(),
    'startall-onboot-delay': integer({ minimum: 0, maximum: 300, default: 0 }).optional(),
    wakeonlan: string({ format: laterFormats.wakeonlan }).optional(),
  }),
  returns: nothing,
  refuses: [...laterSettings, 'acmedomain[n]'],
});

export const getNodeDns = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/dns',
  summary: 'Name servers and search domain of a node',
  permission: { check: ['perm', '/nodes/{node}', ['Sys.Audit']] },
  params: z.object({ node: nodeName() }),
  returns: dnsSettings,
});

export const setNodeDns = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/dns',
  summary: 'Changes name servers and search domain of a node',
  permission: mayChange,
  params: z.object({
    dns1: string({ format: 'ip' }).optional(),
    dns2: string({ format: 'ip' }).optional(),
    dns3: string({ format: 'ip' }).optional(),
    node: nodeName(),
    search: string(),
  }),
  returns: nothing,
});

export const setNodeTime = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/time',
  summary: 'Changes the time zone of a node',
  permission: mayChange,
  params: z.object({ node: nodeName(), timezone: string() }),
  returns: nothing,
});

export const getNodeHosts = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/hosts',
  summary: 'The file /etc/hosts of a node',
  permission: { check: ['perm', '/', ['Sys.Audit']] },
  params: z.object({ node: nodeName() }),
  returns: z.object({ data: z.string(), digest: z.string().optional() }),
});

export const setNodeHosts = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/hosts',
  summary: 'Replaces the file /etc/hosts of a node; with `digest` only if it is still the one that was read',
  permission: mayChange,
  params: z.object({
    data: string(),
    digest: string({ maxLength: 64 }).optional(),
    node: nodeName(),
  }),
  returns: nothing,
});

export const nodeSettingMethods = [
  getNodeConfig,
  setNodeConfig,
  getNodeDns,
  setNodeDns,
  setNodeTime,
  getNodeHosts,
  setNodeHosts,
] as const;
