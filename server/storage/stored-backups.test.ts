// Backups of a storage: listed, marked, removed, and how many may be protected.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refused } from '../../test/contracts/refused.ts';
import { type StorageWorld, storageWorld } from '../../test/fixtures/storage-world.ts';
import { type KeepOptions, parseKeepOptions } from '../backup/retention/keep-options.ts';
import { quietContext, type WorkContext } from '../core/work-context.ts';
import {
  type BackupFilter,
  listBackups,
  markStoredBackups,
  pruneStoredBackups,
  readBackupVolume,
  requireProtectable,
  requireRoomForProtected,
} from './stored-backups.ts';

const context = quietContext();
const vm = (vmid: number, day: number) => `vzdump-qemu-${vmid}-2026_06_0${day}-02_30_00.vma.zst`;
const ct = (vmid: number, day: number) => `vzdump-lxc-${vmid}-2026_06_0${day}-02_30_00.tar.zst`;

let world: StorageWorld;
beforeEach(async () => {
  world = await storageWorld();
  await mkdir(path.join(world.root, 'dump'), { recursive: true });
});
afterEach(async () => await world.cleanUp());

const put = async (...names: string[]) => {
  for (const name of names) await writeFile(path.join(world.root, 'dump', name), 'x');
};
const left = async () => (await world.files()).map((file) => path.basename(file));
const prune = (context: WorkContext, keep: KeepOptions, filter: BackupFilter = {}) =>
  pruneStoredBackups(world.service, context, 'local', keep, filter, (_volid, work) => work());
const keepOne = parseKeepOptions('keep-last=1');

describe('the list', () => {
  test('tells what names say', async () => {
    await put(vm(100, 1), ct(101, 2), 'golden.vma', 'note.txt');
    const found = await listBackups(world.service, context, 'local');
    expect(found.map(({ volid, kind, vmid, standard }) => [volid, kind, vmid, standard])).toEqual([
      ['local:backup/golden.vma', undefined, undefined, false],
      [`local:backup/${ct(101, 2)}`, 'lxc', 101, true],
      [`local:backup/${vm(100, 1)}`, 'qemu', 100, true],
    ]);
    expect((await listBackups(world.service, context, 'local', { type: 'lxc' })).length).toBe(1);
    expect((await listBackups(world.service, context, 'local', { vmid: 100 })).length).toBe(1);
    expect(await listBackups(world.service, context, 'local', { vmid: 100, type: 'lxc' })).toEqual([]);
  });

  test('as content has a subtype', async () => {
    await put(vm(100, 1), 'golden.vma');
    expect(await world.service.content(context, 'local', { content: 'backup' })).toMatchObject([
      { volid: 'local:backup/golden.vma', subtype: 'unknown', format: 'vma', content: 'backup' },
      { volid: `local:backup/${vm(100, 1)}`, subtype: 'qemu', format: 'vma.zst', vmid: 100 },
    ]);
    expect(await world.service.content(context, 'local', { content: 'iso' })).toEqual([]);
  });

  test.each(['local:iso/a.iso', 'backup', 'local:backup/', 'local:backup/a.zip', '', 'backup/../a.vma'])(
    '%j is no backup',
    (text) => {
      expect(readBackupVolume(text)).toBeUndefined();
    },
  );
});

