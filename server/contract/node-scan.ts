// Looking for what a new storage could be made of: exports and shares of servers, targets, volume groups, thin pools.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { nodeName, string } from './params.ts';

const permission = { check: ['perm', '/storage', ['Datastore.Allocate']] } as const;

/** A host name (RFC 1123) or an IP address; nothing that a program could take for an option. */
function serverProblem(text: string): string | undefined {
  const isName = /^(?=.{1,253}$)[a-z0-9]([a-z0-9_-]{0,62})(\.[a-z0-9][a-z0-9_-]{0,62})*\.?$/i.test(text);
  const isIpv6 = /^[0-9a-f]*:[0-9a-f:.]*(%[a-z0-9_.-]+)?$/i.test(text);
  return isName || isIpv6 ? undefined : 'not a host name or IP address';
}

/** A server with or without a port; IPv6 addresses stand in brackets when a port follows. */
function portalProblem(text: string): string | undefined {
  const bracketed = /^\[([^\]]*)\](?::(\d{1,5}))?$/.exec(text);
  const plain = /^([^:]*)(?::(\d{1,5}))?$/.exec(text);
  const [, host = text, port] = bracketed ?? plain ?? [];
  if (serverProblem(host) !== undefined || (bracketed && !host.includes(':')))
    return 'not a portal: write a host name or address, with or without :port';
  return port !== undefined && (Number(port) < 1 || Number(port) > 65_535)
    ? 'the port must be from 1 to 65535'
    : undefined;
}

const server = () => string({ format: 'pve-storage-server' }, serverProblem);

export const listScans = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/scan',
  summary: 'What can be looked for',
  permission: { user: 'all' },
  params: z.object({ node: nodeName() }),
  returns: z.array(z.object({ method: z.string() })),
});

export const scanNfs = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/scan/nfs',
  summary: 'Exports of an NFS server',
  permission,
  params: z.object({ node: nodeName(), server: server() }),
  returns: z.array(
    z.object({
      path: z.string(),
      /** Who may mount it, as the server says. */
      options: z.string(),
    }),
  ),
});

export const scanCifs = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/scan/cifs',
  summary: 'Shares of an SMB server',
  permission,
  params: z.object({
    domain: string().optional(),
    node: nodeName(),
    password: string().optional(),
    server: server(),
    username: string().optional(),
  }),
  returns: z.array(z.object({ share: z.string(), description: z.string() })),
});

export const scanIscsi = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/scan/iscsi',
  summary: 'Targets of an iSCSI portal',
  permission,
  params: z.object({
    node: nodeName(),
    portal: string({ format: 'pve-storage-portal-dns' }, portalProblem),
  }),
  returns: z.array(z.object({ target: z.string(), portal: z.string() })),
});

export const scanLvm = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/scan/lvm',
  summary: 'Volume groups of the node',
  permission,
  params: z.object({ node: nodeName() }),
  returns: z.array(
    z.object({
      vg: z.string(),
      /** Bytes. */
      size: z.number().optional(),
      free: z.number().optional(),
    }),
  ),
});

export const scanLvmThin = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/scan/lvmthin',
  summary: 'Thin pools of a volume group',
  permission,
  params: z.object({
    node: nodeName(),
    vg: string({ maxLength: 100, pattern: '[a-zA-Z0-9\\.\\+\\_][a-zA-Z0-9\\.\\+\\_\\-]+' }),
  }),
  returns: z.array(z.object({ lv: z.string() })),
});

export const nodeScanMethods = [listScans, scanNfs, scanCifs, scanIscsi, scanLvm, scanLvmThin] as const;
