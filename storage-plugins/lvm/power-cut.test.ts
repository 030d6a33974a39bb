// The `lvm` storage on a played volume group: what is left when the power goes at any call.
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import { cutPowerAtEachCall } from '../lvm-volumes/power-cut-fixture.ts';
import type { Storage } from '../plugin.ts';
import { type LvmWorld, lvmWorld, mebibyte, raw } from './lvm-world-fixture.ts';

const context = quietContext();
let world: LvmWorld;
beforeEach(async () => {
  world = await lvmWorld();
});
afterEach(async () => await world.end());

describe('the power goes', () => {
  const chained = { 'snapshot-as-volume-chain': true };
  const giveAway = async (storage: Storage) => {
    const [given] = await storage.list(context, { vmid: 200 });
    if (!given) await storage.reassign(context, 'vm-100-disk-0', 200);
  };
  const cases: [string, Record<string, unknown>, (storage: Storage) => Promise<unknown>][] = [
    ['creating', {}, (storage) => storage.createDisk(context, { ...raw, name: 'vm-100-new' })],
    [
      'copying',
      {},
      (storage) => storage.clone(context, 'vm-100-disk-0', { vmid: 100, mode: 'full', name: 'vm-100-new' }),
    ],
    ['removing', {}, (storage) => storage.remove(context, 'vm-100-disk-0')],
    [
      'creating an image',
      chained,
      (storage) => storage.createDisk(context, { ...raw, format: 'qcow2', name: 'vm-100-new' }),
    ],
    ['taking a snapshot', chained, (storage) => storage.snapshot(context, 'vm-100-disk-1.qcow2', 'new')],
    ['going back', chained, (storage) => storage.rollback(context, 'vm-100-disk-1.qcow2', 'old')],
    [
      'removing a snapshot',
      chained,
      (storage) => storage.removeSnapshot(context, 'vm-100-disk-1.qcow2', 'old'),
    ],
    ['growing an image', chained, (storage) => storage.resize(context, 'vm-100-disk-1.qcow2', 16 * mebibyte)],
    ['making a base', {}, (storage) => storage.makeBase(context, 'vm-100-disk-0')],
    ['changing hands', {}, giveAway],
    ['changing hands, by tags', { tagged_only: true }, giveAway],
  ];
  test.each(cases)(
    '%s, at any call: nothing half-made, nothing lost, and it can be done again',
    async (_what, options, work) => {
      const start = async () => {
        const run = await lvmWorld(world.folder);
        const open = () => run.open({ ...chained, ...options });
        await open().createDisk(context, raw);
        const { name } = await open().createDisk(context, { ...raw, format: 'qcow2' });
        await open().snapshot(context, name, 'old');
        return { ...run, open, name };
      };
      await cutPowerAtEachCall(start, work, async (again, { name }, here) => {
        // The image is whole: everything that it stands on is there.
        expect((await again.attach(context, name)).kind, here).toBe('block');
        await again.detach(context, name);
      });
    },
  );
});
