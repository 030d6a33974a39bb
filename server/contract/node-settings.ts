// Settings of a node that stand in files of its system: name servers, time zone, /etc/hosts.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { nodeName, string } from './params.ts';
import { nothing } from './reply.ts';

const mayChange = { check: ['perm', '/nodes/{node}', ['Sys.Modify']] } as const;

const dnsSettings = z.object({
  dns1: z.string().optional(),
  dns2: z.string().optional(),
  dns3: z.string().optional(),
  search: z.string().optional(),
});
export type DnsSettings = z.output<typeof dnsSettings>;

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

export const nodeSettingMethods = [getNodeDns, setNodeDns, setNodeTime, getNodeHosts, setNodeHosts] as const;
