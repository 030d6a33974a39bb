// The node's own methods over the daemon on fakes: services as tasks, settings that keep, logs by cursor, the terminal.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type DevServer, startDev } from '../../server/dev.ts';
import { callLocal, callTls } from '../host/api.ts';
import { eventually } from '../host/wait.ts';

let server: DevServer;
const path = (rest: string) => `/nodes/${server.node}${rest}`;
const call = (...[verb, rest, params]: ['GET' | 'POST' | 'PUT', string, Record<string, unknown>?]) =>
  callLocal(server.socket, verb, path(rest), params);

async function data<T>(...given: Parameters<typeof call>): Promise<T> {
  const { status, reason, body } = await call(...given);
  if (status !== 200) throw new Error(`${given[0]} ${given[1]}: ${status} ${reason}`);
  return body.data as T;
}

beforeAll(async () => {
  server = await startDev({ port: 0, guests: 0, containers: 3, tasks: false, logLevel: 'error' });
}, 30_000);
afterAll(() => server?.stop());

async function act(service: string, action: string): Promise<string> {
  const upid = await data<string>('POST', `/services/${service}/${action}`);
  expect(upid).toMatch(new RegExp(`^UPID:${server.node}:.*:srv${action}:[a-z-]+:root@pam:$`));
  const end = await eventually('the end of the task', 5_000, async () => {
    const status = await data<{ status: string; exitstatus?: string }>('GET', `/tasks/${upid}/status`);
    return status.status === 'stopped' ? (status.exitstatus ?? '') : undefined;
  });
  return end;
}

const stateOf = async (service: string) =>
  (await data<Record<string, string>>('GET', `/services/${service}/state`))['active-state'];

