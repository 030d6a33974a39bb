// What the API tells of containers: current state, interfaces, snapshots.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type CtWorld, ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { listCtSnapshots } from '../../contract/lxc-snapshot.ts';
import { listCtInterfaces, readCtStatus } from '../../contract/lxc-status.ts';
import { ctInterfaces, ctSnapshots, ctStatus } from './ct-status.ts';

let made: CtWorld;
beforeEach(async () => {
  made = await ctWorld();
});
afterEach(() => made.dispose());
const index = { get: () => undefined };

test('a container that runs, is frozen, and is stopped', async () => {
  await made.addCt(100, ctConfig(100), { running: true });
  made.driver.lacks = ['no AppArmor'];
  const status = () => readCtStatus.returns.parse(ctStatus(made.parts, index, 100));
  expect(status()).toMatchObject({
    ...{ status: 'running', state: 'running', unprivileged: 1, maxswap: 0 },
    ...{ warnings: ['no AppArmor'], pid: expect.any(Number) },
  });
  await made.driver.pause(100);
  expect(status()).toMatchObject({ status: 'running', state: 'paused' });
  made.driver.endGuest(100, 'shutdown');
  expect(status()).toMatchObject({ status: 'stopped', state: 'stopped', uptime: 0 });
});

test('swap: as it was measured, nothing before that, 0 of one that does not run', async () => {
  await made.addCt(100, { ...ctConfig(100), swap: 256 }, { running: true });
  const item = { id: 'lxc/100', type: 'lxc' as const, node: 'n', vmid: 100, status: 'running' };
  const told = (found: object) =>
    readCtStatus.returns.parse(ctStatus(made.parts, { get: () => ({ ...item, ...found }) }, 100));
  expect(told({ swap: 4096 })).toMatchObject({ swap: 4096, maxswap: 256 * 1024 ** 2 });
  expect(told({})).not.toHaveProperty('swap');
  expect(told({ status: 'stopped' })).toMatchObject({ swap: 0 });
});

test('interfaces of one that runs; nothing of one that does not', async () => {
  await made.addCt(100, ctConfig(100));
  expect(await ctInterfaces(made.parts, 100)).toBeNull();
  await made.addCt(101, ctConfig(101), { running: true });
  const [first] = listCtInterfaces.returns.parse(await ctInterfaces(made.parts, 101)) ?? [];
  expect(first).toMatchObject({
    ...{ name: 'eth0', inet: '192.0.2.5/24', inet6: 'fe80::1/64' },
    'ip-addresses': [
      { 'ip-address': '192.0.2.5', 'ip-address-type': 'inet', prefix: 24 },
      { 'ip-address': 'fe80::1', 'ip-address-type': 'inet6', prefix: 64 },
    ],
  });
});

test('snapshots by age, the present state last', async () => {
  await made.addCt(100, ctConfig(100), { snapshots: ['zeta', 'alpha'] });
  expect(listCtSnapshots.returns.parse(ctSnapshots(made.parts, 100))).toMatchObject([
    { name: 'zeta', snaptime: 100 },
    { name: 'alpha', parent: 'zeta' },
    { name: 'current', parent: 'alpha', running: 0 },
  ]);
});
