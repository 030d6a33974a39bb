// What is asked of the daemon when guests are hibernated, all worked on at once, looked behind, or forgotten.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeDaemon } from './daemon-fixture.ts';

const vm = '/nodes/pve1/qemu/100';
const bulk = '/cluster/bulk-action/guest';
const upid = 'UPID:pve1:00000001:00000001:00000001:qmsuspend:100:root@pam:';
let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on('GET /cluster/resources', () => [
    { type: 'qemu', vmid: 100, name: 'web', node: 'pve1' },
    { type: 'qemu', vmid: 101, name: 'mould', node: 'pve1', template: 1 },
    { type: 'lxc', vmid: 102, name: 'box', node: 'pve1' },
  ]);
  for (const path of [`${vm}/status/suspend`, `${bulk}/start`, `${bulk}/shutdown`, `${bulk}/suspend`])
    daemon.on(`POST ${path}`, () => upid);
  for (const path of [`${vm}/forget`, '/nodes/pve1/lxc/102/forget']) daemon.on(`POST ${path}`, () => upid);
  daemon.on(`POST ${vm}/monitor`, () => 'VM status: running\n');
  daemon.on(`GET ${vm}/showcmd`, () => '/usr/bin/qemu -S');
});
afterEach(() => daemon.stop());

it.each([
  [['vm', 'suspend', 'web'], `${vm}/status/suspend`, {}],
  [['vm', 'suspend', 'web', '--todisk'], `${vm}/status/suspend`, { todisk: '1' }],
  [
    ['vm', 'suspend', 'web', '--todisk', '--statestorage', 'fast'],
    `${vm}/status/suspend`,
    { todisk: '1', statestorage: 'fast' },
  ],
  [['vm', 'start', '--all'], `${bulk}/start`, { vms: ['100'] }],
  [['ct', 'start', '--all'], `${bulk}/start`, { vms: ['102'] }],
  [
    ['vm', 'shutdown', '--all', '--timeout', '5'],
    `${bulk}/shutdown`,
    { vms: ['100'], timeout: '5', 'force-stop': '0' },
  ],
  [['vm', 'suspend', '--all', '--todisk'], `${bulk}/suspend`, { vms: ['100'], 'to-disk': '1' }],
  [['vm', 'forget', 'web'], `${vm}/forget`, {}],
  [['ct', 'forget', 'box'], '/nodes/pve1/lxc/102/forget', {}],
  [['vm', 'monitor', 'web', 'info', 'status'], `${vm}/monitor`, { command: 'info status' }],
])('%j', async (words, path, params) => {
  const { code, err } = await daemon.run(['--no-wait', '--yes', ...words]);
  expect({ code, err }).toMatchObject({ code: 0 });
  const call = daemon.asked.findLast((each) => each.verb === 'POST')!;
  expect(call.path).toBe(path);
  expect(call.body === '' ? {} : JSON.parse(call.body)).toEqual(params);
});

it.each([
  [['vm', 'start'], 'give numbers or names, or --all'],
  [['vm', 'start', 'web', '--all'], 'goes without numbers or names'],
  [['vm', 'suspend', 'web', '--statestorage', 'fast'], 'goes with --todisk'],
])('%j is refused', async (words, why) => {
  const { code, err } = await daemon.run(['--no-wait', ...words]);
  expect(code).not.toBe(0);
  expect(err).toContain(why);
  expect(daemon.asked.some(({ verb }) => verb === 'POST')).toBe(false);
});

it('what QEMU prints, and its command line, come as they are', async () => {
  expect((await daemon.run(['vm', 'monitor', 'web', 'info', 'status'])).out).toBe('VM status: running\n');
  expect((await daemon.run(['vm', 'showcmd', 'web'])).out).toBe('/usr/bin/qemu -S\n');
});
