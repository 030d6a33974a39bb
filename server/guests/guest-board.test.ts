// The lines of guests in the lists: fresh by documents, states and measurements.
import { expect, test } from 'vitest';
import { vmWorld } from '../../test/fixtures/vm-world.ts';
import { createResourceIndex } from '../cluster/resource-index.ts';
import { quietContext } from '../core/work-context.ts';
import { createGuestBoard } from './guest-board.ts';
import { volumesOf } from './guest-volumes-in-use.ts';
import { vmStatus } from './vm-status.ts';

const measures = { cpu: 0.5, mem: 1, netin: 2, netout: 3, diskread: 4, diskwrite: 5 };

test('a line follows its guest', async () => {
  const made = await vmWorld();
  await made.addVm(100, { name: 'web', memory: '512', tags: 'prod' }, { running: true });
  const index = createResourceIndex(() => {});
  const board = createGuestBoard({ store: made.store, states: made.states, index });
  const line = () => index.get('qemu/100');
  expect(line()).toMatchObject({ vmid: 100, status: 'running', name: 'web', tags: 'prod', cpu: 0 });

  board.measure(100, measures, made.parts.clock.now() + 60_000);
  expect(line()).toMatchObject({ ...measures, uptime: 60 });
  // A change of the configuration keeps the measurements.
  await made.store.write('guests/100', { ...made.document(100)!, config: { name: 'mail' } });
  expect(line()).toMatchObject({ name: 'mail', cpu: 0.5 });

  // Only of guests that have some: what is not measured is not shown.
  expect(line()).not.toHaveProperty('swap');
  board.measure(100, { ...measures, swap: 6 }, made.parts.clock.now());
  await made.store.write('guests/100', { ...made.document(100)!, config: { name: 'post' } });
  expect(line()).toMatchObject({ swap: 6 });

  await made.driver.pause(100);
  expect(line()).toMatchObject({ status: 'running', qmpstatus: 'paused' });
  await made.driver.stop(quietContext(), 100);
  expect(line()).toMatchObject({ status: 'stopped', cpu: 0, netin: 0, uptime: 0 });
  expect(line()).not.toHaveProperty('qmpstatus');
  expect(line()).not.toHaveProperty('swap');
  // A measurement that was on its way when the guest ended.
  board.measure(100, measures, made.parts.clock.now());
  expect(line()).toMatchObject({ cpu: 0 });

  await made.store.delete('guests/100');
  expect(line()).toBeUndefined();
  board.close();
  await made.addVm(101, {});
  expect(index.all()).toEqual([]);
  await made.dispose();
});

test('a guest whose configuration this version cannot read has its line, and keeps its volumes', async () => {
  const made = await vmWorld();
  const wrong = {
    name: 'from the future',
    memory: '512',
    scsi0: 'local:100/vm-100-disk-0.raw,novel=1',
    bios: 'novel',
  };
  await made.addVm(100, {});
  await made.store.write('guests/100', { ...made.document(100)!, config: wrong });
  const index = createResourceIndex(() => {});
  const board = createGuestBoard({ store: made.store, states: made.states, index });
  expect(index.get('qemu/100')).toMatchObject({ name: 'from the future', status: 'stopped', maxmem: 0 });
  expect(vmStatus(made.parts, index, 100, undefined)).toMatchObject({ status: 'stopped' });
  expect(volumesOf(made.document(100)!)).toContain('local:100/vm-100-disk-0.raw');
  board.close();
  await made.dispose();
});

test('the state of a VM tells of its memory what is known', async () => {
  const made = await vmWorld();
  await made.addVm(100, { memory: '1024', balloon: 512 }, { running: true });
  await made.addVm(101, { memory: '1024', balloon: 512, shares: 50 });
  await made.addVm(102, { memory: '1024', balloon: 0 });
  const index = createResourceIndex(() => {});
  const balloon = { sizeBytes: 700 * 1024 ** 2, maxBytes: 1024 ** 3, freeBytes: 5 };
  const [running, off, without] = [100, 101, 102].map((vmid) => {
    const status = vmStatus(made.parts, index, vmid, undefined, undefined, balloon);
    return [status.balloon, status.freemem, status.balloon_min, status.shares];
  });
  expect(running).toEqual([balloon.sizeBytes, 5, 512 * 1024 ** 2, 1000]);
  expect(off).toEqual([undefined, undefined, 512 * 1024 ** 2, 50]);
  expect(without).toEqual([undefined, undefined, undefined, undefined]);
  await made.dispose();
});

test('a line names the pool that its guest is in, and follows it', async () => {
  const made = await vmWorld();
  await made.addVm(100, { name: 'web' }, {});
  const index = createResourceIndex(() => {});
  const pools = new Map([[100, 'office']]);
  let told: ((changed: { vms: number[] }) => void) | undefined;
  const board = createGuestBoard({
    ...{ store: made.store, states: made.states, index },
    pools: {
      poolOf: (vmid) => pools.get(vmid),
      watch: (listener) => {
        told = listener;
        return () => {
          told = undefined;
        };
      },
    },
  });
  expect(index.get('qemu/100')).toMatchObject({ pool: 'office' });
  pools.clear();
  told?.({ vms: [100, 999] });
  expect(index.get('qemu/100')).not.toHaveProperty('pool');
  board.close();
  expect(told).toBeUndefined();
  await made.dispose();
});
