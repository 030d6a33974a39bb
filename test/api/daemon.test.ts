// The whole daemon on fakes, asked over its real sockets: every method answers as declared, and lets in whom it should.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MethodDeclaration, methodName } from '../../server/contract/method.ts';
import type { Privilege } from '../../server/contract/permission.ts';
import { type DevServer, devTemplate, startDev } from '../../server/dev.ts';
import { type ApiAnswer, callLocal, callTls } from '../host/api.ts';
import { eventually } from '../host/wait.ts';
import { fillMethod, guestOf, ought, type WalkWorld } from './daemon-walk.ts';
import { declarationsWithHandlers } from './implemented.ts';

const declarations = await declarationsWithHandlers();
const named = (wanted: (declaration: MethodDeclaration) => boolean) =>
  declarations.filter(wanted).map((declaration) => [methodName(declaration), declaration] as const);
const plain = (declaration: MethodDeclaration) => declaration.transport !== 'events';
const isWorld = ({ permission }: MethodDeclaration) => permission.user === 'world';
const isChecked = ({ permission }: MethodDeclaration) =>
  permission.user === undefined && permission.check !== undefined;

/** GET methods that have nothing to show here, with the error that says so. */
const refusals: Readonly<Record<string, string>> = {
  'GET /access/groups/{groupid}': 'not-found',
  'GET /access/tfa/{userid}/{id}': 'not-found',
  'GET /pools/{poolid}': 'not-found',
  'GET /access/users/{userid}/token/{tokenid}': 'not-found',
  'GET /nodes/{node}/qemu/{vmid}/vncwebsocket': 'invalid-input',
  'GET /nodes/{node}/lxc/{vmid}/rrd': 'unsupported',
  'GET /nodes/{node}/qemu/{vmid}/rrd': 'unsupported',
  'GET /nodes/{node}/lxc/{vmid}/vncwebsocket': 'invalid-input',
  'GET /nodes/{node}/query-url-metadata': 'forbidden',
  'GET /nodes/{node}/storage/{storage}/import-metadata': 'invalid-input',
  // Nothing says what is to be kept.
  'GET /nodes/{node}/storage/{storage}/prunebackups': 'invalid-input',
  'GET /nodes/{node}/vncwebsocket': 'invalid-input',
  // Nobody has tried to restore it.
  'GET /nodes/{node}/vzdump/proof': 'not-found',
  'GET /nodes/{node}/vzdump/picture': 'not-found',
};

let server: DevServer;
let world: WalkWorld;
let none: Record<string, string>;
let auditor: Record<string, string>;
let auditorPrivileges: ReadonlySet<string>;

