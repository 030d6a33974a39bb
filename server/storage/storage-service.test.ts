// The storage service: configuration, state, and that a storage which hangs or fails disturbs nobody.
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type StorageWorld, storageWorld } from '../../test/fixtures/storage-world.ts';
import { AppError } from '../core/errors.ts';
import { quietContext } from '../core/work-context.ts';
import { digestOf, renderConfig } from './storage-config.ts';
import { maySeeVolume, readAllocationSize } from './volumes.ts';

const context = quietContext();

async function code(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work);
    return 'fine';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

async function fields(work: Promise<unknown>): Promise<Readonly<Record<string, string>> | undefined> {
  return await work.then(
    () => undefined,
    (error: unknown) => (error instanceof AppError ? error.fields : undefined),
  );
}

/** What a call comes to, and after how many milliseconds; empty until it ends. */
function outcome(work: Promise<unknown>): { code?: string; ms?: number } {
  const began = performance.now();
  const end: { code?: string; ms?: number } = {};
  void code(work).then((word) => Object.assign(end, { code: word, ms: performance.now() - began }));
  return end;
}

/** The same after one turn of the event loop: still empty when the call waits for anything, be it only for a file. */
async function atOnce(work: Promise<unknown>): Promise<{ code?: string; ms?: number }> {
  const end = outcome(work);
  await new Promise((resolve) => setImmediate(resolve));
  return end;
}

/**
 * Lets time pass; `pass(0)` only lets everything that needs none come to its end. Not while somebody waits for real files,
 * which no limit is to hit: `filesRead` first.
 */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
const filesRead = () => world.service.status('local');

let world: StorageWorld;
beforeEach(async () => {
  // Time stands still but for `pass`: on a busy machine too a limit is reached when the test says so, and to the
  // millisecond. Reading real files takes none of it.
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'Date'],
    // The daemon's clock sleeps by `node:timers/promises`.
    fakeNodeBuiltins: true,
  });
  world = await storageWorld({
    times: { openCircuitMs: 40, callLimitMs: 40, freshMs: 20, firstWaitMs: 100 },
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await world.cleanUp();
});

describe('configuration', () => {
  test('the default storage is made once, and not again when others are there', async () => {
    expect(await world.service.ensureDefault('/elsewhere')).toBe(false);
    const config = world.service.config('local');
    expect(renderConfig(config, world.service.declaration(config))).toEqual({
      storage: 'local',
      type: 'dir',
      path: world.root,
      content: 'backup,images,import,iso,rootdir,snippets,vztmpl',
    });
  });

  test('names what is wrong with options', async () => {
    const { service } = world;
    expect(await fields(service.create('s1', 'nosuch', {}))).toHaveProperty('type');
    expect(await fields(service.create('s1', 'dir', {}))).toHaveProperty('path');
    expect(await fields(service.create('s1', 'dir', { path: 'relative' }))).toHaveProperty('path');
    const bad = { path: world.root, server: 'x', content: 'iso,nonsense', nodes: 'a/b', format: 'vdi' };
    expect(Object.keys((await fields(service.create('s1', 'dir', bad))) ?? {}).sort()).toEqual([
      'content',
      'format',
      'nodes',
      'server',
    ]);
    expect(await code(service.create('local', 'dir', { path: world.root }))).toBe('already-exists');
    expect(await code(service.create('../x', 'dir', { path: world.root }))).toBe('invalid-input');
    expect(service.configs().map((config) => config.id)).toEqual(['local']);
  });

  test('a storage that cannot be used is not stored', async () => {
    const missing = { path: `${world.root}/missing`, 'create-base-path': false };
    expect(await code(world.service.create('s1', 'dir', missing))).toBe('unavailable');
    expect(await code(() => world.service.config('s1'))).toBe('not-found');
  });

  test('changes what may change, by digest', async () => {
    const { service } = world;
    const before = digestOf(service.config('local'));
    expect(await fields(service.update('local', { set: { path: '/tmp' } }))).toHaveProperty('path');
    expect(await fields(service.update('local', { set: {}, delete: ['path'] }))).toHaveProperty('path');
    expect(await fields(service.update('local', { set: {}, delete: ['nosuch'] }))).toHaveProperty('delete');
    await service.update('local', {
      set: { content: 'iso', path: world.root, disable: true },
      digest: before,
    });
    expect(service.config('local').options).toMatchObject({ content: 'iso', disable: true });
    expect(await code(service.update('local', { set: {}, digest: before }))).toBe('wrong-state');
    await service.update('local', { set: {}, delete: ['disable', 'content'] });
    expect(service.config('local').options).toEqual({ content: 'images', path: world.root });
  });

  test('is removed, data and all others stay', async () => {
    await world.service.allocate(context, 'local', { vmid: 100, sizeBytes: 512, format: 'raw' });
    await world.service.remove('local');
    expect(await code(() => world.service.storage('local'))).toBe('not-found');
    expect(await world.files()).toEqual(['images/100/vm-100-disk-0.raw']);
  });

  test('disabled storages and those of other nodes are kept from use', async () => {
    const { service } = world;
    await service.create('off', 'memory', { disable: true });
    await service.create('other', 'memory', { nodes: 'pve2' });
    expect(await code(() => service.storage('off'))).toBe('unavailable');
    expect(await code(() => service.storage('other'))).toBe('unavailable');
    const listed = await service.statuses();
    expect(listed.map((s) => [s.storage, s.enabled, s.active])).toEqual([
      ['local', 1, 1],
      ['off', 0, 0],
    ]);
    expect((await service.statuses({ enabledOnly: true })).map((s) => s.storage)).toEqual(['local']);
    expect((await service.statuses({ content: ['iso'] })).map((s) => s.storage)).toEqual(['local']);
  });
});

