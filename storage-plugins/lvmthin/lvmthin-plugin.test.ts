// The `lvmthin` storage on a played volume group: snapshots and clones, how full its pool is, and what is left when the power goes.
import { closeSync, openSync, readSync, writeFileSync, writeSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from '../../test/contracts/refused.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import {
  conformingGroup,
  type FakeGroup,
  fakeGroup,
  fakeQemuImg,
  fakeRun,
  underTest,
} from '../lvm-volumes/lvm-fixture.ts';
import { cutPowerAtEachCall } from '../lvm-volumes/power-cut-fixture.ts';
import type { Storage } from '../plugin.ts';
import { createLvmThinPlugin } from './lvmthin-plugin.ts';

const context = quietContext();
const mebibyte = 1024 ** 2;
let folder: string;
let lvm: FakeGroup;

function open(options: Record<string, unknown> = {}): Storage {
  const plugin = createLvmThinPlugin({
    exec: lvm.exec,
    run: fakeRun(() => lvm),
    deviceFolder: lvm.deviceFolder,
  });
  return plugin.open('local-lvm', { vgname: 'vg0', thinpool: 'data', ...options });
}

async function start(): Promise<void> {
  lvm = fakeGroup(await mkdtemp(path.join(folder, 'run-')));
  lvm.others.set('qemu-img', fakeQemuImg);
  lvm.add('data', { kind: 't', sizeBytes: 100 * mebibyte, active: false });
  lvm.add('vm-100-disk-7');
}

beforeEach(async () => {
  // In memory: the storage syncs what it writes, again and again.
  folder = await mkdtemp('/dev/shm/croft-lvmthin-');
  await start();
});
afterEach(async () => await rm(folder, { recursive: true }));

const raw = { vmid: 100, format: 'raw', sizeBytes: 8 * mebibyte } as const;
const guests = () => lvm.names().filter((name) => name !== 'vm-100-disk-7');
const bytesOf = (name: string) => {
  const file = openSync(lvm.volumes.get(name)!.store, 'r');
  const bytes = Buffer.alloc(4);
  readSync(file, bytes, 0, 4, 0);
  closeSync(file);
  return bytes.toString();
};
const write = (name: string, word: string) => {
  const file = openSync(lvm.volumes.get(name)!.store, 'r+');
  writeSync(file, word, 0);
  closeSync(file);
};

describeStoragePlugin(
  'lvmthin',
  async () => {
    const group = await conformingGroup();
    const plugin = createLvmThinPlugin({
      exec: group.exec,
      run: fakeRun(() => group),
      deviceFolder: group.deviceFolder,
    });
    return { ...underTest(group), plugin, options: { vgname: 'vg0', thinpool: 'data' } };
  },
  { qcow2: true, fullCopies: true },
);

test('volumes are thin, of its pool, and others are not its own', async () => {
  const storage = open();
  await storage.activate(context);
  lvm.calls.length = 0;
  expect(await storage.createDisk(context, raw)).toMatchObject({
    ...{ name: 'vm-100-disk-0', format: 'raw', sizeBytes: 8 * mebibyte, usedBytes: 8 * mebibyte },
  });
  const [look = '', ...calls] = lvm.calls;
  expect(look).toMatch(/^lvs /);
  expect(calls).toEqual([
    'lvcreate --yes --type thin --setactivationskip y --virtualsize 8388608b --thinpool data --name vm-100-disk-0 --addtag pve-vm-100 vg0',
  ]);
  expect(lvm.volumes.get('vm-100-disk-0')?.active).toBe(false);
  expect((await storage.list(context, {})).map(({ name }) => name)).toEqual(['vm-100-disk-0']);
  await storage.attach(context, 'vm-100-disk-0');
  expect((await storage.info(context, 'vm-100-disk-0')).usedBytes).toBe(2 * mebibyte);
  expect(await refused(storage.info(context, 'vm-100-disk-7'))).toBe('not-found');
  await storage.remove(context, 'vm-100-disk-7');
  expect(lvm.names()).toContain('vm-100-disk-7');
  const wish = { ...raw, name: 'vm-100-disk-7' };
  expect(await refused(storage.createDisk(context, wish))).toBe('already-exists');
  expect(await refused(storage.createDisk(context, { ...raw, format: 'qcow2' }))).toBe('invalid-input');
});

