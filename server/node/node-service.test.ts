// The node as lists and its own page show it, measured on the machine that the tests run on.
import { expect, test } from 'vitest';
import { silentLog } from '../../test/fixtures/storage-world.ts';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { createResourceIndex } from '../cluster/resource-index.ts';
import { createAcceleratorChoice } from './accelerator-choice.ts';
import { createNodeService } from './node-service.ts';

test('measures itself, and its line holds what its state tells', async () => {
  const index = createResourceIndex(() => {});
  let now = 1_700_000_000_000;
  const nodes = createNodeService({
    node: 'n1',
    index,
    clock: { now: () => now, sleep: async () => {} },
    accelerator: () => ({ accelerator: 'tcg', reason: 'no virtualization here' }),
    interfaces: async (type) => [{ iface: 'vmbr0', type: type ?? 'bridge' }],
    fingerprint: () => 'AA',
    timeZone: () => 'Asia/Kolkata',
  });
  const first = await nodes.measure();
  expect(first).toMatchObject({ cpu: 0, netin: 0, netout: 0 });
  now += 1000;
  const second = await nodes.measure();
  const status = await nodes.status();
  expect(second.cpu).toBeGreaterThanOrEqual(0);
  expect(second.cpu).toBeLessThanOrEqual(1);
  expect(second.memused).toBeLessThan(second.memtotal);
  expect(index.get('node/n1')).toMatchObject({
    status: 'online',
    maxcpu: status.cpuinfo.cpus,
    maxmem: status.memory.total,
    maxdisk: status.rootfs.total,
    accelerator: 'tcg',
    acceleratorReason: 'no virtualization here',
  });
  expect(status.loadavg).toHaveLength(3);
  expect(status.memory.used + status.memory.available).toBe(status.memory.total);
  expect(status.kversion).toContain(status['current-kernel'].release);
  expect(nodes.time()).toEqual({
    time: 1_700_000_001,
    localtime: 1_700_000_001 + 5.5 * 3600,
    timezone: 'Asia/Kolkata',
  });
  expect(await nodes.interfaces(undefined, new AbortController().signal)).toEqual([
    { iface: 'vmbr0', type: 'bridge' },
  ]);
});

test('acceleration is proven once for each state of the machine', async () => {
  const store = createMemoryStore();
  let proofs = 0;
  let key = 'kernel 1';
  const choice = () =>
    createAcceleratorChoice({
      ...{ node: 'n1', store, log: silentLog },
      cacheKey: async () => key,
      detect: async () => {
        proofs += 1;
        return { accelerator: 'kvm', reason: `proof ${proofs}` };
      },
    });
  const first = choice();
  expect(first.current().accelerator).toBe('tcg');
  expect(await first.settle()).toEqual({ accelerator: 'kvm', reason: 'proof 1' });
  expect(first.current().accelerator).toBe('kvm');
  expect(await choice().settle()).toEqual({ accelerator: 'kvm', reason: 'proof 1' });
  key = 'kernel 2';
  expect((await choice().settle()).reason).toBe('proof 2');
});

test('a proof that cannot be had leaves emulation', async () => {
  const choice = createAcceleratorChoice({
    ...{ node: 'n1', store: createMemoryStore(), log: silentLog },
    cacheKey: async () => 'x',
    detect: () => Promise.reject(new Error('no kernel')),
  });
  await expect(choice.settle()).rejects.toThrow('no kernel');
  expect(choice.current().accelerator).toBe('tcg');
});