describe('pruning', () => {
  test('looks at each guest for itself, and leaves what is renamed or protected', async () => {
    await put(vm(100, 1), vm(100, 2), vm(100, 3), ct(100, 1), vm(101, 1), 'vzdump-qemu-100-kept.vma');
    await world.service.annotate(context, `local:backup/${vm(100, 1)}`, { protected: true });
    const marked = await markStoredBackups(world.service, context, 'local', keepOne);
    expect(Object.fromEntries(marked.map(({ backup, mark }) => [path.basename(backup.volid), mark]))).toEqual(
      {
        [vm(100, 1)]: 'protected',
        [vm(100, 2)]: 'remove',
        [vm(100, 3)]: 'keep',
        [ct(100, 1)]: 'keep',
        [vm(101, 1)]: 'keep',
        'vzdump-qemu-100-kept.vma': 'renamed',
      },
    );
    expect(await prune(context, keepOne)).toEqual({
      ...{ removed: [`local:backup/${vm(100, 2)}`], failed: [] },
    });
    expect(await left()).not.toContain(vm(100, 2));
    expect((await prune(context, keepOne)).removed).toEqual([]);
  });

  test('removes the oldest first, of one guest when asked', async () => {
    await put(vm(100, 2), vm(100, 1), vm(100, 3), vm(101, 1), vm(101, 2));
    const lines: string[] = [];
    const told = { ...context, log: (line: string) => lines.push(line) };
    const { removed } = await prune(told, keepOne, { vmid: 100 });
    expect(removed.map((volid) => path.basename(volid))).toEqual([vm(100, 1), vm(100, 2)]);
    expect(lines).toEqual(removed.map((volid) => `removed backup '${volid}'`));
    expect(await left()).toEqual([vm(100, 3), vm(101, 1), vm(101, 2)]);
  });

  test('keeps all when nothing else is said', async () => {
    await put(vm(100, 1), vm(100, 2));
    for (const keep of ['keep-all=1', 'keep-last=0'])
      expect((await prune(context, parseKeepOptions(keep))).removed).toEqual([]);
  });

  test('tells what stays because somebody uses it, and goes on', async () => {
    await put(vm(100, 1), vm(100, 2), vm(100, 3));
    world.references.set(`local:backup/${vm(100, 1)}`, ['VM 900']);
    const { removed, failed } = await prune(context, keepOne);
    expect(removed).toEqual([`local:backup/${vm(100, 2)}`]);
    expect(failed).toEqual([
      { volid: `local:backup/${vm(100, 1)}`, problem: expect.stringContaining('VM 900') },
    ]);
  });

  test('ends when it is cancelled', async () => {
    await put(vm(100, 1), vm(100, 2), vm(100, 3));
    const abort = new AbortController();
    const told = { ...quietContext(abort.signal), log: () => abort.abort() };
    expect(await refused(prune(told, keepOne))).toBe('cancelled');
    expect(await left()).toEqual([vm(100, 2), vm(100, 3)]);
  });
});

describe('protection', () => {
  const guest = { vmid: 100, kind: 'qemu' } as const;
  const room = async (administers: boolean) =>
    await refused(requireRoomForProtected(world.service, context, 'local', guest, administers));

  test('has a limit, of VMs and containers apart', async () => {
    for (const day of [1, 2, 3, 4, 5]) {
      await put(vm(100, day), ct(100, day));
      expect(await room(false)).toBe('nothing was refused');
      await world.service.annotate(context, `local:backup/${vm(100, day)}`, { protected: true });
    }
    expect([await room(false), await room(true)]).toEqual(['wrong-state', 'nothing was refused']);
    await put(vm(100, 6));
    const other = async (name: string) =>
      await refused(requireProtectable(world.service, context, `local:backup/${name}`, false));
    expect(await other(vm(100, 6))).toBe('wrong-state');
    expect(await other(vm(100, 1))).toBe('nothing was refused');
    expect(await other(ct(100, 1))).toBe('nothing was refused');
    expect(await other('../x')).toBe('invalid-input');
  });

  test.each([
    [-1, 'nothing was refused'],
    [1, 'wrong-state'],
    [0, 'wrong-state'],
    [2, 'nothing was refused'],
  ])('the storage allows %d', async (most, expected) => {
    await put(vm(100, 1));
    await world.service.annotate(context, `local:backup/${vm(100, 1)}`, { protected: true });
    await world.service.update('local', { set: { 'max-protected-backups': most } });
    expect([await room(true), await room(false)]).toEqual([expected, expected]);
  });

  test.each([
    { 'max-protected-backups': -2 },
    { 'max-protected-backups': 'many' },
    { 'prune-backups': 'keep-last=x' },
    { 'prune-backups': 'keep-all=1,keep-last=1' },
    { 'prune-backups': 'keep-never=1' },
  ])('the option %j is refused', async (set) => {
    expect(await refused(world.service.update('local', { set }))).toBe('invalid-input');
    await world.service.update('local', { set: { 'prune-backups': 'keep-last=3,keep-weekly=2' } });
  });
});