test('without its pool it is not there', async () => {
  for (const thinpool of ['nope', 'vm-100-disk-7'])
    expect(await refused(open({ thinpool }).check(context))).toBe('unavailable');
  expect(() => open({ thinpool: 'a_tdata' })).toThrow(
    expect.objectContaining({ fields: { thinpool: expect.any(String) } }),
  );
});

describe('how full the pool is', () => {
  test.each([
    [80, 80, []],
    [80.1, 10, ["data of thin pool 'data' are 80.1 % full"]],
    [10, 96, ["metadata of thin pool 'data' are 96.0 % full"]],
    [100, 90, ["the data of thin pool 'data'", "the metadata of thin pool 'data'"]],
  ])('data %d %%, metadata %d %%', async (dataPercent, metadataPercent, warnings) => {
    lvm.pool = { dataPercent, metadataPercent };
    const usage = await open().usage(context);
    expect(usage.totalBytes).toBe(100 * mebibyte);
    expect(usage.usedBytes).toBe(Math.round(dataPercent * mebibyte));
    expect(usage.usedBytes + usage.availableBytes).toBe(usage.totalBytes);
    expect(usage.warnings ?? []).toEqual(warnings.map((words) => expect.stringContaining(words)));
  });

  test.each([
    [10, 95.1],
    [100, 10],
  ])(
    'data %d %%, metadata %d %%: nothing new is made, what is there is used',
    async (dataPercent, metadataPercent) => {
      const storage = open();
      const { name } = await storage.createDisk(context, raw);
      await storage.snapshot(context, name, 'one');
      lvm.pool = { dataPercent, metadataPercent };
      for (const call of [
        storage.createDisk(context, raw),
        storage.snapshot(context, name, 'two'),
        storage.clone(context, name, { vmid: 101, mode: 'full' }),
        storage.rollback(context, name, 'one'),
      ])
        expect(await refused(call)).toBe('no-capacity');
      await storage.attach(context, name);
      await storage.detach(context, name);
      await storage.removeSnapshot(context, name, 'one');
      await storage.remove(context, name);
      expect(guests()).toEqual([]);
    },
  );
});

test('an inactive pool is made active, so that it tells how full it is', async () => {
  const storage = open();
  await storage.check(context);
  expect(lvm.volumes.get('data')?.active).toBe(false);
  await storage.activate(context);
  expect(lvm.volumes.get('data')?.active).toBe(true);
  const calls = lvm.calls.length;
  await storage.activate(context);
  expect(lvm.calls.slice(calls).map((line) => line.split(' ')[0])).toEqual(['vgs', 'lvs']);
});

test('snapshots: taken while open, attached, gone back to, removed', async () => {
  const storage = open();
  const { name } = await storage.createDisk(context, raw);
  write(name, 'then');
  lvm.volumes.get(name)!.open = true;
  await storage.snapshot(context, name, 'before');
  expect(await refused(storage.snapshot(context, name, 'before'))).toBe('already-exists');
  expect(await refused(storage.snapshot(context, name, '../x'))).toBe('invalid-input');
  expect(await refused(storage.rollback(context, name, 'before'))).toBe('wrong-state');
  lvm.volumes.get(name)!.open = false;
  expect(lvm.volumes.get('snap_vm-100-disk-0_before')).toMatchObject({ readOnly: true, active: false });
  write(name, 'now!');
  expect(await storage.attach(context, name, 'before')).toEqual({
    ...{ kind: 'block', path: path.join(lvm.deviceFolder, 'vg0/snap_vm-100-disk-0_before') },
  });
  await storage.detach(context, name);
  await storage.rollback(context, name, 'before');
  expect(bytesOf(name)).toBe('then');
  expect(lvm.volumes.get(name)).toMatchObject({
    tags: ['pve-vm-100'],
    readOnly: false,
    byItself: false,
    active: false,
  });
  expect(await storage.listSnapshots(context, name)).toEqual(['before']);
  expect(await refused(storage.reassign(context, name, 200))).toBe('wrong-state');
  expect(await refused(storage.makeBase(context, name))).toBe('wrong-state');
  expect(await refused(storage.rollback(context, name, 'never'))).toBe('not-found');
  await storage.removeSnapshot(context, name, 'before');
  await storage.removeSnapshot(context, name, 'before');
  expect(guests()).toEqual([name]);
});

