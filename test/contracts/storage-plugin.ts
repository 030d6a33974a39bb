// The contract suite of storage plugins: run on every implementation, the fake included.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import { contractVersion, type Storage, type StoragePlugin } from '../../storage-plugins/plugin.ts';
import { refused } from './refused.ts';
import { describeImports, putFile } from './storage-imports.ts';
import { describeQcow2 } from './storage-qcow2.ts';
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
      await putFile(storage, 'iso', 'a.iso', Buffer.from('x'));
      expect(await storage.attach(context, 'iso/a.iso')).toMatchObject({ kind: 'file', format: 'raw' });
    });

    test('what cannot have snapshots says so', async () => {
      const { capabilities } = under.plugin.declaration;
      if (capabilities.some((row) => row.feature === 'snapshot' && row.formats.includes('raw'))) return;
      const { name } = await raw();
      expect(await refused(storage.snapshot(context, name, 'before'))).toBe('unsupported');
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

    describeImports({
      storage: () => storage,
      leftovers: () => under.leftovers(),
      tooManyBytes: () => under.tooManyBytes,
    });
    if (qcow2) describeQcow2(() => storage);
  });
}
