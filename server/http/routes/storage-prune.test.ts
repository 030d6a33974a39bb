// Backups by the routes of storages: the list, pruning, deletion, protection and copies, and who may do what.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refused } from '../../../test/contracts/refused.ts';
import { type StorageWorld, storageWorld } from '../../../test/fixtures/storage-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { imgDeleteKind } from '../../tasks/kinds/img-delete.ts';
import { pruneBackupsKind } from '../../tasks/kinds/prune-backups.ts';
import { volumeCopyKind } from '../../tasks/kinds/volume-copy.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import type { Route } from '../route.ts';
import { callRoute, type May, only } from './route-fixture.ts';
import { storageRoutes } from './storage.ts';

const name = (vmid: number, day: number) => `vzdump-qemu-${vmid}-2026_06_0${day}-02_30_00.vma.zst`;
const volid = (vmid: number, day: number) => `local:backup/${name(vmid, day)}`;

let world: StorageWorld;
let runner: TaskRunner;
let routes: Route[];
beforeEach(async () => {
  world = await storageWorld();
  ({ runner } = runnerWorld());
  for (const kind of [pruneBackupsKind, imgDeleteKind, volumeCopyKind])
    runner.register(kind(world.service) as never);
  routes = storageRoutes({
    ...{ storages: world.service, tasks: runner, series: () => [], orphans: async () => [] },
  });
  await mkdir(path.join(world.root, 'dump'), { recursive: true });
  for (const [vmid, day] of [
    [100, 1],
    [100, 2],
    [101, 1],
  ] as const)
    await writeFile(path.join(world.root, 'dump', name(vmid, day)), 'x');
  await writeFile(path.join(world.root, 'dump', 'golden.vma'), 'x');
});
afterEach(async () => await world.cleanUp());

const space = '/storage/local Datastore.AllocateSpace';
const backs100 = '/vms/100 VM.Backup';

const call = (method: string, given: Record<string, unknown>, may?: May) =>
  callRoute(routes, method, { node: 'pve1', storage: 'local', ...given }, may);

const base = '/nodes/{node}/storage/{storage}';
const prune = `${base}/prunebackups`;
const volume = `${base}/content/{volume}`;
const ended = async (upid: unknown) => await runner.wait(String(upid));
const left = async () => (await world.files()).map((file) => path.basename(file));

describe('the list of content', () => {
  test('has what the API has of a backup', async () => {
    await call(`PUT ${volume}`, { volume: volid(100, 1), notes: 'first', protected: '1' });
    const found = (await call(`GET ${base}/content`, { content: 'backup', vmid: 100 })) as object[];
    expect(found).toHaveLength(2);
    expect(found[0]).toEqual({
      ...{ volid: volid(100, 1), content: 'backup', subtype: 'qemu', format: 'vma.zst', vmid: 100 },
      ...{ size: 1, used: expect.any(Number), ctime: expect.any(Number), notes: 'first', protected: 1 },
    });
    expect(await call(`GET ${volume}`, { volume: volid(100, 1) })).toMatchObject({
      ...{
        path: path.join(world.root, 'dump', name(100, 1)),
        format: 'vma.zst',
        notes: 'first',
        protected: 1,
      },
    });
  });

  test.each<[string[], string[]]>([
    [['/storage/local Datastore.Allocate'], ['golden.vma', name(100, 1), name(100, 2), name(101, 1)]],
    [
      [space, backs100],
      [name(100, 1), name(100, 2)],
    ],
    [[space], []],
    [['/storage/local Datastore.Audit', backs100], []],
  ])('with %j shows %j', async (rights, expected) => {
    const found = (await call(`GET ${base}/content`, {}, only(...rights))) as { volid: string }[];
    expect(found.map((one) => path.basename(one.volid))).toEqual(expected);
    const sees = await refused(call(`GET ${volume}`, { volume: volid(100, 1) }, only(...rights)));
    expect(sees).toBe(expected.includes(name(100, 1)) ? 'nothing was refused' : 'forbidden');
  });
});