test('a volume goes with its snapshots, and clones stay', async () => {
  const storage = open();
  const { name } = await storage.createDisk(context, raw);
  write(name, 'base');
  await storage.snapshot(context, name, 'one');
  const linked = storage.clone(context, name, { vmid: 101, mode: 'linked' });
  expect(await refused(linked)).toBe('wrong-state');
  await storage.clone(context, name, { vmid: 101, mode: 'linked', snapshot: 'one' });
  await storage.removeSnapshot(context, name, 'one');
  const base = await storage.makeBase(context, name);
  const clone = await storage.clone(context, base.name, { vmid: 102, mode: 'linked' });
  expect(clone).toMatchObject({ name: 'vm-102-disk-0', parent: undefined, sizeBytes: 8 * mebibyte });
  expect(lvm.volumes.get(clone.name)).toMatchObject({ readOnly: false, tags: ['pve-vm-102'] });
  await storage.snapshot(context, clone.name, 'two');
  await storage.remove(context, base.name);
  await storage.remove(context, clone.name);
  expect(guests()).toEqual(['vm-101-disk-0']);
  expect(bytesOf('vm-101-disk-0')).toBe('base');
  expect(await text(await storage.exportStream(context, 'vm-101-disk-0'))).toMatch(/^base/);
});

test('copied onto as zeroed, since its pool zeroes', async () => {
  const storage = open();
  const source = path.join(folder, 'source');
  writeFileSync(source, Buffer.alloc(mebibyte, 'x'));
  const file = { kind: 'file', path: source, format: 'raw' } as const;
  const { name } = await storage.copyDisk(context, file, { vmid: 100, format: 'raw' });
  expect(bytesOf(name)).toBe('xxxx');
  expect(lvm.calls.find((line) => line.startsWith('qemu-img convert'))).toContain(
    'convert -p -n --target-is-zero -O raw ',
  );
});

describe('the power goes', () => {
  const cases: [string, (storage: Storage) => Promise<unknown>][] = [
    ['creating', (storage) => storage.createDisk(context, { ...raw, name: 'vm-100-new' })],
    ['taking a snapshot', (storage) => storage.snapshot(context, 'vm-100-disk-0', 'new')],
    ['going back', (storage) => storage.rollback(context, 'vm-100-disk-0', 'old')],
    [
      'cloning',
      (storage) => storage.clone(context, 'vm-100-disk-0', { vmid: 100, mode: 'full', name: 'vm-100-new' }),
    ],
    ['removing a snapshot', (storage) => storage.removeSnapshot(context, 'vm-100-disk-0', 'old')],
  ];
  test.each(cases)(
    '%s, at any call: nothing half-made, nothing lost, and it can be done again',
    async (_what, work) => {
      const begin = async () => {
        await start();
        const { name } = await open().createDisk(context, raw);
        write(name, 'then');
        await open().snapshot(context, name, 'old');
        return { lvm, open, name, end: async () => {} };
      };
      await cutPowerAtEachCall(begin, work, async (_again, { name }, here) => {
        expect(bytesOf(name), here).toBe('then');
      });
    },
  );
});
