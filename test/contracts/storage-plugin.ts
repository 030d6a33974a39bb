// The contract suite of storage plugins: run on every implementation, the fake included.
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import { availableFormats } from '../../storage-plugins/available-formats.ts';
import {
  contractVersion,
  type PluginDeclaration,
  type Storage,
  type StoragePlugin,
} from '../../storage-plugins/plugin.ts';
import { refused } from './refused.ts';
import { describeAnnotations } from './storage-annotations.ts';
import { describeBackups } from './storage-backups.ts';
import { type DiskContents, describeDisks } from './storage-disks.ts';
import { describeImports, putFile } from './storage-imports.ts';
import { describeQcow2 } from './storage-qcow2.ts';
import { holdsFiles, makesDisks, stemOf, testWhere } from './storage-traits.ts';
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
  /** Of which disks there are bytes; absent: of all. */
  readonly contents?: DiskContents;
  /** How a test writes into trees; absent: their contents are not looked at. */
  readonly trees?: TreeAccess;
}

const context = quietContext();
const mebibyte = 1024 ** 2;
const pieceOfName = fc.constantFrom(
  '..',
  '.',
  '/',
  '\\',
  'iso',
  'images',
  'backup',
  'dump',
  '.vma.zst',
  '100',
  'vm-100-disk-0',
  '.raw',
  '.iso',
  '\0',
  '%2e',
);
/** Names that try to lead elsewhere. Made once, beforehand: their letters are all of Unicode, which takes a while. */
const hostileName = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.array(pieceOfName).map((p) => p.join('')),
);

/**
 * Asks of the plugin what it declares. `qcow2` false leaves out what it needs programs for, `fullCopies` false what needs root or
 * programs that copy; those parts belong into its host tests.
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

    /** As it holds for a storage with these options. */
    const declaration = (): PluginDeclaration => {
      const of = under.plugin.declaration;
      const imageFormats = availableFormats(of, of.imageFormats, under.options);
      return { ...of, imageFormats, rootFormats: availableFormats(of, of.rootFormats, under.options) };
    };
    const testFiles = testWhere(() => holdsFiles(declaration()));
    const testRaw = testWhere(() => declaration().imageFormats.includes('raw'));
    const raw = async (vmid = 100) =>
      await storage.createDisk(context, { vmid, format: 'raw', sizeBytes: 4 * mebibyte });

    test('declares itself', () => {
      const {
        contractVersion: version,
        options,
        capabilities,
        contents,
        place = [],
        ...rest
      } = declaration();
      expect(version).toBe(contractVersion);
      const names = options.map((option) => option.name);
      expect(new Set(names).size).toBe(names.length);
      expect(names).toEqual(expect.arrayContaining(['content', 'nodes', 'disable', ...place]));
      expect(contents.length).toBeGreaterThan(0);
      for (const { formats, states } of capabilities)
        expect(formats.length * states.length).toBeGreaterThan(0);
      // It goes to another process, and to the UI, as it is.
      expect(structuredClone(rest)).toEqual(rest);
    });

    test('can be checked and activated again and again', async () => {
      await storage.activate(context);
      await storage.check(context);
      await storage.deactivate(context);
      await storage.deactivate(context);
      await storage.activate(context);
      await Promise.all([storage.activate(context), storage.activate(context)]);
      await storage.check(context);
    });

    test('tells its usage', async () => {
      const usage = await storage.usage(context);
      if (makesDisks(declaration())) expect(usage.totalBytes).toBeGreaterThan(0);
      expect(usage.usedBytes + usage.availableBytes).toBeLessThanOrEqual(usage.totalBytes);
    });

    testRaw('names new disks by the next free number, and lists them', async () => {
      const first = await raw();
      const second = await raw();
      expect([first, second].map(({ name }) => stemOf(name))).toEqual(['vm-100-disk-0', 'vm-100-disk-1']);
      await storage.remove(context, first.name);
      expect((await raw()).name).toBe(first.name);
      expect(await storage.list(context, { vmid: 100 })).toMatchObject([
        { name: first.name, content: 'images', format: 'raw', sizeBytes: 4 * mebibyte, vmid: 100 },
        { name: second.name },
      ]);
      expect(await storage.list(context, { vmid: 101 })).toEqual([]);
    });

    testRaw('gives each of many disks made at once its own name', async () => {
      const disks = await Promise.all(Array.from({ length: 8 }, () => raw()));
      expect(new Set(disks.map((d) => d.name)).size).toBe(8);
    });

    testRaw('takes a wanted name once', async () => {
      const wanted = { vmid: 100, format: 'raw', sizeBytes: 4 * mebibyte, name: 'vm-100-cloudinit' } as const;
      expect(stemOf((await storage.createDisk(context, wanted)).name)).toBe('vm-100-cloudinit');
      expect(await refused(storage.createDisk(context, wanted))).toBe('already-exists');
      const foreign = storage.createDisk(context, { ...wanted, name: 'vm-101-disk-0' });
      expect(await refused(foreign)).toBe('invalid-input');
    });

    testRaw('refuses disks of impossible sizes', async () => {
      for (const sizeBytes of [0, -512, 1.5, 513, Number.NaN, 2 ** 63])
        expect(await refused(storage.createDisk(context, { vmid: 100, format: 'raw', sizeBytes }))).toBe(
          'invalid-input',
        );
    });

    testRaw('deletes repeatably; what is gone is not found', async () => {
      const { name } = await raw();
      await storage.remove(context, name);
      await storage.remove(context, name);
      expect(await refused(storage.info(context, name))).toBe('not-found');
      expect(await refused(storage.attach(context, name))).toBe('not-found');
    });

    testFiles('attaches files, byte for byte', async () => {
      await putFile(storage, 'iso', 'a.iso', Buffer.from('x'));
      expect(await storage.attach(context, 'iso/a.iso')).toMatchObject({ kind: 'file', format: 'raw' });
    });

    testWhere(() => !holdsFiles(declaration()))('takes no files', async () => {
      for (const [content, file] of [
        ['iso', 'a.iso'],
        ['vztmpl', 'a.tar.zst'],
        ['import', 'a.qcow2'],
        ['snippets', 'a.yaml'],
        ['backup', 'vzdump-qemu-100-2026_06_01-02_30_00.vma.zst'],
      ] as const)
        expect(await refused(storage.beginImport(context, content, file, {}))).toBe('unsupported');
    });

    test('no text leads out of the storage', async () => {
      await fc.assert(
        fc.asyncProperty(hostileName, async (name) => {
          expect(['invalid-input', 'not-found']).toContain(await refused(storage.attach(context, name)));
          expect(['invalid-input', 'not-found']).toContain(await refused(storage.info(context, name)));
          const removed = [
            'invalid-input',
            makesDisks(declaration()) ? 'nothing was refused' : 'unsupported',
          ];
          expect(removed).toContain(await refused(storage.remove(context, name)));
        }),
        { numRuns: 300 },
      );
      expect(await under.leftovers()).toEqual([]);
    });

    const running = { storage: () => storage, declaration };
    describeDisks({ ...running, qcow2, copies: fullCopies, contents: () => under.contents ?? 'all' });

    describeTrees({
      ...running,
      access: () => under.trees,
      fullCopies,
    });

    describeAnnotations({ ...running, qcow2 });

    describeBackups({ ...running, leftovers: () => under.leftovers() });

    describeImports({
      ...running,
      leftovers: () => under.leftovers(),
      tooManyBytes: () => under.tooManyBytes,
    });
    if (qcow2) describeQcow2(running);
  });
}
