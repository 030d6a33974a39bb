// For the tests of this folder: an authenticator with three users, and an app on small routes.
import { pino } from 'pino';
import { z } from 'zod';
import { defineMethod, type MethodDeclaration } from '../contract/method.ts';
import { array, boolean, choice, indexed, integer, nodeName, string, vmid } from '../contract/params.ts';
import type { Privilege } from '../contract/permission.ts';
import { AppError } from '../core/errors.ts';
import { type App, type AppOptions, createApp } from './app.ts';
import type { Authenticator } from './authenticator.ts';
import { type Caller, ReplyRaw, ReplyWith, type Route, route, upgradeRoute } from './route.ts';

/** A caller with the given privileges, by path; a path counts for all below it. */
export function callerWith(
  userid: string,
  grants: Readonly<Record<string, readonly Privilege[] | 'all'>>,
  tokenid?: string,
): Caller {
  const may = (path: string, privilege: Privilege): boolean =>
    Object.entries(grants).some(
      ([base, privileges]) =>
        (base === '/' || path === base || path.startsWith(`${base}/`)) &&
        (privileges === 'all' || privileges.includes(privilege)),
    );
  return { userid, tokenid, requester: tokenid ?? userid, may, privilegesOn: () => new Set() };
}

const root = callerWith('root@pam', { '/': 'all' });
const auditor = callerWith('auditor@pve', { '/vms/100': ['VM.Audit'] });
const rootToken = callerWith('root@pam', { '/': 'all' }, 'root@pam!t');

/** Ticket `root` or `auditor` with CSRF token `csrf`; token `root@pam!t=secret`; root over the local socket. */
export const authenticator: Authenticator = {
  authenticate: async ({ ticket, csrfToken, authorization, verb, local }) => {
    if (local) return root;
    if (authorization?.startsWith('PVEAPIToken=')) {
      if (authorization === 'PVEAPIToken=root@pam!t=secret') return rootToken;
      throw new AppError('unauthenticated', 'invalid token');
    }
    if (ticket === undefined) return 'nobody';
    const caller = { 'root:=+/': root, auditor }[ticket];
    if (!caller) throw new AppError('unauthenticated', 'permission denied - invalid PVE ticket');
    if (verb !== 'GET' && csrfToken !== 'csrf')
      throw new AppError('unauthenticated', 'Permission denied - invalid csrf token');
    return caller;
  },
  groupsOf: (userid) => (userid === 'member@pve' ? ['staff'] : []),
  actsAs: (caller, userid) => caller.tokenid === undefined && caller.userid === userid,
  userExists: (userid) => userid.endsWith('@pve'),
};

/** Cookies of root, as a browser sends them: percent-encoded. */
export const rootHeaders = { cookie: 'x=1; PVEAuthCookie=root%3A%3D%2B%2F', csrfpreventiontoken: 'csrf' };
export const auditorHeaders = { cookie: 'PVEAuthCookie=auditor', csrfpreventiontoken: 'csrf' };

const guestPath = '/nodes/{node}/qemu/{vmid}/config';
const guestParams = { node: nodeName(), vmid: vmid() };

export const showGuest = defineMethod({
  verb: 'GET',
  path: guestPath,
  summary: 'A guest',
  permission: { check: ['perm', '/vms/{vmid}', ['VM.Audit']] },
  params: z.object({ ...guestParams, fail: string().optional() }),
  returns: z.looseObject({}),
});

export const changeGuest = defineMethod({
  verb: 'POST',
  path: guestPath,
  summary: 'Changes a guest',
  permission: { check: ['perm', '/vms/{vmid}', ['VM.Config.Options', 'VM.Config.Disk']] },
  params: z.object({
    ...guestParams,
    name: string({ maxLength: 20 }),
    cores: integer({ minimum: 1, maximum: 64 }).optional(),
    agent: boolean().optional(),
    bios: choice(['seabios', 'ovmf'], { default: 'seabios' }).optional(),
    tags: string({ format: 'pve-tag-list' }).optional(),
    command: array(string()).optional(),
    force: boolean({ requires: 'tags' }).optional(),
    hugepages: string().optional(),
    kvm: boolean({ default: 1 }).optional(),
    ...indexed('net', 2, string()),
    ...indexed('usb', 2, string()),
  }),
  refuses: ['hugepages', 'kvm', 'usb[n]'],
  returns: z.looseObject({}),
});

