// The contract suite of storage plugins: run on every implementation, the fake included.
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { quietContext } from '../../server/core/work-context.ts';
import { contractVersion, type Storage, type StoragePlugin } from '../../storage-plugins/plugin.ts';
import { describeTrees, type TreeAccess } from './storage-trees.ts';

export interface StorageUnderTest {
  readonly plugin: StoragePlugin;
  /** Options for one usable storage. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Ends it and removes everything. */
  cleanUp(): Promise<void>;
  /** What lies on the storage that no volume shows: must be nothing after each test. */
  leftovers(): Promise<string[]>;
  /** Makes volume data that cannot fit, when that can be told. */
  readonly tooManyBytes: number;
  /** How a test writes into trees; absent: their contents are not looked at. */
  readonly trees?: TreeAccess;
}

const context = quietContext();
const mebibyte = 1024 ** 2;

async function refused(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof AppError) return error.code;
    throw error;
  }
  return 'nothing was refused';
}

/**
 * `qcow2` false leaves out what a plugin needs programs for, `fullCopies` false what needs root; those parts belong into its host
 * tests.
 */
export function describeStoragePlugin(
  name: string,
  make: () => Promise<StorageUnderTest>,
  { qcow2, fullCopies }: { qcow2: boolean; fullCopies: boolean },
): void {
  describe(`storage plugin contract: ${name}`, () => {
    let under: StorageUnderTest;
    let storage: Storage;

    beforeEach(async () => {
      under = await make();
      storage = under.plugin.open('test', under.options);
      await storage.activate(context);
    });
    afterEach(async () => {
      const left = await under.leftovers();
      await under.cleanUp();
      expect(left).toEqual([]);
    });

    const put = async (content: 'iso' | 'vztmpl' | 'import' | 'snippets', file: string, bytes: Buffer) => {
      const { id } = await storage.beginImport(context, content, file, {});
      await storage.writeImport(context, id, Readable.from([bytes]), {});
      return await storage.commitImport(context, id, false);
    };
    const raw = async (vmid = 100) =>
      await storage.createDisk(context, { vmid, format: 'raw', sizeBytes: 4 * mebibyte });

    test('declares itself', () => {
      const { declaration } = under.plugin;
      expect(declaration.contractVersion).toBe(contractVersion);
      expect(new Set(declaration.options.map((o) => o.name)).size).toBe(declaration.options.length);
      expect(declaration.imageFormats.length).toBeGreaterThan(0);
    });

    test('can be checked and activated again and again', async () => {
      await storage.activate(context);
      await storage.check(context);
      await storage.deactivate(context);
      await storage.activate(context);
    });

    test('tells its usage', async () => {
      const usage = await storage.usage(context);
      expect(usage.totalBytes).toBeGreaterThan(0);
      expect(usage.usedBytes + usage.availableBytes).toBeLessThanOrEqual(usage.totalBytes);
    });

    test('names new disks by the next free number, and lists them', async () => {
      const first = await raw();
      const second = await raw();
      expect([first.name, second.name]).toEqual(['100/vm-100-disk-0.raw', '100/vm-100-disk-1.raw']);
      await storage.remove(context, first.name);
      expect((await raw()).name).toBe('100/vm-100-disk-0.raw');
      expect(await storage.list(context, { vmid: 100 })).toMatchObject([
        {
          name: '100/vm-100-disk-0.raw',
          content: 'images',
          format: 'raw',
          sizeBytes: 4 * mebibyte,
          vmid: 100,
        },
        { name: '100/vm-100-disk-1.raw' },
      ]);
      expect(await storage.list(context, { vmid: 101 })).toEqual([]);
    });

    test('gives each of many disks made at once its own name', async () => {
      const disks = await Promise.all(Array.from({ length: 8 }, () => raw()));
      expect(new Set(disks.map((d) => d.name)).size).toBe(8);
    });

    test('takes a wanted name once', async () => {
      const wanted = { vmid: 100, format: 'raw', sizeBytes: mebibyte, name: 'vm-100-cloudinit' } as const;
      expect((await storage.createDisk(context, wanted)).name).toBe('100/vm-100-cloudinit.raw');
      expect(await refused(storage.createDisk(context, wanted))).toBe('already-exists');
      const foreign = storage.createDisk(context, { ...wanted, name: 'vm-101-disk-0' });
      expect(await refused(foreign)).toBe('invalid-input');
    });

    test('refuses disks of impossible sizes', async () => {
      for (const sizeBytes of [0, -512, 1.5, 513, Number.NaN])
        expect(await refused(storage.createDisk(context, { vmid: 100, format: 'raw', sizeBytes }))).toBe(
          'invalid-input',
        );
    });

    test('grows a raw disk and never shrinks it', async () => {
      const { name } = await raw();
      await storage.resize(context, name, 8 * mebibyte);
      await storage.resize(context, name, 8 * mebibyte);
      expect((await storage.info(context, name)).sizeBytes).toBe(8 * mebibyte);
      expect(await refused(storage.resize(context, name, 4 * mebibyte))).toBe('invalid-input');
    });

    test('deletes repeatably; what is gone is not found', async () => {
      const { name } = await raw();
      await storage.remove(context, name);
      await storage.remove(context, name);
      expect(await refused(storage.info(context, name))).toBe('not-found');
      expect(await refused(storage.attach(context, name))).toBe('not-found');
    });

    test('attaches disks and files repeatably', async () => {
      const { name } = await raw();
      const attachment = await storage.attach(context, name);
      expect(attachment).toMatchObject({ kind: 'file', format: 'raw' });
      expect(await storage.attach(context, name)).toEqual(attachment);
      await storage.detach(context, name);
      await put('iso', 'a.iso', Buffer.from('x'));
      expect(await storage.attach(context, 'iso/a.iso')).toMatchObject({ kind: 'file', format: 'raw' });
    });

    test('what cannot have snapshots says so', async () => {
      const { capabilities } = under.plugin.declaration;
      if (capabilities.some((row) => row.feature === 'snapshot' && row.formats.includes('raw'))) return;
      const { name } = await raw();
      expect(await refused(storage.snapshot(context, name, 'before'))).toBe('unsupported');
    });

    test('imports each kind, with checksum, invisible until committed', async () => {
      const bytes = Buffer.from('not really an ISO image');
      const { id, name: volume } = await storage.beginImport(context, 'iso', 'debian-13.iso', {});
      const written = await storage.writeImport(context, id, Readable.from([bytes]), {
        checksumAlgorithm: 'sha256',
        exactBytes: bytes.length,
      });
      expect(written).toEqual({
        sizeBytes: bytes.length,
        checksum: createHash('sha256').update(bytes).digest('hex'),
      });
      expect(await storage.list(context, {})).toEqual([]);
      expect(await buffer(await storage.readImport(context, id))).toEqual(bytes);
      const info = await storage.commitImport(context, id, false);
      expect(info).toMatchObject({ name: volume, content: 'iso', format: 'iso', sizeBytes: bytes.length });
      expect(await buffer(await storage.exportStream(context, volume))).toEqual(bytes);

      await put('vztmpl', 'debian.tar.zst', bytes);
      await put('snippets', 'user-data.yaml', bytes);
      await put('import', 'disk.raw', bytes);
      const names = (await storage.list(context, {})).map((v) => `${v.name} ${v.format}`);
      expect(names).toEqual([
        'import/disk.raw raw',
        'iso/debian-13.iso iso',
        'snippets/user-data.yaml snippet',
        'vztmpl/debian.tar.zst tzst',
      ]);
      expect((await storage.list(context, { contents: ['vztmpl'] })).map((v) => v.name)).toEqual([
        'vztmpl/debian.tar.zst',
      ]);
    });

    test('commits repeatably; replaces only when asked', async () => {
      await put('iso', 'a.iso', Buffer.from('old'));
      const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
      await storage.writeImport(context, id, Readable.from([Buffer.from('newer')]), {});
      expect(await refused(storage.commitImport(context, id, false))).toBe('already-exists');
      await storage.commitImport(context, id, true);
      expect((await storage.commitImport(context, id, true)).sizeBytes).toBe(5);
      await storage.discardImport(context, id);
      expect(String(await buffer(await storage.exportStream(context, 'iso/a.iso')))).toBe('newer');
    });

    test('writes an import anew from the beginning', async () => {
      const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
      await storage.writeImport(context, id, Readable.from([Buffer.from('a longer text')]), {});
      await storage.writeImport(context, id, Readable.from([Buffer.from('short')]), {});
      expect((await storage.commitImport(context, id, false)).sizeBytes).toBe(5);
    });

    test('an import of another length than promised leaves nothing', async () => {
      for (const exactBytes of [2, 4]) {
        const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
        const work = storage.writeImport(context, id, Readable.from([Buffer.from('abc')]), { exactBytes });
        expect(await refused(work)).toBe('invalid-input');
        expect(await under.leftovers()).toEqual([]);
        expect(await refused(storage.commitImport(context, id, false))).toBe('not-found');
      }
      expect(await storage.list(context, {})).toEqual([]);
    });

    test('an aborted import leaves nothing', async () => {
      const abort = new AbortController();
      const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
      const endless = new Readable({
        read() {
          setImmediate(() => this.push(Buffer.alloc(1024)));
        },
      });
      setTimeout(() => abort.abort(), 20);
      const work = storage.writeImport(quietContext(abort.signal), id, endless, {});
      expect(await refused(work)).toBe('cancelled');
      expect(endless.destroyed).toBe(true);
      expect(await under.leftovers()).toEqual([]);
    });

    test('a source that breaks leaves nothing', async () => {
      const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
      const broken = Readable.from(
        (async function* () {
          yield Buffer.from('some');
          throw new Error('connection lost');
        })(),
      );
      expect(await refused(storage.writeImport(context, id, broken, {}))).toBe('internal');
      expect(await under.leftovers()).toEqual([]);
    });

    test('refuses at once what cannot fit', async () => {
      const work = storage.beginImport(context, 'iso', 'a.iso', { expectedBytes: under.tooManyBytes });
      expect(await refused(work)).toBe('no-capacity');
    });

    test('discards repeatably, and refuses imports that it did not make', async () => {
      const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
      await storage.discardImport(context, id);
      await storage.discardImport(context, id);
      expect(await refused(storage.commitImport(context, id, false))).toBe('not-found');
      for (const foreign of ['', 'x', 'iso/a.iso#../../etc/passwd#1', '../etc/passwd#x#1'])
        expect(['invalid-input', 'not-found']).toContain(
          await refused(storage.commitImport(context, foreign, true)),
        );
    });

    test('finds an import again by its key', async () => {
      const { id } = await storage.beginImport(context, 'iso', 'a.iso', { key: 'task 1' });
      await storage.writeImport(context, id, Readable.from([Buffer.from('x')]), {});
      expect((await storage.beginImport(context, 'iso', 'a.iso', { key: 'task 1' })).id).toBe(id);
      const other = await storage.beginImport(context, 'iso', 'a.iso', { key: 'task 2' });
      expect(other.id).not.toBe(id);
      await storage.discardImport(context, other.id);
      expect((await storage.commitImport(context, id, false)).sizeBytes).toBe(1);
    });

    test('takes back what it published, and nothing else', async () => {
      const first = await storage.beginImport(context, 'iso', 'a.iso', {});
      await storage.writeImport(context, first.id, Readable.from([Buffer.from('x')]), {});
      await storage.commitImport(context, first.id, false);
      await storage.discardImport(context, first.id);
      expect((await storage.list(context, {})).length).toBe(1);
      await storage.discardImport(context, first.id, { published: true });
      expect(await storage.list(context, {})).toEqual([]);
      await storage.discardImport(context, first.id, { published: true });
    });

    test('sweeping does not touch imports in work', async () => {
      const { id } = await storage.beginImport(context, 'iso', 'a.iso', {});
      expect(await storage.sweep(context, [])).toEqual([]);
      await storage.writeImport(context, id, Readable.from([Buffer.from('x')]), {});
      await storage.commitImport(context, id, false);
    });

    test.each([
      ['iso', '../a.iso'],
      ['iso', '/a.iso'],
      ['iso', 'a/b.iso'],
      ['iso', 'a\\b.iso'],
      ['iso', '.a.iso'],
      ['iso', '-a.iso'],
      ['iso', 'a\n.iso'],
      ['iso', 'a\0.iso'],
      ['iso', 'a,b.iso'],
      ['iso', 'a.txt'],
      ['iso', '.iso'],
      ['iso', ''],
      ['iso', `${'a'.repeat(252)}.iso`],
      ['vztmpl', 'a.zip'],
      ['import', 'a.exe'],
      ['snippets', '..'],
      ['images', 'vm-100-disk-0.raw'],
      ['backup', 'a.vma'],
    ] as const)('refuses to import %s %j', async (content, fileName) => {
      expect(await refused(storage.beginImport(context, content, fileName, {}))).toBe('invalid-input');
    });

    test('no text leads out of the storage', async () => {
      const piece = fc.constantFrom(
        '..',
        '.',
        '/',
        '\\',
        'iso',
        'images',
        '100',
        'vm-100-disk-0',
        '.raw',
        '.iso',
        '\0',
        '%2e',
      );
      const text = fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(piece).map((p) => p.join('')),
      );
      await fc.assert(
        fc.asyncProperty(text, async (name) => {
          expect(['invalid-input', 'not-found']).toContain(await refused(storage.attach(context, name)));
          expect(['invalid-input', 'not-found']).toContain(await refused(storage.info(context, name)));
          expect(['invalid-input', 'nothing was refused']).toContain(
            await refused(storage.remove(context, name)),
          );
        }),
        { numRuns: 300 },
      );
      expect(await under.leftovers()).toEqual([]);
    });

    describeTrees({
      storage: () => storage,
      declaration: () => under.plugin.declaration,
      access: () => under.trees,
      fullCopies,
    });

    if (!qcow2) return;
    describe('qcow2', () => {
      test('makes, grows and copies qcow2 disks', async () => {
        const disk = await storage.createDisk(context, {
          vmid: 100,
          format: 'qcow2',
          sizeBytes: 4 * mebibyte,
        });
        expect(disk).toMatchObject({
          name: '100/vm-100-disk-0.qcow2',
          format: 'qcow2',
          sizeBytes: 4 * mebibyte,
        });
        await storage.resize(context, disk.name, 8 * mebibyte);
        const fractions: number[] = [];
        const source = await storage.attach(context, disk.name);
        const copy = await storage.copyDisk(
          { ...context, progress: (fraction) => fractions.push(fraction) },
          source,
          { vmid: 101, format: 'raw' },
        );
        expect(copy).toMatchObject({ name: '101/vm-101-disk-0.raw', sizeBytes: 8 * mebibyte, vmid: 101 });
        expect(fractions.at(-1)).toBe(1);
      });

      test('a copy that is cancelled leaves nothing', async () => {
        const disk = await raw();
        const work = storage.copyDisk(
          quietContext(AbortSignal.abort()),
          await storage.attach(context, disk.name),
          { vmid: 101, format: 'qcow2' },
        );
        expect(await refused(work)).toBe('cancelled');
        expect((await storage.list(context, {})).length).toBe(1);
      });

      test('takes, rolls back and removes snapshots', async () => {
        const { name } = await storage.createDisk(context, {
          vmid: 100,
          format: 'qcow2',
          sizeBytes: mebibyte,
        });
        await storage.snapshot(context, name, 'before');
        expect(await refused(storage.snapshot(context, name, 'before'))).toBe('already-exists');
        expect(await storage.listSnapshots(context, name)).toEqual(['before']);
        await storage.rollback(context, name, 'before');
        expect(await refused(storage.rollback(context, name, 'never'))).toBe('not-found');
        expect(await refused(storage.snapshot(context, name, '-l'))).toBe('invalid-input');
        await storage.removeSnapshot(context, name, 'before');
        await storage.removeSnapshot(context, name, 'before');
        expect(await storage.listSnapshots(context, name)).toEqual([]);
      });
    });
  });
}
