// The routes of single volumes as a handler sees them: notes, protection, copies and moves, orphans; who may do what.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { refused } from '../../../test/contracts/refused.ts';
import { type StorageWorld, storageWorld } from '../../../test/fixtures/storage-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { quietContext } from '../../core/work-context.ts';
import type { Orphan } from '../../storage/orphans.ts';
import { imgDeleteKind } from '../../tasks/kinds/img-delete.ts';
import { volumeCopyKind } from '../../tasks/kinds/volume-copy.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import type { Route } from '../route.ts';
import { callRoute, type May, only } from './route-fixture.ts';
import { storageRoutes } from './storage.ts';

let world: StorageWorld;
let runner: TaskRunner;
let routes: Route[];
let found: Orphan[];
/** Parameters of the tasks that were started. */
let started: unknown[];
const iso = 'local:iso/a.iso';
const disk = 'local:100/vm-100-disk-0.raw';

beforeEach(async () => {
  world = await storageWorld();
  ({ runner } = runnerWorld());
  runner.register(volumeCopyKind(world.service));
  runner.register(imgDeleteKind(world.service));
  found = [];
  started = [];
  const start: TaskRunner['start'] = async (kind, params, options) => {
    started.push(params);
    return await runner.start(kind, params, options);
  };
  const tasks = { start, wait: (upid: string) => runner.wait(upid) };
  routes = storageRoutes({
    ...{ storages: world.service, tasks, series: () => [] },
    orphans: async (_context, id, vmid) =>
      found.filter(({ info }) => id === 'local' && (vmid ?? info.vmid) === info.vmid),
  });
  const other = path.join(world.root, '..', `${path.basename(world.root)}-other`);
  await world.service.create('other', 'memory', { content: 'iso,images,snippets', path: other });
  await mkdir(path.join(world.root, 'template/iso'), { recursive: true });
  await writeFile(path.join(world.root, 'template/iso/a.iso'), 'x'.repeat(100_000));
  await world.service.allocate(quietContext(), 'local', { vmid: 100, sizeBytes: 1024 ** 2, format: 'raw' });
});
afterEach(async () => await world.cleanUp());

const call = (method: string, given: Record<string, unknown>, may?: May) =>
  callRoute(routes, method, { node: 'pve1', storage: 'local', ...given }, may);

const base = '/nodes/{node}/storage/{storage}';
const put = `PUT ${base}/content/{volume}`;
const get = `GET ${base}/content/{volume}`;
const copy = `POST ${base}/copy-volume`;
const ended = async (upid: unknown) => await runner.wait(String(upid));
const names = async () => (await world.service.content(quietContext(), 'other')).map(({ volid }) => volid);

describe('notes and protection', () => {
  test('are kept, listed, and keep a volume from being removed', async () => {
    await call(put, { volume: iso, notes: 'von <b>uns</b>', protected: '1' });
    expect(await call(get, { volume: iso })).toMatchObject({ notes: 'von <b>uns</b>', protected: 1 });
    expect(await call(`GET ${base}/content`, { content: 'iso' })).toMatchObject([
      { volid: iso, notes: 'von <b>uns</b>', protected: 1 },
    ]);
    const upid = await call(`DELETE ${base}/content/{volume}`, { volume: iso });
    expect(await ended(upid)).toMatchObject({ errorCode: 'wrong-state' });
    await call(put, { volume: 'iso/a.iso', notes: '', protected: '0' });
    expect(await call(get, { volume: iso })).not.toHaveProperty('notes');
    expect(await world.files()).not.toContainEqual(expect.stringContaining('annotation'));
  });

  test.each<[string, Record<string, unknown>, string[], string]>([
    ['nothing', { notes: 'x' }, [], 'forbidden'],
    ['a look', { notes: 'x' }, ['/storage/local Datastore.Audit'], 'forbidden'],
    ['space', { notes: 'x' }, ['/storage/local Datastore.AllocateSpace'], 'nothing was refused'],
    ['space', { protected: '1' }, ['/storage/local Datastore.AllocateSpace'], 'forbidden'],
    ['the storage', { protected: '1' }, ['/storage/local Datastore.Allocate'], 'nothing was refused'],
    ['the storage', { notes: 'x'.repeat(65_537) }, ['/storage/local Datastore.Allocate'], 'invalid-input'],
  ])('take more than %s: %#', async (_what, change, rights, code) => {
    expect(await refused(call(put, { volume: iso, ...change }, only(...rights)))).toBe(code);
  });

  test('of what is not there or elsewhere', async () => {
    expect(await refused(call(put, { volume: 'local:iso/b.iso', notes: 'x' }))).toBe('not-found');
    expect(await refused(call(put, { volume: 'other:iso/a.iso', notes: 'x' }))).toBe('invalid-input');
    expect(await refused(call(put, { volume: 'local:iso/../a.iso', notes: 'x' }))).toBe('invalid-input');
  });
});