describe('prunebackups', () => {
  test('shows what would go, by the given options or those of the storage', async () => {
    expect(await refused(call(`GET ${prune}`, {}))).toBe('invalid-input');
    const given = { 'prune-backups': 'keep-last=1' };
    const expected = [
      { volid: 'local:backup/golden.vma', ctime: expect.any(Number), mark: 'renamed', type: 'unknown' },
      { volid: volid(100, 1), ctime: expect.any(Number), mark: 'remove', type: 'qemu', vmid: 100 },
      { volid: volid(100, 2), ctime: expect.any(Number), mark: 'keep', type: 'qemu', vmid: 100 },
      { volid: volid(101, 1), ctime: expect.any(Number), mark: 'keep', type: 'qemu', vmid: 101 },
    ];
    expect(await call(`GET ${prune}`, given)).toEqual(expected);
    await world.service.update('local', { set: given });
    expect(await call(`GET ${prune}`, {})).toEqual(expected);
    expect(await call(`GET ${prune}`, { vmid: 100 })).toEqual(expected.slice(1, 3));
    expect(await call(`GET ${prune}`, { type: 'lxc' })).toEqual([]);
    expect(await call(`GET ${prune}`, { 'prune-backups': 'keep-all=1', vmid: 100 })).toMatchObject([
      { mark: 'keep' },
      { mark: 'keep' },
    ]);
    expect(await left()).toHaveLength(4);
  });

  test('removes them as a task', async () => {
    const upid = await call(`DELETE ${prune}`, { 'prune-backups': 'keep-last=1' });
    expect(await ended(upid)).toMatchObject({ type: 'prunebackups', exitStatus: 'OK' });
    expect(await left()).toEqual(['golden.vma', name(100, 2), name(101, 1)]);
  });

  test.each<[string[], Record<string, unknown>, string]>([
    [[], {}, 'forbidden'],
    [[space, backs100], {}, 'forbidden'],
    [[space, backs100], { vmid: 101 }, 'forbidden'],
    [[backs100], { vmid: 100 }, 'forbidden'],
    [[space, backs100], { vmid: 100 }, 'nothing was refused'],
    [['/storage/local Datastore.Allocate'], {}, 'nothing was refused'],
    [['/storage/local Datastore.Allocate'], { 'prune-backups': 'keep-last=-1' }, 'invalid-input'],
  ])('with %j and %j', async (rights, given, code) => {
    const params = { 'prune-backups': 'keep-last=9', ...given };
    expect(await refused(call(`DELETE ${prune}`, params, only(...rights)))).toBe(code);
  });

  test('is not for storages that hold none', async () => {
    await world.service.create('disks', 'memory', { content: 'images' });
    const given = { storage: 'disks', 'prune-backups': 'keep-last=1' };
    for (const verb of ['GET', 'DELETE'])
      expect(await refused(call(`${verb} ${prune}`, given))).toBe('invalid-input');
  });
});

describe('a backup', () => {
  test.each<[string[], string]>([
    [[], 'forbidden'],
    [[space], 'forbidden'],
    [[backs100, '/storage/local Datastore.Audit'], 'forbidden'],
    [[space, backs100], 'nothing was refused'],
    [['/storage/local Datastore.Allocate'], 'nothing was refused'],
  ])('is deleted with %j: %s', async (rights, code) => {
    const given = { volume: volid(100, 1) };
    expect(await refused(call(`PUT ${volume}`, { ...given, notes: 'x' }, only(...rights)))).toBe(code);
    expect(await refused(call(`DELETE ${volume}`, { ...given, delay: 5 }, only(...rights)))).toBe(code);
    expect((await left()).includes(name(100, 1))).toBe(code === 'forbidden');
  });

  test('of no guest is for the administrators of the storage', async () => {
    const given = { volume: 'local:backup/golden.vma' };
    expect(await refused(call(`DELETE ${volume}`, given, only(space, backs100)))).toBe('forbidden');
    await ended(await call(`DELETE ${volume}`, given));
    expect(await left()).not.toContain('golden.vma');
  });

  test('is protected within the limit of the storage, and not deleted then', async () => {
    await world.service.update('local', { set: { 'max-protected-backups': 1 } });
    const protect = async (day: number, may?: May) =>
      await refused(call(`PUT ${volume}`, { volume: volid(100, day), protected: '1' }, may));
    expect(await protect(1, only(space, backs100))).toBe('nothing was refused');
    expect(await protect(1)).toBe('nothing was refused');
    expect(await protect(2)).toBe('wrong-state');
    const gone = call(`DELETE ${volume}`, { volume: volid(100, 1), delay: 5 });
    expect(await refused(gone)).toBe('wrong-state');
    await call(`PUT ${volume}`, { volume: volid(100, 1), protected: '0' }, only(space, backs100));
    expect(await protect(2)).toBe('nothing was refused');
  });

  test('is copied to another storage, not under the name of another guest', async () => {
    await world.service.create('other', 'memory', { content: 'backup' });
    const copy = `POST ${base}/copy-volume`;
    const may = only(space, backs100, '/storage/other Datastore.AllocateSpace');
    const given = { volume: volid(100, 1), target: 'other' };
    expect(await refused(call(copy, { ...given, name: name(101, 1) }, may))).toBe('forbidden');
    expect(await refused(call(copy, given, only(space, backs100)))).toBe('forbidden');
    expect((await ended(await call(copy, given, may))).exitStatus).toBe('OK');
    expect((await call(`GET ${base}/content`, { storage: 'other' })) as object[]).toMatchObject([
      { volid: `other:backup/${name(100, 1)}`, vmid: 100, subtype: 'qemu' },
    ]);
  });
});
