// Storages and containers: root formats, what lists show, allocation by the API, unpacked templates, and a default that is not there.
import { mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDirPlugin } from '../../storage-plugins/dir/dir-plugin.ts';
import { createMemoryPlugin } from '../../storage-plugins/memory/memory-plugin.ts';
import { createPluginRegistry } from '../../storage-plugins/registry.ts';
import { type StorageWorld, silentLog, storageWorld } from '../../test/fixtures/storage-world.ts';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { AppError } from '../core/errors.ts';
import { exec } from '../core/exec.ts';
import { quietContext } from '../core/work-context.ts';
import { createStorageService } from './storage-service.ts';

const context = quietContext();
const mebibyte = 1024 ** 2;

async function code(work: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof work === 'function' ? work() : work);
    return 'fine';
  } catch (error) {
    return error instanceof AppError ? error.code : String(error);
  }
}

describe('storages of containers', () => {
  let world: StorageWorld;
  beforeEach(async () => {
    world = await storageWorld({ isContainer: (vmid) => vmid === 200 });
  });
  afterEach(async () => await world.cleanUp());
  const names = async (id: string, filter: { content?: string; vmid?: number } = {}) =>
    (await world.service.content(context, id, filter)).map((item) => `${item.volid} ${item.content}`);

  test('have formats of their own, the default first', async () => {
    const { service } = world;
    expect(service.rootFormats('local')).toEqual(['subvol', 'raw']);
    expect(service.rootFormat('local', undefined)).toBe('subvol');
    expect(service.rootFormat('local', 'raw')).toBe('raw');
    expect(await code(() => service.rootFormat('local', 'qcow2'))).toBe('invalid-input');
    expect(await code(() => service.imageFormat('local', 'subvol'))).toBe('invalid-input');
    await service.create('images-only', 'memory', { content: 'images' });
    expect(await code(() => service.rootFormat('images-only', undefined))).toBe('invalid-input');
    expect(service.rootStorages()).toEqual(['local']);
    expect(service.capabilities('local').some((row) => row.formats.includes('subvol'))).toBe(true);
  });

  test('trees are allocated by their format or file name', async () => {
    const { service } = world;
    const size = { sizeBytes: mebibyte, vmid: 200 };
    expect(await service.allocate(context, 'local', { ...size, format: 'subvol' })).toBe(
      'local:200/subvol-200-disk-0.subvol',
    );
    const named = { ...size, filename: 'subvol-200-disk-4.subvol' };
    expect(await service.allocate(context, 'local', named)).toBe('local:200/subvol-200-disk-4.subvol');
    await service.create('images-only', 'memory', { content: 'images' });
    const refused = service.allocate(context, 'images-only', { ...size, format: 'subvol' });
    expect(await code(refused)).toBe('invalid-input');
    await service.create('roots-only', 'memory', { content: 'rootdir' });
    expect(await service.allocate(context, 'roots-only', { ...size, format: 'raw' })).toBe(
      'roots-only:200/vm-200-disk-0.raw',
    );
    expect(await code(service.allocate(context, 'roots-only', { ...size, format: 'qcow2' }))).toBe(
      'invalid-input',
    );
  });

  test('images of containers are listed as theirs', async () => {
    const { service } = world;
    for (const vmid of [100, 200])
      await service.allocate(context, 'local', { vmid, sizeBytes: mebibyte, format: 'raw' });
    await service.allocate(context, 'local', { vmid: 200, sizeBytes: mebibyte, format: 'subvol' });
    expect(await names('local')).toEqual([
      'local:100/vm-100-disk-0.raw images',
      'local:200/subvol-200-disk-1.subvol rootdir',
      'local:200/vm-200-disk-0.raw rootdir',
    ]);
    expect(await names('local', { content: 'images' })).toEqual(['local:100/vm-100-disk-0.raw images']);
    expect(await names('local', { content: 'rootdir' })).toHaveLength(2);
    expect(await names('local', { vmid: 200 })).toHaveLength(2);
    expect(await names('local', { content: 'iso' })).toEqual([]);
  });

  test('unpacked templates are in no list, and go when nothing was made from them for long', async () => {
    const { service, root } = world;
    const storage = service.storage('local');
    const template = async (name: string) => {
      const disk = { vmid: 0, format: 'subvol', sizeBytes: 0, name: `subvol-0-tmpl-${name}` } as const;
      return await storage.makeBase(context, (await storage.createDisk(context, disk)).name);
    };
    const [old, cloned, fresh] = [await template('old'), await template('cloned'), await template('fresh')];
    await storage.clone(context, cloned.name, { vmid: 200, mode: 'linked' });
    const unfinished = { vmid: 0, format: 'subvol', sizeBytes: 0, name: 'subvol-0-tmpl-half' } as const;
    const half = await storage.createDisk(context, unfinished);
    const age = async (name: string, days: number) => {
      const then = Date.now() / 1000 - days * 86_400;
      await utimes(path.join(root, 'images', name, 'volume.json'), then, then);
    };
    await age(old.name, 31);
    await age(cloned.name, 31);
    await age(fresh.name, 29);
    await age(half.name, 2);
    expect((await names('local')).filter((line) => line.includes(':0/'))).toEqual([]);
    expect(await service.sweepTemplates()).toEqual([`local:${old.name}`, `local:${half.name}`]);
    expect((await readdir(path.join(root, 'images/0'))).sort()).toEqual([
      'base-0-tmpl-cloned.subvol',
      'base-0-tmpl-fresh.subvol',
    ]);
  });

  test('a storage that fails does not keep the others from being swept', async () => {
    await world.service.create('broken', 'memory', { content: 'rootdir' });
    world.memory.faults('broken').error = new AppError('unavailable', 'gone');
    expect(await world.service.sweepTemplates()).toEqual([]);
  });
});

describe('the default storage', () => {
  test('whose volume is not mounted is stored, shown as inactive with the reason, and usable when it is', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'croft-default-'));
    const service = createStorageService({
      store: createMemoryStore(),
      plugins: createPluginRegistry([createDirPlugin(exec), createMemoryPlugin()]),
      node: 'pve1',
      log: silentLog,
      referencedBy: () => [],
    });
    try {
      expect(await service.ensureDefault(folder, { isMountPoint: true })).toBe(true);
      expect(service.config('local').options).toMatchObject({ path: folder, is_mountpoint: 'yes' });
      const status = await service.status('local');
      expect(status.active).toBe(0);
      expect(status.problem).toContain('no file system is mounted');
      expect(await readdir(folder)).toEqual([]);
      expect(await code(service.allocate(context, 'local', { vmid: 100, sizeBytes: mebibyte }))).toBe(
        'unavailable',
      );
      expect(await service.ensureDefault(folder)).toBe(false);
    } finally {
      service.close();
      await rm(folder, { recursive: true });
    }
  });
});