export const openMethod = defineMethod({
  verb: 'POST',
  path: '/access/ticket',
  summary: 'Open to all',
  permission: { user: 'world' },
  params: z.object({ username: string() }),
  returns: z.looseObject({}),
  ticketOnly: true,
});

export const listMethod = defineMethod({
  verb: 'GET',
  path: '/list',
  summary: 'A list',
  permission: { user: 'all' },
  params: z.object({ kind: choice(['raw', 'beside', 'wrong']).optional() }),
  returns: z.array(z.number()),
});

export const uploadMethod = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/storage/{storage}/upload',
  summary: 'Takes a body as it is',
  permission: { user: 'all' },
  params: z.object({ node: nodeName(), storage: string(), filename: string() }),
  returns: z.looseObject({}),
  transport: 'stream',
});

export const volumeMethod = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/storage/{storage}/content/{volume}',
  summary: 'A volume',
  permission: { user: 'all' },
  params: z.object({ node: nodeName(), storage: string(), volume: string() }),
  returns: z.string(),
});

export const consoleMethod = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/vncwebsocket',
  summary: 'A console',
  permission: { check: ['perm', '/vms/{vmid}', ['VM.Console']] },
  params: z.object({ ...guestParams, vncticket: string() }),
  returns: z.unknown(),
  transport: 'upgrade',
});

const failures: Readonly<Record<string, () => Error>> = {
  missing: () =>
    new AppError('not-found', "Configuration file 'nodes/pve/qemu-server/100.conf' does not exist"),
  state: () =>
    new AppError('wrong-state', 'line one\r\nX-Injected: 1\u2603\u0000', { data: { expected: 'stopped' } }),
  bug: () => new Error('a secret of ours'),
};

/** Routes that answer what they were given. */
export const testRoutes: Route[] = [
  route(showGuest, ({ params }) => {
    const failure = params.fail === undefined ? undefined : failures[params.fail];
    if (failure) throw failure();
    return { ...params };
  }),
  route(changeGuest, ({ params, caller, address }) => ({ ...params, requester: caller.requester, address })),
  route(openMethod, ({ params, caller }) => ({ ...params, userid: caller.userid })),
  route(listMethod, ({ params }) => {
    if (params.kind === 'raw') return new ReplyRaw('[1,2]');
    if (params.kind === 'beside') return new ReplyWith([1], { total: 7 });
    return params.kind === 'wrong' ? (['x'] as unknown as number[]) : [1, 2, 3];
  }),
  route(uploadMethod, async ({ params, incoming }) => {
    let size = 0;
    for await (const chunk of incoming) size += (chunk as Buffer).length;
    return { size, node: params.node };
  }),
  route(volumeMethod, ({ params }) => params.volume),
  upgradeRoute(consoleMethod, ({ params }) => {
    if (params.vncticket !== 'good') throw new AppError('forbidden', 'the console ticket does not hold');
    return (socket) => socket.on('message', (data, binary) => socket.send(data, { binary }));
  }),
];

/** An app on the test routes. */
export function testApp(options: Partial<AppOptions> = {}): App {
  return createApp({
    routes: testRoutes,
    authenticator,
    log: pino({ level: 'silent' }),
    nodes: { local: () => 'pve', has: (node) => node === 'pve' },
    version: '0.0.0',
    ...options,
  });
}

export function asDeclaration(method: unknown): MethodDeclaration {
  return method as MethodDeclaration;
}
