// What becomes of a storage on this node when its configuration changes, and what its state tells beside its sizes.
import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDirPlugin } from '../../storage-plugins/dir/dir-plugin.ts';
import { createMemoryPlugin, type MemoryPlugin } from '../../storage-plugins/memory/memory-plugin.ts';
import type { Storage, StoragePlugin, StorageUsage } from '../../storage-plugins/plugin.ts';
import { createPluginRegistry } from '../../storage-plugins/registry.ts';
import { refused } from '../../test/contracts/refused.ts';
import { silentLog } from '../../test/fixtures/storage-world.ts';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { AppError } from '../core/errors.ts';
import { exec } from '../core/exec.ts';
import type { Logger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';
import { requireOwnPlace } from './same-place.ts';
import { createStorageService, type StorageService } from './storage-service.ts';

const context = quietContext();
let memory: MemoryPlugin;
let store: ClusterStore;
let service: StorageService;
/** What was done to which storage, with the option `server` that it had then. */
let done: string[];
let usage: StorageUsage;
let users: Map<string, string[]>;
let logged: object[];
let failing: AppError | undefined;
let refusing: AppError | undefined;
/** What deactivating waits for. */
let held: Promise<void>;

/** Has an option of its own, and notes when it is activated and deactivated. */
function mounted(): StoragePlugin {
  const { declaration } = memory;
  const option = { type: 'string', required: false, fixed: false, description: 'Not used.' } as const;
  return {
    declaration: {
      ...declaration,
      type: 'mounted',
      place: ['server', 'export'],
      options: [
        ...declaration.options,
        { name: 'server', ...option },
        { name: 'export', ...option },
        { name: 'base', ...option },
      ],
    },
    open(id, options): Storage {
      if (refusing) throw refusing;
      const storage = memory.open(id, {});
      const note = (what: string) => done.push(`${what} ${id} ${options['server']}`);
      return {
        ...Object.fromEntries(
          (['list', 'info', 'createDisk', 'remove', 'attach', 'sweep'] as const).map((name) => [
            name,
            storage[name],
          ]),
        ),
        check: async () => {},
        usage: async () => usage,
        activate: async () => {
          note('activate');
          if (failing) throw failing;
        },
        deactivate: async () => {
          note('deactivate');
          await held;
          if (failing) throw failing;
        },
      } as unknown as Storage;
    },
  };
}

const settled = async () => await new Promise((resolve) => setTimeout(resolve, 20));
const create = (id: string, server: string, more: object = {}) =>
  service.create(id, 'mounted', { server, export: '/x', ...more });

beforeEach(() => {
  memory = createMemoryPlugin();
  done = [];
  logged = [];
  failing = undefined;
  refusing = undefined;
  held = Promise.resolve();
  users = new Map();
  usage = { totalBytes: 100, usedBytes: 10, availableBytes: 90 };
  store = createMemoryStore();
  service = open();
});
afterEach(() => service.close());

function open(): StorageService {
  return createStorageService({
    store,
    plugins: createPluginRegistry([memory, mounted(), createDirPlugin(exec)]),
    node: 'pve1',
    log: { ...silentLog, warn: (facts: object) => logged.push(facts) } as unknown as Logger,
    referencedBy: () => [],
    storageReferencedBy: (id) => users.get(id) ?? [],
    times: { freshMs: 0 },
  });
}

describe('what activating made', () => {
  test.each([
    ['disabled', () => service.update('s1', { set: { disable: true } })],
    ['kept from this node', () => service.update('s1', { set: { nodes: 'pve2' } })],
    ['removed', () => service.remove('s1')],
  ])('is taken away when the storage is %s', async (_name, change) => {
    await create('s1', 'one');
    await settled();
    await change();
    await settled();
    expect(done.at(-1)).toBe('deactivate s1 one');
  });

  test('is taken away as it was, before the changed storage is activated', async () => {
    await create('s1', 'one');
    await settled();
    done = [];
    await service.update('s1', { set: { server: 'two' } });
    await service.content(context, 's1');
    expect(done).toEqual(['deactivate s1 one', 'activate s1 two']);
  });

  test('is taken away by one at a time, and before it is made again', async () => {
    await create('s1', 'one');
    await settled();
    done = [];
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    for (const disable of [true, false, true, false]) await service.update('s1', { set: { disable } });
    await settled();
    expect(done).toEqual(['deactivate s1 one']);
    resolve();
    await service.content(context, 's1');
    expect(done.slice(-2)).toEqual(['deactivate s1 one', 'activate s1 one']);
  });

  test('by a plugin that refuses now what it took once is told of, and no more', async () => {
    await create('s1', 'one');
    await settled();
    service.close();
    refusing = new AppError('invalid-input', 'not any more');
    service = open();
    await service.remove('s1');
    await settled();
    expect(logged).toContainEqual({ storage: 's1', problem: 'not any more' });
  });

  test('stays when only its use changes, and while guests or storages use it', async () => {
    await create('s1', 'one');
    await service.update('s1', { set: { content: 'images,iso' } });
    users.set('s1', ['VM 100']);
    await service.update('s1', { set: { server: 'two' } });
    await settled();
    expect(done.filter((line) => line.startsWith('deactivate'))).toEqual([]);
    users.clear();
    const lun = await service.allocate(context, 's1', { vmid: 100, sizeBytes: 4096, format: 'raw' });
    await create('s2', 'three', { base: lun });
    expect(await refused(service.remove('s1'))).toBe('busy');
    await service.update('s1', { set: { disable: true } });
    await settled();
    expect(done.filter((line) => line.startsWith('deactivate s1'))).toEqual([]);
  });

  test('that does not go away keeps no change from being made', async () => {
    await create('s1', 'one');
    failing = new AppError('busy', 'target is busy');
    await service.remove('s1');
    await settled();
    expect(done.at(-1)).toBe('deactivate s1 one');
    expect(logged).toContainEqual({ storage: 's1', problem: 'target is busy' });
    expect(service.configs()).toEqual([]);
  });

  test('of a storage that cannot be used does not stay', async () => {
    failing = new AppError('unavailable', 'no route to host');
    expect(await refused(create('s1', 'one'))).toBe('unavailable');
    expect(done).toEqual(['activate s1 one', 'deactivate s1 one']);
    expect(service.configs()).toEqual([]);
  });
});

describe('state', () => {
  test('tells warnings and how full it is, and logs what is new once', async () => {
    await create('s1', 'one');
    usage = { totalBytes: 100, usedBytes: 86, availableBytes: 14, warnings: ['the mirror is not in sync'] };
    await service.status('s1');
    await settled();
    expect(await service.status('s1')).toMatchObject({ space: 85, warnings: ['the mirror is not in sync'] });
    usage = { totalBytes: 100, usedBytes: 84, availableBytes: 16, warnings: ['the mirror is not in sync'] };
    await service.status('s1');
    await settled();
    expect(service.resource('s1')).toMatchObject({ space: 85, warnings: ['the mirror is not in sync'] });
    expect(logged).toEqual([
      { storage: 's1', percent: 85 },
      { storage: 's1', warning: 'the mirror is not in sync' },
    ]);
  });

  test('tells since when it is left alone and when it is tried again', async () => {
    await service.create('mem', 'memory', {});
    memory.faults('mem').error = new AppError('unavailable', 'dead');
    await refused(service.content(context, 'mem'));
    await service.status('mem');
    await settled();
    const { circuit, active } = await service.status('mem');
    expect(active).toBe(0);
    expect(circuit!.retry - circuit!.since).toBeGreaterThanOrEqual(15);
    memory.faults('mem').error = undefined;
  });

  test('names the default storage', async () => {
    await service.create('small', 'mounted', { server: 'one', export: '/s', content: 'images' });
    await service.create('large', 'memory', { content: 'images,rootdir' });
    for (const id of ['small', 'large']) await service.status(id);
    expect(service.imageStorages()).toEqual(['large', 'small']);
    expect((await service.status('large')).default_for).toEqual(['images', 'rootdir']);
    expect((await service.status('small')).default_for).toBeUndefined();
  });
});

describe('two storages on one place', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'croft-place-'));
  });
  afterEach(async () => await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 20 }));

  test('are refused, however the place is written', async () => {
    await create('s1', 'nas.example');
    for (const [server, path] of [
      ['nas.example', '/x'],
      ['NAS.Example', '//x/'],
    ])
      expect(await refused(service.create('s2', 'mounted', { server, export: path }))).toBe('already-exists');
    await service.create('s2', 'mounted', { server: 'nas.example', export: '/y' });
    const same = service.update('s2', { set: { export: '/x' } });
    await expect(same).rejects.toMatchObject({ fields: { export: "storage 's1' is at this place already" } });
    expect(service.config('s2').options['export']).toBe('/y');
  });

  test('folders are the same through links and before they exist', async () => {
    await service.create('s1', 'dir', { path: path.join(folder, 'data') });
    await symlink(path.join(folder, 'data'), path.join(folder, 'link'));
    await symlink(folder, path.join(folder, 'self'));
    for (const same of ['data/', './data', 'link', 'self/data', 'self/self/link'])
      expect(await refused(service.create('s2', 'dir', { path: `${folder}/${same}` }))).toBe(
        'already-exists',
      );
    await service.create('s2', 'dir', { path: path.join(folder, 'later'), disable: true });
    expect(await refused(service.create('s3', 'dir', { path: `${folder}/self/later` }))).toBe(
      'already-exists',
    );
  });

  test('nobody looks where nothing answers, nor when nothing moves', async () => {
    const at = (id: string, name: string, more: object = {}) => ({
      ...{ id, type: 'dir', version: 1 },
      options: { path: path.join(folder, name), ...more },
    });
    await symlink(folder, path.join(folder, 'self'));
    const [one, two] = [at('s1', 'data'), at('s2', 'self/data')];
    const places = (dead: string[]) => ({
      plugins: createPluginRegistry([createDirPlugin(exec)]),
      all: () => [one, two],
      isDead: ({ id }: { id: string }) => dead.includes(id),
    });
    expect(await refused(requireOwnPlace(places([]), two))).toBe('already-exists');
    // By its link it would be the same.
    await requireOwnPlace(places(['s2']), two);
    // What is written the same is the same, dead or not.
    await mkdir(path.join(folder, 'data'), { recursive: true });
    expect(await refused(requireOwnPlace(places(['s1', 's2']), at('s3', 'data')))).toBe('already-exists');
    await requireOwnPlace(places([]), at('s2', 'self/data', { content: 'iso' }), two);
    const moved = at('s2', 'self/data', { nodes: 'pve1' });
    expect(await refused(requireOwnPlace(places([]), moved, two))).toBe('already-exists');
  });

  test('of different nodes are two places', async () => {
    const at = path.join(folder, 'data');
    await service.create('s1', 'dir', { path: at, nodes: 'pve1' });
    await service.create('s2', 'dir', { path: at, nodes: 'pve2' });
    expect(await refused(service.create('s3', 'dir', { path: at }))).toBe('already-exists');
    expect(await refused(service.update('s2', { set: { nodes: 'pve1,pve2' } }))).toBe('already-exists');
  });
});

test('sizes that are none are refused before anything is made', async () => {
  await service.create('mem', 'memory', { content: 'images,rootdir' });
  for (const sizeBytes of [0, -1, 1.5, 2 ** 63, Number.NaN])
    expect(await refused(service.allocate(context, 'mem', { vmid: 100, sizeBytes, format: 'raw' }))).toBe(
      'invalid-input',
    );
  expect(await service.content(context, 'mem')).toEqual([]);
});