describe('volumes', () => {
  test('are allocated, listed, attached, and not deleted while used', async () => {
    const { service, references } = world;
    const volid = await service.allocate(context, 'local', {
      vmid: 100,
      sizeBytes: 1024 ** 2,
      format: 'raw',
    });
    expect(volid).toBe('local:100/vm-100-disk-0.raw');
    const named = { vmid: 100, sizeBytes: 512, filename: 'vm-100-data.raw' };
    expect(await service.allocate(context, 'local', named)).toBe('local:100/vm-100-data.raw');
    expect(await code(service.allocate(context, 'local', { ...named, format: 'qcow2' }))).toBe(
      'invalid-input',
    );
    expect(await service.content(context, 'local', { vmid: 100 })).toMatchObject([
      { volid: 'local:100/vm-100-data.raw', content: 'images', format: 'raw', size: 512, vmid: 100 },
      { volid, size: 1024 ** 2 },
    ]);
    expect(await service.attach(context, volid)).toMatchObject({ kind: 'file', format: 'raw' });
    references.set(volid, ['VM 100']);
    await expect(service.deleteVolume(context, volid)).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining('VM 100'),
    });
    references.clear();
    await service.deleteVolume(context, volid);
    expect(await code(service.volume(context, volid))).toBe('not-found');
    expect(await code(service.volume(context, 'nonsense'))).toBe('invalid-input');
    expect(await code(service.volume(context, 'local:../../etc/shadow'))).toBe('invalid-input');
  });

  test('only of the kinds that the storage is configured for', async () => {
    await world.service.create('isos', 'memory', { content: 'iso' });
    const work = world.service.allocate(context, 'isos', { vmid: 100, sizeBytes: 512 });
    expect(await code(work)).toBe('invalid-input');
    expect(await world.service.content(context, 'isos', { content: 'images' })).toEqual([]);
    expect(world.service.imageStorages()).toEqual(['local']);
    expect(world.service.imageFormat('local', undefined)).toBe('qcow2');
    await world.service.update('local', { set: { format: 'raw' } });
    expect(world.service.imageFormat('local', undefined)).toBe('raw');
    expect(await code(() => world.service.imageFormat('local', 'vmdk'))).toBe('invalid-input');
  });

  test('sizes of the API are KiB unless they say otherwise', () => {
    expect([readAllocationSize('4'), readAllocationSize('5M'), readAllocationSize('1G')]).toEqual([
      4096,
      5 * 1024 ** 2,
      1024 ** 3,
    ]);
    expect(() => readAllocationSize('-1')).toThrow(AppError);
  });

  test('who sees what', () => {
    const viewer = (...privileges: string[]) => ({
      may: (path: string, privilege: string) => privileges.includes(`${path} ${privilege}`),
    });
    const audit = viewer('/storage/local Datastore.Audit');
    const owner = viewer('/storage/local Datastore.Audit', '/vms/100 VM.Config.Disk');
    const admin = viewer('/storage/local Datastore.Allocate');
    const kinds = [{ content: 'iso' }, { content: 'images', vmid: 100 }, { content: 'snippets' }] as const;
    const seen = [viewer(), audit, owner, admin].map((v) => kinds.map((k) => maySeeVolume(v, 'local', k)));
    expect(seen).toEqual([
      [false, false, false],
      [true, false, false],
      [true, true, false],
      [true, true, true],
    ]);
  });
});

