// `croft ct`: which containers are listed, what the short ways of creating and changing one ask of the daemon.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Asked, FakeDaemon } from './daemon-fixture.ts';

const guests = [
  { type: 'lxc', vmid: 102, name: 'db', status: 'stopped', node: 'pve1', maxcpu: 1 },
  { type: 'qemu', vmid: 100, name: 'vm', status: 'running', node: 'pve1' },
  { type: 'lxc', vmid: 101, name: 'web', status: 'running', node: 'pve1', maxdisk: 8 * 1024 ** 3 },
];
const upid = 'UPID:pve1:00000001:00000002:65000000:vzcreate:101:root@pam:';
let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on('GET /cluster/resources', () => guests);
  daemon.on('GET /cluster/nextid', () => '103');
  daemon.on('GET /nodes/pve1/network', () => [{ iface: 'vmbr1' }, { iface: 'vmbr0' }]);
});
afterEach(() => daemon.stop());

const asked = (verb: string, path: string) =>
  daemon.asked.filter((one: Asked) => one.verb === verb && one.path === path);
const bodyOf = (verb: string, path: string) => JSON.parse(asked(verb, path)[0]?.body ?? 'null') as unknown;

it('lists those that run; with -a all, by their numbers', async () => {
  const running = await daemon.run(['ct', 'list']);
  expect(running).toMatchObject({ code: 0, err: '' });
  expect(running.out.split('\n')[0]).toMatch(
    /^CTID\s+NAME\s+STATUS\s+CORES\s+MEMORY\s+ROOT\s+NODE\s+UPTIME\s+TAGS$/,
  );
  expect(running.out).toMatch(/^ 101\s+web\s+running\s+8.0 GiB\s+pve1$/m);
  expect(running.out).not.toMatch(/db|vm$/m);
  const all = JSON.parse((await daemon.run(['--json', 'ct', 'list', '-a'])).out) as { vmid: number }[];
  expect(all.map(({ vmid }) => vmid)).toEqual([101, 102]);
  daemon.on('GET /cluster/resources', () => []);
  expect((await daemon.run(['ct', 'ls'])).out).toContain("'croft ct list -a' shows all");
});

it('creates one that is unprivileged and may nest, of the newest fitting template', async () => {
  const storage = '/nodes/pve1/storage';
  daemon.on(`GET ${storage}`, () => [
    { storage: 'local', active: 1 },
    { storage: 'off', active: 0 },
  ]);
  daemon.on(`GET ${storage}/local/content`, () => [
    { volid: 'local:vztmpl/debian-13-standard_1.tar.zst', ctime: 1 },
    { volid: 'local:vztmpl/debian-13-standard_2.tar.zst', ctime: 2 },
    { volid: 'local:vztmpl/alpine.tar.zst', ctime: 3 },
  ]);
  daemon.on('POST /nodes/pve1/lxc', () => upid);
  const words = ['--hostname', 'web', '--template', 'debian-13', '--disk', '8', '--ip', 'dhcp', '--start'];
  const { code, out } = await daemon.run(['--no-wait', 'ct', 'create', ...words]);
  expect({ code, out }).toEqual({ code: 0, out: `${upid}\n` });
  expect(bodyOf('POST', '/nodes/pve1/lxc')).toEqual({
    ...{ vmid: '103', hostname: 'web', start: '1', unprivileged: '1', features: 'nesting=1' },
    ostemplate: 'local:vztmpl/debian-13-standard_2.tar.zst',
    rootfs: 'local:8',
    net0: 'bridge=vmbr0,ip=dhcp,name=eth0,type=veth',
  });
});

it('creates one of a given number, with root outside only when asked', async () => {
  daemon.on('POST /nodes/pve1/lxc', () => upid);
  const words = ['200', '--ostemplate', 'local:vztmpl/a.tar.zst', '--privileged'];
  expect((await daemon.run(['--no-wait', 'ct', 'create', ...words])).code).toBe(0);
  expect(bodyOf('POST', '/nodes/pve1/lxc')).toEqual({
    ...{ vmid: '200', ostemplate: 'local:vztmpl/a.tar.zst', unprivileged: '0' },
  });
  expect(asked('GET', '/cluster/nextid')).toEqual([]);
  expect((await daemon.run(['ct', 'create', 'web'])).err).toContain('vmid: must be a number');
});

it('takes no password as an argument', async () => {
  const secret = await daemon.run(['ct', 'create', '101', '--password', 'secret']);
  expect([secret.code, secret.err]).toEqual([1, expect.stringContaining('standard input')]);
  expect(daemon.asked.some(({ verb }) => verb === 'POST')).toBe(false);
});

it('changes name and address on the fly, and tells what waits', async () => {
  const path = '/nodes/pve1/lxc/101';
  daemon.on(`GET ${path}/config`, () => ({ hostname: 'old', net0: 'name=eth0,bridge=vmbr0,ip=dhcp' }));
  daemon.on(`PUT ${path}/config`, () => null);
  daemon.on(`GET ${path}/pending`, () => [{ key: 'hostname', value: 'web' }]);
  const run = () => daemon.run(['ct', 'set', '101', '--hostname', 'web', '--ip', 'add', '10.0.0.5']);
  expect(await run()).toEqual({ code: 0, out: 'CT 101 is changed\n', err: '' });
  expect(bodyOf('PUT', `${path}/config`)).toEqual({
    hostname: 'web',
    net1: 'ip=10.0.0.5/32,name=eth1,type=veth',
  });
  daemon.on(`GET ${path}/pending`, () => [
    { key: 'net1', pending: 'x' },
    { key: 'arch', delete: 1 },
  ]);
  expect((await run()).out).toBe('CT 101 is changed; from its next start on: net1, arch\n');
  expect(await daemon.run(['ct', 'set', '101'])).toMatchObject({ code: 1 });
});

it('clones to the next free number, and deletes with force only when told', async () => {
  daemon.on('POST /nodes/pve1/lxc/101/clone', () => upid);
  expect((await daemon.run(['--no-wait', 'ct', 'clone', 'web', '--full'])).code).toBe(0);
  expect(bodyOf('POST', '/nodes/pve1/lxc/101/clone')).toEqual({ newid: '103', full: 1 });
  expect((await daemon.run(['ct', 'clone', 'web', 'x'])).err).toContain('newid: must be a number');
  daemon.on('DELETE /nodes/pve1/lxc/101', () => upid);
  for (const words of [[], ['--force']])
    expect((await daemon.run(['--no-wait', 'ct', 'delete', 'web', ...words])).code).toBe(0);
  expect(asked('DELETE', '/nodes/pve1/lxc/101').map(({ query }) => query)).toEqual([{}, { force: '1' }]);
});