describe('services', () => {
  it('start and stop as tasks, and the list shows it', async () => {
    expect(await act('corosync', 'start')).toBe('OK');
    expect(await stateOf('corosync')).toBe('active');
    expect(await act('corosync', 'stop')).toBe('OK');
    const list = await data<{ service: string; 'active-state': string }[]>('GET', '/services');
    expect(list.find(({ service }) => service === 'corosync')?.['active-state']).toBe('inactive');
  });

  it('have a name of Proxmox VE and one of ours', async () => {
    expect(await stateOf('pveproxy')).toBe('active');
    expect(await stateOf('croft')).toBe('active');
    expect(await act('pvedaemon', 'restart')).toBe('OK');
  });

  it.each([
    ['croft', 'stop', 'unsupported', 'it can be restarted'],
    ['sshd', 'stop', 'unsupported', 'it can be restarted'],
    ['lxcfs', 'restart', 'wrong-state', 'while containers run'],
    ['chrony', 'start', 'not-found', 'not installed'],
    ['pve-cluster', 'start', 'not-found', 'does not exist'],
  ])('%s is not to %s', async (service, action, code, words) => {
    const { body } = await call('POST', `/services/${service}/${action}`);
    expect(body).toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it('are those of the list', async () => {
    const { status, body } = await call('GET', '/services/nonsense/state');
    expect(status).toBe(400);
    expect(body.errors?.['service']).toContain('croft');
  });
});

describe('settings', () => {
  it('name servers', async () => {
    await data('PUT', '/dns', { dns1: '192.0.2.1', search: 'office.example' });
    expect(await data('GET', '/dns')).toEqual({ dns1: '192.0.2.1', search: 'office.example' });
    const { status, body } = await call('PUT', '/dns', { dns1: 'nas', search: '' });
    expect([status, body.errors]).toEqual([400, { dns1: 'not an IP address' }]);
  });

  it('the time zone, which the clock follows', async () => {
    await data('PUT', '/time', { timezone: 'Asia/Tokyo' });
    const { time, localtime, timezone } = await data<Record<string, number>>('GET', '/time');
    expect([timezone, (localtime ?? 0) - (time ?? 0)]).toEqual(['Asia/Tokyo', 9 * 3600]);
    const { status, body } = await call('PUT', '/time', { timezone: 'Mars/Olympus' });
    expect([status, Object.keys(body.errors ?? {})]).toEqual([400, ['timezone']]);
  });

  it('/etc/hosts, with the digest of what was read', async () => {
    const { data: text, digest } = await data<{ data: string; digest: string }>('GET', '/hosts');
    await data('POST', '/hosts', { data: `${text}192.0.2.77 printer\n`, digest });
    expect((await data<{ data: string }>('GET', '/hosts')).data).toContain('printer');
    const late = await call('POST', '/hosts', { data: text, digest });
    expect(late.body).toMatchObject({ code: 'wrong-state', message: expect.stringContaining('digest') });
    const wrong = await call('POST', '/hosts', { data: 'printer 192.0.2.77' });
    expect(wrong.body.errors).toEqual({ data: "line 1: 'printer' is not an IP address" });
  });
});

describe('logs', () => {
  it('pages of the syslog', async () => {
    const { body } = await call('GET', '/syslog', { start: 2, limit: 2 });
    expect(body['total']).toBeGreaterThan(10);
    expect((body.data as { n: number }[]).map(({ n }) => n)).toEqual([3, 4]);
    expect((await call('GET', '/syslog', { since: 'yesterday' })).status).toBe(400);
    expect((await call('GET', '/syslog', { service: '*' })).body.errors).toHaveProperty('service');
  });

  it('the journal goes on from its last cursor', async () => {
    const all = await data<string[]>('GET', '/journal');
    const last = await data<string[]>('GET', '/journal', { lastentries: 1 });
    expect(last.at(-1)).toBe(all.at(-1));
    expect(await data('GET', '/journal', { startcursor: all.at(-1) })).toEqual([all.at(-1), all.at(-1)]);
    const before = await data<string[]>('GET', '/journal', { endcursor: last[0], lastentries: 2 });
    expect(all).toEqual(expect.arrayContaining(before.slice(1, -1)));
    expect(before).toHaveLength(4 + 1);
    expect(before).not.toContain(last[0]);
  });

  it('a report that tells of everything', async () => {
    const report = await data<string>('GET', '/report');
    for (const title of ['Croft', 'Services', 'Guests', 'Storages', 'Machine'])
      expect(report).toContain(`==== ${title} ====`);
    expect(report).toMatch(/lxc 100: running/);
  });
});

describe('the terminal', () => {
  const open = (params: Record<string, unknown> = {}) => call('POST', '/termproxy', params);

  it.each([
    [{ cmd: 'upgrade' }, 'updated by its image'],
    [{ cmd: 'ceph_install' }, "no 'ceph_install'"],
  ])('%j is refused', async (params, words) => {
    expect((await open(params)).body).toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(words),
    });
  });

  it('opens once for its ticket, for whom it was made', async () => {
    const token = await callLocal(server.socket, 'POST', '/access/users/root@pam/token/walk', { privsep: 0 });
    const { value } = token.body.data as { value: string };
    const headers = { Authorization: `PVEAPIToken=root@pam!walk=${value}` };
    const granted = async () =>
      (await callTls(server.port, 'POST', path('/termproxy'), {}, headers)).body.data as {
        port: number;
        ticket: string;
        user: string;
      };
    const connect = ({ port, ticket }: { port: number; ticket: string }) => {
      const query = new URLSearchParams({ port: String(port), vncticket: ticket });
      const url = `wss://127.0.0.1:${server.port}/api2/json${path('/vncwebsocket')}?${query}`;
      return new WebSocket(url, ['binary'], { rejectUnauthorized: false, headers });
    };
    const refused = (socket: WebSocket) =>
      new Promise<number | undefined>((resolve) => {
        socket.on('error', () => {});
        socket.once('unexpected-response', (_request, answer) => resolve(answer.statusCode));
        socket.once('open', () => resolve(undefined));
      });
    const grant = await granted();
    expect(grant.user).toBe('root@pam!walk');
    const socket = connect(grant);
    let received = '';
    socket.on('message', (text: Buffer) => {
      received += text.toString();
    });
    await new Promise((resolve) => socket.once('open', resolve));
    expect(await refused(connect(grant))).toBe(401);
    socket.send(`${grant.user}:${grant.ticket}\n`);
    await eventually('the greeting', 5_000, () => received.includes('nothing runs here'));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.send('0:1:\x04');
    expect(await ended).toBe(1000);
    // A ticket that root@pam got over the local socket is not one of the token.
    const { data: foreign } = (await open()).body as { data: { port: number; ticket: string } };
    expect(await refused(connect(foreign))).toBe(401);
  });
});
