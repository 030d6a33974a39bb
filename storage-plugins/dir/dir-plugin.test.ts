// The directory storage against the contract, and what is its own: layout, links, hostile images, left-over files.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { type Exec, exec } from '../../server/core/exec.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import { dirUnderTest, unfinishedFiles } from '../../test/fixtures/dir-storage.ts';
import type { Storage } from '../plugin.ts';
import { createDirPlugin } from './dir-plugin.ts';

const context = quietContext();

async function temporaryFolder(): Promise<string> {
  return await mkdtemp(path.join(tmpdir(), 'croft-dir-'));
}

describeStoragePlugin('dir', () => dirUnderTest(), { qcow2: false, fullCopies: false });

describe('dir', () => {
  let folder: string;
  let root: string;
  let storage: Storage;
  const plugin = createDirPlugin(exec);

  beforeEach(async () => {
    folder = await temporaryFolder();
    root = path.join(folder, 'storage');
    storage = plugin.open('local', { path: root });
    await storage.activate(context);
  });
  afterEach(async () => await rm(folder, { recursive: true }));

  const code = async (work: Promise<unknown>): Promise<string> =>
    await work.then(
      () => 'fine',
      (error: unknown) => (error instanceof AppError ? error.code : String(error)),
    );
  const importing = async (fileName: string, bytes: Buffer | string) => {
    const { id } = await storage.beginImport(context, 'import', fileName, {});
    await storage.writeImport(context, id, Readable.from([Buffer.from(bytes)]), {});
    try {
      return await storage.commitImport(context, id, false);
    } finally {
      await storage.discardImport(context, id);
    }
  };

  test('lays out its folders as Proxmox VE does', async () => {
    const found = (await readdir(root, { recursive: true })).sort();
    expect(found).toEqual([
      'dump',
      'images',
      'import',
      'snippets',
      'template',
      'template/cache',
      'template/iso',
    ]);
    await storage.createDisk(context, { vmid: 100, format: 'raw', sizeBytes: 1024 ** 3 });
    const disk = await stat(path.join(root, 'images/100/vm-100-disk-0.raw'));
    expect([disk.size, disk.mode & 0o777]).toEqual([1024 ** 3, 0o640]);
    expect(disk.blocks * 512).toBeLessThan(1024 ** 2);
    await storage.remove(context, '100/vm-100-disk-0.raw');
    expect(existsSync(path.join(root, 'images/100'))).toBe(false);
  });

  test.each(['relative', '/', '//', '/a/../b', '/a\n', 5, undefined])('refuses the path %j', (bad) => {
    expect(() => plugin.open('x', { path: bad })).toThrow(AppError);
  });

  test('says that it is not there, and makes its folder only when it may', async () => {
    const missing = plugin.open('x', { path: path.join(folder, 'missing'), 'create-base-path': false });
    expect(await code(missing.check(context))).toBe('unavailable');
    expect(await code(missing.activate(context))).toBe('unavailable');
    expect(await code(missing.list(context, {}))).toBe('unavailable');
    expect(await code(missing.usage(context))).toBe('unavailable');
    const bare = plugin.open('x', { path: path.join(folder, 'bare'), 'create-subdirs': false });
    await bare.activate(context);
    expect(await readdir(path.join(folder, 'bare'))).toEqual([]);
    await writeFile(path.join(folder, 'file'), '');
    const file = plugin.open('x', { path: path.join(folder, 'file') });
    expect(await code(file.activate(context))).toBe('unavailable');
  });

  test('with is_mountpoint it waits for the mount', async () => {
    const unmounted = plugin.open('x', { path: root, is_mountpoint: 'yes' });
    expect(await code(unmounted.activate(context))).toBe('unavailable');
    const mounted = plugin.open('x', { path: root, is_mountpoint: '/proc' });
    expect(await code(mounted.check(context))).toBe('fine');
    expect(() => plugin.open('x', { path: root, is_mountpoint: 'maybe' })).toThrow(AppError);
  });

  test('never follows a link, neither file nor folder', async () => {
    const secret = path.join(folder, 'secret.iso');
    await writeFile(secret, 'secret');
    await symlink(secret, path.join(root, 'template/iso/link.iso'));
    await mkdir(path.join(folder, 'outside'));
    await writeFile(path.join(folder, 'outside/vm-100-disk-0.raw'), 'secret');
    await symlink(path.join(folder, 'outside'), path.join(root, 'images/100'));
    expect(await storage.list(context, {})).toEqual([]);
    expect(await storage.list(context, { vmid: 100 })).toEqual([]);
    for (const name of ['iso/link.iso', '100/vm-100-disk-0.raw']) {
      expect(await code(storage.attach(context, name))).toBe('invalid-input');
      expect(await code(storage.info(context, name))).toBe('invalid-input');
      expect(await code(storage.exportStream(context, name))).toBe('invalid-input');
      expect(await code(storage.remove(context, name))).toBe('invalid-input');
    }
    const disk = { vmid: 100, format: 'raw', sizeBytes: 512 } as const;
    expect(await code(storage.createDisk(context, disk))).toBe('invalid-input');
    const { id } = await storage.beginImport(context, 'iso', 'link.iso', {});
    await storage.writeImport(context, id, Readable.from([Buffer.from('x')]), {});
    expect(await code(storage.commitImport(context, id, true))).toBe('already-exists');
    await storage.discardImport(context, id);
    expect(await readFile(secret, 'utf8')).toBe('secret');
  });

  test('its own root may be a link', async () => {
    await symlink(root, path.join(folder, 'link'));
    const linked = plugin.open('x', { path: path.join(folder, 'link') });
    await linked.activate(context);
    const { name } = await linked.createDisk(context, { vmid: 100, format: 'raw', sizeBytes: 512 });
    expect((await storage.info(context, name)).sizeBytes).toBe(512);
  });

  test('does not list what is none of its volumes', async () => {
    await writeFile(path.join(root, 'template/iso/readme.txt'), '');
    await writeFile(path.join(root, 'template/iso/a,b.iso'), '');
    await mkdir(path.join(root, 'template/iso/folder.iso'));
    execFileSync('mkfifo', [path.join(root, 'template/iso/pipe.iso')]);
    await mkdir(path.join(root, 'images/100'));
    await writeFile(path.join(root, 'images/100/vm-101-disk-0.raw'), '');
    expect(await storage.list(context, {})).toEqual([]);
    expect(await code(storage.exportStream(context, 'iso/pipe.iso'))).toBe('invalid-input');
  });

  test('removes what a crash left, and keeps what another node works on', async () => {
    const isos = path.join(root, 'template/iso');
    const mine = (await storage.beginImport(context, 'iso', 'a.iso', {})).id.split('#')[1] ?? '';
    const crashed = mine.replace(/[0-9a-f]{16}\.part$/, '0123456789abcdef.part');
    await writeFile(path.join(isos, crashed), 'left');
    await mkdir(path.join(root, 'images/100'));
    await writeFile(path.join(root, 'images/100', crashed), 'left');
    const foreign = '.croft-another-node-0123456789abcdef.part';
    await writeFile(path.join(isos, foreign), 'in work elsewhere');
    await writeFile(path.join(isos, '.croft-other-file'), 'not ours');
    expect(await storage.sweep(context, [`iso/a.iso#${crashed}#1`])).toEqual([]);
    expect(await storage.sweep(context, [])).toEqual([crashed, crashed]);
    expect((await readdir(isos)).sort()).toEqual([foreign, mine, '.croft-other-file'].sort());
    expect(existsSync(path.join(root, 'images/100'))).toBe(false);
  });

  test('an import can be committed by a daemon that did not begin it', async () => {
    const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
    await storage.writeImport(context, id, Readable.from([Buffer.from('abc')]), {});
    const restarted = createDirPlugin(exec).open('local', { path: root });
    expect((await restarted.commitImport(context, id, false)).sizeBytes).toBe(3);
    expect((await restarted.commitImport(context, id, false)).sizeBytes).toBe(3);
    await restarted.remove(context, 'iso/a.iso');
    expect(await code(restarted.commitImport(context, id, false))).toBe('not-found');
  });

  test('refuses hostile images in whatever way they come', async () => {
    const qcow2 = (change: (header: Buffer) => void) => {
      const header = Buffer.alloc(512);
      header.writeUInt32BE(0x514649fb, 0);
      header.writeUInt32BE(3, 4);
      header.writeBigUInt64BE(1024n ** 2n, 24);
      change(header);
      return header;
    };
    const backing = qcow2((header) => {
      header.writeBigUInt64BE(200n, 8);
      header.writeUInt32BE(11, 16);
      header.write('/etc/shadow', 200);
    });
    const dataFile = qcow2((header) => header.writeBigUInt64BE(4n, 72));
    const descriptor = '# Disk DescriptorFile\ncreateType="monolithicFlat"\nRW 99 FLAT "/etc/shadow" 0\n';
    const noCapacity = Buffer.alloc(1024);
    noCapacity.write('KDMV');
    const cases: [string, Buffer | string][] = [
      ['a.qcow2', backing],
      ['b.qcow2', dataFile],
      ['c.qcow2', 'not an image'],
      ['d.vmdk', descriptor],
      ['e.vmdk', noCapacity],
    ];
    for (const [fileName, bytes] of cases) {
      expect(await code(importing(fileName, bytes)), fileName).toBe('invalid-input');
      // The same put there past the API is refused as the source of a disk.
      const placed = path.join(root, 'import', fileName);
      await writeFile(placed, bytes);
      const source = await storage.attach(context, `import/${fileName}`);
      const copy = storage.copyDisk(context, source, { vmid: 100, format: 'raw' });
      expect(await code(copy), fileName).toBe('invalid-input');
    }
    expect((await storage.list(context, { contents: ['images'] })).length).toBe(0);
    expect(await unfinishedFiles(root)).toEqual([]);
    const told: Exec = async (_file, args) => {
      const stdout = args.includes('info') ? '{"virtual-size":1048576}' : '{"required":1000}';
      return { exitCode: 0, stdout, stderr: '' };
    };
    storage = createDirPlugin(told).open('local', { path: root });
    await importing(
      'good.qcow2',
      qcow2(() => {}),
    );
    expect((await storage.info(context, 'import/good.qcow2')).sizeBytes).toBe(1024 ** 2);
  });
});