describe('copies', () => {
  test('as the peers ask for them: by a whole volume id, on this node', async () => {
    const post = `POST ${base}/content/{volume}`;
    expect(await ended(await call(post, { volume: iso, target: 'other:iso/b.iso' }))).toMatchObject({
      ...{ type: 'volcopy', exitStatus: 'OK' },
    });
    expect(await names()).toEqual(['other:iso/b.iso']);
    for (const target of ['other', 'other:b.iso', 'other:snippets/b.iso', 'other:iso/x/b.iso'])
      expect(await refused(call(post, { volume: iso, target }))).toBe('invalid-input');
    expect(await refused(call(post, { volume: disk, target: 'other:iso/b.iso' }))).toBe('invalid-input');
    const far = call(post, { volume: iso, target: 'other:iso/c.iso', target_node: 'pve2' });
    expect(await refused(far)).toBe('unsupported');
  });

  test('a move takes the original away', async () => {
    expect((await ended(await call(copy, { volume: iso, target: 'other', delete: '1' }))).exitStatus).toBe(
      'OK',
    );
    expect(await names()).toEqual(['other:iso/a.iso']);
    expect(await refused(call(get, { volume: iso }))).toBe('not-found');
  });

  const local = (privilege: string) => `/storage/local ${privilege}`;
  const other = (privilege: string) => `/storage/other ${privilege}`;
  test.each<[Record<string, unknown>, string[], string]>([
    [{ volume: iso }, [local('Datastore.Audit')], '/storage/other, Datastore.AllocateTemplate'],
    [{ volume: iso }, [other('Datastore.AllocateTemplate')], '/storage/local'],
    [
      { volume: iso, delete: '1' },
      [local('Datastore.AllocateSpace'), other('Datastore.AllocateTemplate')],
      '/storage/local, Datastore.Allocate',
    ],
    [
      { volume: disk, vmid: '101' },
      [local('Datastore.Audit'), '/vms/100 VM.Config.Disk', other('Datastore.AllocateSpace')],
      '/vms/101, VM.Config.Disk',
    ],
    [{ volume: disk }, [local('Datastore.Audit'), other('Datastore.AllocateSpace')], '/storage/local'],
  ])('take rights on both sides: %#', async (given, rights, missing) => {
    await expect(call(copy, { target: 'other', ...given }, only(...rights))).rejects.toMatchObject({
      ...{ code: 'forbidden', message: expect.stringContaining(missing) },
    });
    expect(await names()).toEqual([]);
  });

  test('who does not administer both storages goes no faster than they let', async () => {
    await world.service.update('other', { set: { bwlimit: 'clone=50000' }, delete: [], digest: undefined });
    const few = only(local('Datastore.Audit'), other('Datastore.AllocateTemplate'));
    for (const [bwlimit, may, limitKib] of [
      ['0', few, 50_000],
      ['60000', few, 50_000],
      ['40000', few, 40_000],
      ['0', undefined, 0],
      ['60000', undefined, 60_000],
    ] as const) {
      const wish = { volume: iso, target: 'other', name: `${started.length}.iso`, bwlimit };
      expect((await ended(await call(copy, wish, may))).exitStatus).toBe('OK');
      expect(started.at(-1)).toMatchObject({ limitKib });
    }
    const bad = world.service.update('other', {
      set: { bwlimit: 'clone=fast' },
      delete: [],
      digest: undefined,
    });
    expect(await refused(bad)).toBe('invalid-input');
  });
});

test('orphans are shown to those who may see them', async () => {
  const info = await world.service.volume(quietContext(), disk);
  found = [{ info, reason: 'guest-gone' }];
  const get = `GET ${base}/orphans`;
  expect(await call(get, {})).toMatchObject([
    { volid: disk, reason: 'guest-gone', vmid: 100, size: 1024 ** 2 },
  ]);
  expect(await call(get, { vmid: '101' })).toEqual([]);
  expect(await call(get, {}, only('/storage/local Datastore.Audit'))).toEqual([]);
});
