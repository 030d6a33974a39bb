// Every method of containers that changes something, asked of the daemon on fakes in an order in which each can succeed: the
// daemon checks its replies against their declarations, and each task ends well.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { methodName } from '../../server/contract/method.ts';
import { type DevServer, devTemplate, startDev } from '../../server/dev.ts';
import { callLocal } from '../host/api.ts';
import { eventually } from '../host/wait.ts';
import { declarationsWithHandlers } from './implemented.ts';

const changing = (await declarationsWithHandlers()).filter(
  ({ verb, path }) => verb !== 'GET' && /^\/nodes\/\{node\}\/(lxc|aplinfo)(\/|$)/.test(path),
);
const [made, copied, linked] = [901, 902, 903];

interface Step {
  readonly name: string;
  readonly vmid?: number;
  readonly params?: Readonly<Record<string, string | number>>;
  /** In the query: a stream's. */
  readonly query?: string;
  /** What it must be refused with. */
  readonly code?: string;
  /** How its task must end; default `OK`. */
  readonly end?: RegExp;
}

const ct = '/nodes/{node}/lxc/{vmid}';
const steps: readonly Step[] = [
  { name: 'POST /nodes/{node}/aplinfo', params: { storage: 'local', template: 'debian-13' } },
  {
    name: 'POST /nodes/{node}/lxc',
    params: {
      ...{ vmid: made, ostemplate: `local:vztmpl/${devTemplate}`, hostname: 'walk', unprivileged: 1 },
      ...{ rootfs: 'local:2', mp0: 'local:1,mp=/srv/data', net0: 'name=eth0,bridge=vmbr0,ip=dhcp' },
      ...{ password: 'of-the-walk', start: 0 },
    },
  },
  { name: `PUT ${ct}/config`, params: { memory: 256, description: 'walked over' } },
  { name: `POST ${ct}/status/start` },
  // Its volumes would be left: when it is off, and in a test of its own.
  { name: `POST ${ct}/forget`, end: /container is running/ },
  { name: `POST ${ct}/status/suspend` },
  { name: `POST ${ct}/status/resume` },
  { name: `POST ${ct}/status/reboot` },
  { name: `POST ${ct}/exec`, params: { command: 'true' } },
  { name: `POST ${ct}/shell` },
  { name: `POST ${ct}/termproxy` },
  { name: `POST ${ct}/vncproxy`, code: 'unsupported' },
  { name: `POST ${ct}/spiceproxy`, code: 'unsupported' },
  { name: `PUT ${ct}/file`, query: '?path=/etc/motd&uid=65536', code: 'invalid-input' },
  { name: `PUT ${ct}/resize`, params: { disk: 'rootfs', size: '+1G' } },
  { name: `POST ${ct}/status/shutdown`, params: { timeout: 10 } },
  { name: `POST ${ct}/status/start` },
  { name: `POST ${ct}/status/stop` },
  { name: `POST ${ct}/snapshot`, params: { snapname: 'walk', description: 'before' } },
  { name: `PUT ${ct}/snapshot/{snapname}/config`, params: { description: 'described anew' } },
  { name: `POST ${ct}/snapshot/{snapname}/rollback` },
  { name: `POST ${ct}/clone`, params: { newid: copied, full: 1, hostname: 'copy' } },
  {
    name: `POST ${ct}/move_volume`,
    params: { volume: 'mp0', 'target-vmid': copied, 'target-volume': 'mp1' },
    end: /snapshot/,
  },
  { name: `DELETE ${ct}/snapshot/{snapname}` },
  {
    name: `POST ${ct}/move_volume`,
    params: { volume: 'mp0', 'target-vmid': copied, 'target-volume': 'mp1' },
  },
  { name: `POST ${ct}/template` },
  { name: `POST ${ct}/clone`, params: { newid: linked } },
  { name: `DELETE ${ct}`, end: /clone|901/ },
  { name: `DELETE ${ct}`, vmid: linked },
  { name: `DELETE ${ct}`, vmid: copied },
  { name: `DELETE ${ct}` },
];

let server: DevServer;
beforeAll(async () => {
  server = await startDev({ port: 0, guests: 0, logLevel: 'error' });
}, 30_000);
afterAll(() => server?.stop());

const call = (verb: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, params = {}) =>
  callLocal(server.socket, verb, path.replace('{node}', server.node).replace('{snapname}', 'walk'), params);

it('has a step for each method', () => {
  const walked = new Set(steps.map(({ name }) => name));
  expect(changing.map((declaration) => methodName(declaration)).filter((name) => !walked.has(name))).toEqual(
    [],
  );
});

it('goes through all of them', async () => {
  for (const { name, vmid = made, params, query = '', code, end = /^OK$/ } of steps) {
    const [verb, path] = name.split(' ') as ['POST', string];
    const { status, reason, body } = await call(verb, path.replace('{vmid}', String(vmid)) + query, params);
    if (code !== undefined) {
      expect({ name, code: body['code'] }).toEqual({ name, code });
      continue;
    }
    expect({ name, answer: `${status} ${reason}` }).toEqual({ name, answer: '200 OK' });
    const upid = body.data;
    if (typeof upid !== 'string' || !upid.startsWith('UPID:')) continue;
    const ended = await eventually(
      `${name}: its task's end`,
      10_000,
      async () => {
        const { data } = (await call('GET', `/nodes/{node}/tasks/${upid}/status`)).body;
        const task = data as { status: string; exitstatus?: string };
        return task.status === 'stopped' && { name, exit: task.exitstatus };
      },
      10,
    );
    expect(ended).toEqual({ name, exit: expect.stringMatching(end) });
  }
  const { body } = await call('GET', '/cluster/resources');
  expect((body.data as { type: string }[]).filter(({ type }) => type === 'lxc')).toEqual([]);
  const volumes = await call('GET', '/nodes/{node}/storage/local/content', { content: 'rootdir' });
  expect(volumes.body.data).toEqual([]);
}, 30_000);
