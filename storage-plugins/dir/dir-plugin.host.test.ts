// The directory storage with the real qemu-img: the whole contract, images that it made, and disks that are in use.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { describeStoragePlugin, type StorageUnderTest } from '../../test/contracts/storage-plugin.ts';
import { dirUnderTest, unfinishedFiles } from '../../test/fixtures/dir-storage.ts';
import type { Storage } from '../plugin.ts';
import { overlayTrees } from './overlay-trees-fixture.ts';

describeStoragePlugin('dir with qemu-img', () => dirUnderTest(overlayTrees), {
  qcow2: true,
  fullCopies: true,
});

const context = quietContext();
const mebibyte = 1024 ** 2;

describe('dir with qemu-img', () => {
  let under: StorageUnderTest;
  let root: string;
  let storage: Storage;
  beforeEach(async () => {
    under = await dirUnderTest();
    root = String(under.options['path']);
    storage = under.plugin.open('local', under.options);
    await storage.activate(context);
  });
  afterEach(async () => await under.cleanUp());

  const code = async (work: Promise<unknown>): Promise<string> =>
    await work.then(
      () => 'fine',
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );
  const qemu = (program: string, ...args: string[]) => execFileSync(program, args, { stdio: 'pipe' });
  const pathOf = (name: string) => path.join(root, 'images', name);
  const fill = (name: string, format: string) =>
    qemu('qemu-io', '-f', format, '-c', 'write -P 0x5a 1M 64k', pathOf(name));

  test('what a guest wrote arrives in the copy, whatever the formats', async () => {
    const disk = await storage.createDisk(context, { vmid: 100, format: 'qcow2', sizeBytes: 8 * mebibyte });
    fill(disk.name, 'qcow2');
    const raw = await storage.copyDisk(context, await storage.attach(context, disk.name), {
      vmid: 101,
      format: 'raw',
    });
    const bytes = await readFile(pathOf(raw.name));
    expect([bytes.length, bytes[mebibyte - 1], bytes[mebibyte], bytes[mebibyte + 65535]]).toEqual([
      8 * mebibyte,
      0,
      0x5a,
      0x5a,
    ]);
    const back = await storage.copyDisk(context, await storage.attach(context, raw.name), {
      vmid: 102,
      format: 'qcow2',
    });
    qemu('qemu-img', 'compare', '-f', 'qcow2', '-F', 'raw', pathOf(back.name), pathOf(raw.name));
    expect(back.usedBytes).toBeLessThan(2 * mebibyte);
  });

  test('a rolled back disk holds what it held', async () => {
    const { name } = await storage.createDisk(context, {
      vmid: 100,
      format: 'qcow2',
      sizeBytes: 8 * mebibyte,
    });
    await storage.snapshot(context, name, 'empty');
    fill(name, 'qcow2');
    await storage.rollback(context, name, 'empty');
    qemu('qemu-io', '-f', 'qcow2', '-c', 'read -P 0 1M 64k', pathOf(name));
  });

  test('single-file VMDK images can be copied', async () => {
    const source = path.join(root, 'import/a.vmdk');
    qemu('qemu-img', 'create', '-f', 'vmdk', source, '4M');
    expect((await storage.info(context, 'import/a.vmdk')).sizeBytes).toBe(4 * mebibyte);
    const attachment = await storage.attach(context, 'import/a.vmdk');
    const copy = await storage.copyDisk(context, attachment, { vmid: 100, format: 'raw' });
    expect(copy.sizeBytes).toBe(4 * mebibyte);
  });

  test('refuses images that qemu-img itself made with a backing file, a data file or extents', async () => {
    const at = (file: string) => path.join(root, 'import', file);
    const create = (...args: string[]) => qemu('qemu-img', 'create', '-f', ...args);
    create('qcow2', '-b', '/etc/passwd', '-F', 'raw', at('backing.qcow2'));
    create('qcow2', '-o', `data_file=${at('data.raw')}`, at('data.qcow2'), '1M');
    create('vmdk', '-o', 'subformat=monolithicFlat', at('flat.vmdk'), '1M');
    create('vmdk', at('parent.vmdk'), '1M');
    create('vmdk', '-b', at('parent.vmdk'), '-F', 'vmdk', at('child.vmdk'));
    for (const file of ['backing.qcow2', 'data.qcow2', 'flat.vmdk', 'child.vmdk']) {
      const source = await storage.attach(context, `import/${file}`);
      const copy = storage.copyDisk(context, source, { vmid: 100, format: 'raw' });
      expect(await code(copy), file).toBe('invalid-input');
    }
    expect(await storage.list(context, { contents: ['images'] })).toEqual([]);
  });

  test('a raw image is read byte for byte, even when its bytes are those of another format', async () => {
    qemu(
      'qemu-img',
      'create',
      '-f',
      'qcow2',
      '-b',
      '/etc/passwd',
      '-F',
      'raw',
      path.join(root, 'import/a.raw'),
    );
    const source = await storage.attach(context, 'import/a.raw');
    const copy = await storage.copyDisk(context, source, { vmid: 100, format: 'raw' });
    expect(String((await readFile(pathOf(copy.name))).subarray(0, 3))).toBe('QFI');
  });

  test('a disk that somebody has open is busy, and can still be described', async () => {
    const { name } = await storage.createDisk(context, { vmid: 100, format: 'qcow2', sizeBytes: mebibyte });
    const holder = spawn('qemu-io', ['-f', 'qcow2', pathOf(name)], { stdio: ['pipe', 'pipe', 'ignore'] });
    try {
      await once(holder.stdout, 'data');
      expect(await code(storage.snapshot(context, name, 'before'))).toBe('busy');
      expect(await code(storage.resize(context, name, 2 * mebibyte))).toBe('busy');
      expect(await storage.listSnapshots(context, name)).toEqual([]);
      expect((await storage.info(context, name)).sizeBytes).toBe(mebibyte);
    } finally {
      holder.stdin.end('quit\n');
      await once(holder, 'exit');
    }
  });

  test('a copy that is cancelled half-way leaves nothing', async () => {
    const disk = await storage.createDisk(context, { vmid: 100, format: 'raw', sizeBytes: 512 * mebibyte });
    qemu('qemu-io', '-f', 'raw', '-c', 'write -P 0x5a 0 256M', pathOf(disk.name));
    const abort = new AbortController();
    const copying = { ...context, signal: abort.signal, progress: () => abort.abort() };
    const source = await storage.attach(context, disk.name);
    expect(await code(storage.copyDisk(copying, source, { vmid: 101, format: 'qcow2' }))).toBe('cancelled');
    expect(await storage.list(context, { vmid: 101 })).toEqual([]);
    expect(await unfinishedFiles(root)).toEqual([]);
  });
});