describe('a storage that hangs', () => {
  beforeEach(async () => {
    await world.service.create('dead', 'memory', {});
    world.memory.faults('dead').hang = true;
  });
  afterEach(() => {
    world.memory.faults('dead').hang = false;
  });

  test('ends its callers in time, refuses the next at once, and comes back by itself', async () => {
    const { service, memory } = world;
    await filesRead();
    const first = outcome(service.content(context, 'dead'));
    await pass(39);
    expect(first).toEqual({});
    await pass(1);
    expect(first).toEqual({ code: 'timeout', ms: 40 });
    const calls = memory.calls('dead');
    for (let i = 0; i < 20; i += 1)
      expect(await atOnce(service.content(context, 'dead'))).toEqual({ code: 'unavailable', ms: 0 });
    expect(memory.calls('dead')).toBe(calls);
    // Even when the time is over, no second call joins one that is still stuck.
    await pass(60);
    expect(await atOnce(service.content(context, 'dead'))).toEqual({ code: 'unavailable', ms: 0 });
    expect(memory.calls('dead')).toBe(calls);
    memory.faults('dead').hang = false;
    // The stuck calls look every 2 ms.
    await pass(2);
    expect(await atOnce(service.content(context, 'dead'))).toEqual({ code: 'fine', ms: 0 });
  });

  test('holds up no list and no other storage', async () => {
    const { service } = world;
    const listing = service.statuses();
    const listed = outcome(listing);
    // Time stands still: if they waited for the other one, they would wait for ever.
    await service.content(context, 'local');
    await filesRead();
    expect(listed).toEqual({});
    await pass(40);
    expect(listed).toEqual({ code: 'fine', ms: 40 });
    const statuses = await listing;
    expect(statuses.map((s) => [s.storage, s.active])).toEqual([
      ['dead', 0],
      ['local', 1],
    ]);
    expect(statuses[0]?.problem).toMatch(/does not answer/);
    expect(service.resource('dead')).toMatchObject({ status: 'unknown', problem: expect.any(String) });
    expect(service.resource('local')).toMatchObject({
      id: 'storage/pve1/local',
      status: 'available',
      plugintype: 'dir',
    });
    expect(service.imageStorages()).toEqual(['local']);
  });

  test('does not hang a call that is cancelled', async () => {
    const abort = new AbortController();
    await filesRead();
    world.memory.faults('dead').hang = false;
    await pass(2);
    await world.service.content(context, 'dead');
    world.memory.faults('dead').hang = true;
    const call = outcome(world.service.content(quietContext(abort.signal), 'dead'));
    abort.abort();
    await pass(40);
    expect(call).toEqual({ code: 'timeout', ms: 40 });
  });
});

describe('state', () => {
  /** The state when the known one has become old: the first who asks has it measured, and does not wait for that. */
  async function measuredAgain(id: string) {
    await pass(20);
    await world.service.status(id);
    await pass(0);
    return await world.service.status(id);
  }

  test('is measured in the background, not once for each list', async () => {
    const { service, memory } = world;
    await filesRead();
    await service.create('mem', 'memory', {});
    await service.status('mem');
    const calls = memory.calls('mem');
    await pass(19);
    for (let i = 0; i < 50; i += 1) await service.status('mem');
    expect(memory.calls('mem') - calls).toBe(0);
    await pass(1);
    for (let i = 0; i < 50; i += 1) await service.status('mem');
    expect(memory.calls('mem') - calls).toBe(1);
    memory.faults('mem').hang = true;
    await pass(20);
    expect(await atOnce(service.status('mem'))).toEqual({ code: 'fine', ms: 0 });
    expect(memory.calls('mem') - calls).toBe(2);
  });

  test('tells changes, and keeps the last sizes of a storage that fails', async () => {
    const { service, memory } = world;
    const told: string[] = [];
    await filesRead();
    service.onChange((id) => told.push(id));
    await service.create('mem', 'memory', {});
    expect(await service.status('mem')).toMatchObject({ active: 1, total: 1024 ** 3 });
    expect(told).toContain('mem');
    told.length = 0;
    memory.faults('mem').error = new AppError('unavailable', 'the server is down');
    expect((await measuredAgain('mem')).active).toBe(0);
    expect(await service.status('mem')).toMatchObject({ total: 1024 ** 3, problem: 'the server is down' });
    expect(told).toContain('mem');
    memory.faults('mem').error = undefined;
    // Half of the time for which it is left alone is over, then all of it.
    expect((await measuredAgain('mem')).active).toBe(0);
    expect((await measuredAgain('mem')).active).toBe(1);
  });

  test('a refusal of one caller is no fault of the storage', async () => {
    expect(await code(world.service.volume(context, 'local:iso/none.iso'))).toBe('not-found');
    expect((await world.service.status('local')).active).toBe(1);
  });
});