beforeAll(async () => {
  server = await startDev({ port: 0, guests: 10, containers: 10, logLevel: 'error' });
  const ok = async (
    ...call: [verb: 'GET' | 'POST' | 'PUT', path: string, params?: Record<string, unknown>]
  ) => {
    const answer = await callLocal(server.socket, ...call);
    if (answer.status !== 200) throw new Error(`${call[0]} ${call[1]}: ${answer.status} ${answer.reason}`);
    return answer.body.data;
  };
  const password = 'of-a-walker';
  for (const userid of ['none@pve', 'auditor@pve']) await ok('POST', '/access/users', { userid, password });
  await ok('PUT', '/access/acl', { path: '/', roles: 'PVEAuditor', users: 'auditor@pve' });
  const logIn = async (username: string) => {
    const { body } = await callTls(server.port, 'POST', '/access/ticket', { username, password });
    const { ticket, CSRFPreventionToken } = body.data as { ticket: string; CSRFPreventionToken: string };
    return {
      cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`,
      CSRFPreventionToken,
    };
  };
  none = await logIn('none@pve');
  auditor = await logIn('auditor@pve');
  auditorPrivileges = new Set(Object.keys((await ok('GET', '/access/roles/PVEAuditor')) as object));
  const snapshot = 'before-update';
  await callLocal(server.socket, 'POST', `/nodes/${server.node}/qemu/100/snapshot`, { snapname: snapshot });
  const list = `/nodes/${server.node}/qemu/100/snapshot`;
  await eventually('the snapshot', 10_000, async () => ((await ok('GET', list)) as object[]).length === 2);
  await ok('POST', '/cluster/backup', { id: 'walk', all: 1, schedule: 'yearly', enabled: 0 });
  const notifications = '/cluster/notifications';
  const mail = { mailto: 'walk@example.org', 'from-address': 'walk@example.org' };
  const endpoints = {
    ...{ sendmail: mail, smtp: { ...mail, server: 'localhost' } },
    gotify: { server: 'https://example.org', token: 'walk' },
    webhook: { url: 'https://example.org', method: 'post' },
  };
  for (const [type, options] of Object.entries(endpoints))
    await ok('POST', `${notifications}/endpoints/${type}`, { ...options, name: `walk-${type}` });
  await ok('POST', `${notifications}/matchers`, { name: 'walk', disable: 1 });
  await ok('POST', `/nodes/${server.node}/vzdump`, { vmid: 100, storage: 'local', compress: 'zstd' });
  const backups = async () =>
    (await ok('GET', `/nodes/${server.node}/storage/local/content?content=backup&vmid=100`)) as {
      volid: string;
    }[];
  const backup = await eventually('the backup', 20_000, async () => (await backups())[0]?.volid);
  const tasks = (await ok('GET', '/cluster/tasks')) as { upid: string; endtime?: number }[];
  const ended = tasks.find((task) => task.endtime !== undefined);
  world = {
    ...{ node: server.node, upid: ended?.upid ?? '', otherUser: 'admin@pve' },
    ...{ vmid: 100, ctid: server.firstContainer, freeId: 900 },
    ...{ snapshot, backup, template: `local:vztmpl/${devTemplate}` },
  };
}, 30_000);

afterAll(() => server?.stop());

function asRoot(declaration: MethodDeclaration): Promise<ApiAnswer> {
  const { path, params } = fillMethod(declaration, world);
  return callLocal(server.socket, declaration.verb, path, params);
}

function as(headers: Record<string, string>, declaration: MethodDeclaration): Promise<ApiAnswer> {
  const { path, params } = fillMethod(declaration, world);
  return callTls(server.port, declaration.verb, path, params, headers);
}

describe('every GET method', () => {
  it.each(named((declaration) => declaration.verb === 'GET' && plain(declaration)))(
    '%s answers as declared',
    async (name, declaration) => {
      const { status, body, reason } = await asRoot(declaration);
      const refusal = refusals[name];
      if (refusal === undefined) expect(`${status} ${reason}`).toBe('200 OK');
      else expect(body['code']).toBe(refusal);
    },
  );

  it.each(named((declaration) => declaration.verb === 'GET' && plain(declaration)))(
    '%s never fails inside, whoever asks',
    async (_name, declaration) => {
      for (const headers of [none, auditor])
        expect((await as(headers, declaration)).body['code']).not.toBe('internal');
    },
  );
});

describe('without credentials', () => {
  it.each(named((declaration) => !isWorld(declaration)))('%s is refused', async (_name, declaration) => {
    expect((await as({}, declaration)).status).toBe(401);
  });

  it.each(named(isWorld))('%s is open', async (name, declaration) => {
    const { status, reason } = await as({}, declaration);
    // Logging in is open to all, but not with a password that is wrong.
    if (name === 'POST /access/ticket') expect(`${status} ${reason}`).toBe('401 authentication failure');
    else expect(status).toBe(200);
  });
});

describe('methods with a permission', () => {
  it.each(named(isChecked))('%s lets in whom it should', async (_name, declaration) => {
    const { params } = fillMethod(declaration, world);
    const check = declaration.permission.check!;
    const everything = { ...params, storage: 'local', vmid: guestOf(declaration, world) };
    const holdsNothing = ought(check, () => false, everything);
    const holdsAudit = ought(check, (privilege: Privilege) => auditorPrivileges.has(privilege), everything);
    expect(holdsNothing).toBe(false);
    expect((await as(none, declaration)).status).toBe(403);
    const { status } = await as(auditor, declaration);
    if (holdsAudit) expect([401, 403]).not.toContain(status);
    else expect(status).toBe(403);
  });

  it('were looked at: some let auditors in, some do not', () => {
    const checked = declarations.filter(isChecked);
    const open = checked.filter((declaration) =>
      ought(declaration.permission.check!, (privilege) => auditorPrivileges.has(privilege), {}),
    );
    expect(open.length).toBeGreaterThan(10);
    expect(checked.length - open.length).toBeGreaterThan(30);
  });
});

describe('changes that everybody may ask for and the handler guards', () => {
  it.each(named((declaration) => declaration.verb !== 'GET' && declaration.permission.user === 'all'))(
    '%s is refused to those without privileges',
    async (_name, declaration) => {
      for (const headers of [none, auditor]) {
        const { status, body } = await as(headers, declaration);
        expect(`${status} ${body['code']}`).toMatch(/^(403 forbidden|500 not-found)$/);
      }
    },
  );
});

describe('bad input', () => {
  const ask = (
    declaration: MethodDeclaration,
    change: (params: Record<string, string>) => void = () => {},
    inPath: readonly [from: string, to: string] = ['', ''],
  ) => {
    const { path, params } = fillMethod(declaration, world);
    change(params);
    const changed = path.replace(...inPath);
    // What a streamed body goes with stands in the query.
    return declaration.transport === 'stream' && declaration.verb !== 'GET'
      ? callLocal(server.socket, declaration.verb, `${changed}?${new URLSearchParams(params)}`)
      : callLocal(server.socket, declaration.verb, changed, params);
  };
  /** What is wrong besides does not matter here. */
  const names = (field: string) => ({
    status: 400,
    body: expect.objectContaining({ errors: expect.objectContaining({ [field]: expect.any(String) }) }),
  });
  // Only where Croft runs as an appliance, and that comes first.
  const closed = new Set(['POST /nodes/{node}/appliance/upload']);

  it.each(named((declaration) => plain(declaration) && !closed.has(methodName(declaration))))(
    '%s refuses a parameter that it does not have',
    async (_name, declaration) => {
      const answer = await ask(declaration, (params) => {
        params['no-such-thing'] = '1';
      });
      expect(answer).toMatchObject(names('no-such-thing'));
    },
  );

  // Its parameters stand in the form, which is read after the file's name.
  const isForm = (declaration: MethodDeclaration) => declaration.path.endsWith('/storage/{storage}/upload');
  const missing = declarations
    .filter((one) => plain(one) && !isForm(one))
    .flatMap((declaration) =>
      Object.entries(declaration.params.shape)
        .filter(([name, schema]) => !schema.isOptional() && !declaration.path.includes(`{${name}}`))
        .map(([name]) => [methodName(declaration), name, declaration] as const),
    );

  it.each(missing)('%s cannot do without %s', async (_method, name, declaration) => {
    const answer = await ask(declaration, (params) => {
      delete params[name];
    });
    expect(answer).toMatchObject(names(name));
  });

  const ofGuests = named(({ path }) => /\/(qemu|lxc)\/\{vmid\}/.test(path));

  it.each(ofGuests)('%s takes numbers of guests only', async (_name, declaration) => {
    for (const wrong of ['99', '1e3', 'all', '..%2f..']) {
      const answer = await ask(declaration, () => {}, [`/${guestOf(declaration, world)}`, `/${wrong}`]);
      expect({ wrong, ...answer }).toMatchObject({ wrong, ...names('vmid') });
    }
  });

  it.each(ofGuests)(
    '%s finds no guest that is not there or is of the other kind',
    async (_name, declaration) => {
      const own = guestOf(declaration, world);
      for (const id of [world.freeId, own === world.ctid ? world.vmid : world.ctid]) {
        const { body } = await ask(
          declaration,
          (params) => {
            // Without any change there is nothing to look for.
            if (declaration.path.endsWith('/config') && declaration.verb !== 'GET')
              params['description'] = 'walk';
          },
          [`/${own}`, `/${id}`],
        );
        expect(body['code']).toBe('not-found');
      }
    },
  );
});

describe('lists', () => {
  it('show nothing of guests and storages to somebody without privileges, and all to an auditor', async () => {
    const see = async (headers: Record<string, string>) => {
      const { body } = await callTls(server.port, 'GET', '/cluster/resources', {}, headers);
      return (body.data as { type: string }[]).map(({ type }) => type);
    };
    expect(new Set(await see(none))).toEqual(new Set(['node']));
    const seen = await see(auditor);
    expect(seen.filter((type) => type === 'qemu')).toHaveLength(10);
    expect(seen.filter((type) => type === 'lxc')).toHaveLength(10);
    expect(seen).toContain('storage');
  });
});
