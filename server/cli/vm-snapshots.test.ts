// Snapshots of VMs on the command line: what is asked of the daemon, and how the list looks.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FakeDaemon } from './daemon-fixture.ts';

const path = '/nodes/pve1/qemu/100/snapshot';
const upid = 'UPID:pve1:00000001:00000001:00000001:qmsnapshot:100:root@pam:';
let daemon: FakeDaemon;

beforeEach(async () => {
  daemon = await FakeDaemon.start();
  daemon.on('GET /cluster/resources', () => [{ type: 'qemu', vmid: 100, name: 'web', node: 'pve1' }]);
  daemon.on(`GET ${path}`, () => [
    { name: 'first', description: 'before it', snaptime: 1_000_000_000, vmstate: 1 },
    { name: 'current', description: 'You are here!', parent: 'first', running: 1 },
  ]);
  for (const call of [`POST ${path}`, `POST ${path}/first/rollback`, `DELETE ${path}/first`])
    daemon.on(call, () => upid);
});
afterEach(() => daemon.stop());

it.each([
  [['take', 'web', 'second'], 'POST', '', { snapname: 'second' }],
  [
    ['take', 'web', 'second', '--memory', '--description', 'why'],
    'POST',
    '',
    { snapname: 'second', description: 'why', vmstate: 1 },
  ],
  [['rollback', '100', 'first', '--start'], 'POST', '/first/rollback', { start: 1 }],
  [['delete', 'web', 'first'], 'DELETE', '/first', {}],
])('%j', async (words, verb, below, params) => {
  const { code, err } = await daemon.run(['--no-wait', '--yes', 'vm', 'snapshot', ...words]);
  expect({ code, err }).toMatchObject({ code: 0 });
  const call = daemon.asked.findLast((each) => each.verb === verb)!;
  expect(call.path).toBe(`${path}${below}`);
  expect(call.body === '' ? {} : JSON.parse(call.body)).toEqual(params);
});

it('shows which of them have the memory', async () => {
  const { out } = await daemon.run(['vm', 'snapshot', 'list', 'web']);
  expect(out.split('\n')[0]).toMatch(/NAME +TAKEN +AFTER +MEMORY +DESCRIPTION/);
  expect(out).toMatch(/first .*yes +before it/);
  expect(out).toMatch(/current +now +first +You are here!/);
});
