// The part of the storage contract about containers' volumes, clones, bases and new owners; by the plugin's capabilities.
import { beforeEach, describe, expect } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import type { Attachment, Feature, Storage, VolumeFormat } from '../../storage-plugins/plugin.ts';
import { refused } from './refused.ts';
import {
  declares,
  holdsFiles,
  holdsTrees,
  makesDisks,
  type RunningStorage,
  stemOf,
  testWhere,
} from './storage-traits.ts';

/** How a test plays the guest: writes into an attached tree, and reads what all its layers show together. */
export interface TreeAccess {
  write(attachment: Attachment, file: string, text: string): Promise<void>;
  /** Undefined when there is no such file. */
  read(attachment: Attachment, file: string): Promise<string | undefined>;
  remove(attachment: Attachment, file: string): Promise<void>;
}

const context = quietContext();
const mebibyte = 1024 ** 2;

export interface TreeSuiteOptions extends RunningStorage {
  /** Absent: contents are not looked at. */
  readonly access: () => TreeAccess | undefined;
  /** May programs that need root be run: full copies of trees? */
  readonly fullCopies: boolean;
}

export function describeTrees({ storage: get, declaration, access, fullCopies }: TreeSuiteOptions): void {
  let storage: Storage;
  beforeEach(() => {
    storage = get();
  });
  const can = (feature: Feature, format: VolumeFormat, state: 'current' | 'snapshot' | 'base') =>
    declares(declaration(), feature, format, state);
  const test = testWhere(() => holdsTrees(declaration()));
  const tree = async (vmid = 100, name?: string) =>
    await storage.createDisk(context, { vmid, format: 'subvol', sizeBytes: 64 * mebibyte, name });
  const write = async (name: string, file: string, text: string) =>
    await access()?.write(await storage.attach(context, name), file, text);
  /** What the file holds; what was expected where contents are not looked at. */
  const expectText = async (name: string, file: string, text: string | undefined, snapshot?: string) => {
    const attachment = await storage.attach(context, name, snapshot);
    const found = access();
    if (found) expect(await found.read(attachment, file)).toBe(text);
  };
  const names = async (vmid: number) => (await storage.list(context, { vmid })).map((v) => v.name);

  describe('trees', () => {
    test('are declared with their kind of content', async () => {
      expect(declaration().contents).toContain('rootdir');
    });

    test('are made, listed by their kind, attached again and again, and removed', async () => {
      const made = await tree();
      expect(made).toMatchObject({
        name: '100/subvol-100-disk-0.subvol',
        content: 'rootdir',
        format: 'subvol',
        sizeBytes: 64 * mebibyte,
        vmid: 100,
        parent: undefined,
      });
      expect((await tree()).name).toBe('100/subvol-100-disk-1.subvol');
      expect((await storage.list(context, { contents: ['rootdir'] })).map((v) => v.name)).toEqual([
        '100/subvol-100-disk-0.subvol',
        '100/subvol-100-disk-1.subvol',
      ]);
      expect(await storage.list(context, { contents: ['images'] })).toEqual([]);
      const attachment = await storage.attach(context, made.name);
      expect(['overlay', 'directory']).toContain(attachment.kind);
      expect(await storage.attach(context, made.name)).toEqual(attachment);
      await storage.detach(context, made.name);
      await storage.remove(context, made.name);
      await storage.remove(context, made.name);
      expect(await refused(storage.info(context, made.name))).toBe('not-found');
      expect(await refused(storage.attach(context, made.name))).toBe('not-found');
      expect(await names(100)).toEqual(['100/subvol-100-disk-1.subvol']);
    });

    test('share the numbers of names with images', async () => {
      await storage.createDisk(context, { vmid: 100, format: 'raw', sizeBytes: mebibyte });
      expect((await tree()).name).toBe('100/subvol-100-disk-1.subvol');
    });

    test('take a wanted name once, and one of their own guest only', async () => {
      expect((await tree(100, 'vm-100-data')).name).toBe('100/vm-100-data.subvol');
      expect(await refused(tree(100, 'vm-100-data'))).toBe('already-exists');
      expect(await refused(tree(100, 'subvol-101-disk-0'))).toBe('invalid-input');
      expect(await refused(tree(100, '../vm-100-x'))).toBe('invalid-input');
      const sized = (sizeBytes: number) =>
        storage.createDisk(context, { vmid: 100, format: 'subvol', sizeBytes });
      for (const bad of [-1, 1.5, Number.NaN]) expect(await refused(sized(bad))).toBe('invalid-input');
      expect((await sized(0)).sizeBytes).toBe(0);
    });

    test('get each its own name when many are made at once', async () => {
      const made = await Promise.all(Array.from({ length: 6 }, () => tree()));
      expect(new Set(made.map((v) => v.name)).size).toBe(6);
    });

    test("guest 0's are listed only when asked for", async () => {
      const made = await tree(0, 'subvol-0-tmpl-abc');
      expect(made.name).toBe('0/subvol-0-tmpl-abc.subvol');
      const base = await storage.makeBase(context, made.name);
      expect(base.name).toBe('0/base-0-tmpl-abc.subvol');
      expect(await storage.list(context, {})).toEqual([]);
      expect(await storage.list(context, { contents: ['rootdir'] })).toEqual([]);
      expect(await names(0)).toEqual(['0/base-0-tmpl-abc.subvol']);
      await storage.remove(context, base.name);
      expect(await names(0)).toEqual([]);
    });

    test('their limit changes both ways', async () => {
      const { name } = await tree();
      for (const sizeBytes of [128 * mebibyte, 96 * mebibyte]) {
        await storage.resize(context, name, sizeBytes);
        await storage.resize(context, name, sizeBytes);
        expect((await storage.info(context, name)).sizeBytes).toBe(sizeBytes);
      }
      expect(await refused(storage.resize(context, name, -1))).toBe('invalid-input');
      expect(typeof (await storage.limitsTrees(context))).toBe('boolean');
    });

    test('cannot be read as a file', async () => {
      const { name } = await tree();
      expect(await refused(storage.exportStream(context, name))).toBe('unsupported');
    });

    test('have snapshots that hold what was there', async () => {
      if (!can('snapshot', 'subvol', 'current')) return;
      const { name } = await tree();
      await write(name, 'a', 'first');
      await storage.snapshot(context, name, 'one');
      expect(await refused(storage.snapshot(context, name, 'one'))).toBe('already-exists');
      expect(await refused(storage.snapshot(context, name, '-x'))).toBe('invalid-input');
      await write(name, 'a', 'second');
      await write(name, 'b', 'new');
      await storage.snapshot(context, name, 'two');
      expect(await storage.listSnapshots(context, name)).toEqual(['one', 'two']);
      await expectText(name, 'a', 'first', 'one');
      await expectText(name, 'b', undefined, 'one');
      await expectText(name, 'a', 'second', 'two');
      expect(await refused(storage.attach(context, name, 'never'))).toBe('not-found');
      await storage.rollback(context, name, 'one');
      await expectText(name, 'a', 'first');
      await expectText(name, 'b', undefined);
      // The later snapshot is still there, and can still be gone to.
      await storage.rollback(context, name, 'two');
      await expectText(name, 'b', 'new');
      expect(await refused(storage.rollback(context, name, 'never'))).toBe('not-found');
      await storage.removeSnapshot(context, name, 'one');
      await storage.removeSnapshot(context, name, 'one');
      expect(await storage.listSnapshots(context, name)).toEqual(['two']);
      await expectText(name, 'a', 'second');
      await storage.removeSnapshot(context, name, 'two');
      await expectText(name, 'a', 'second');
    });

    test('a file deleted after a snapshot is back after the rollback, and only then', async () => {
      if (!can('snapshot', 'subvol', 'current') || !fullCopies) return;
      const { name } = await tree();
      await write(name, 'a', 'first');
      await storage.snapshot(context, name, 'one');
      await access()?.remove(await storage.attach(context, name), 'a');
      await expectText(name, 'a', undefined);
      await storage.snapshot(context, name, 'two');
      await storage.removeSnapshot(context, name, 'one');
      await expectText(name, 'a', undefined);
      await expectText(name, 'a', undefined, 'two');
    });

    test('become bases: renamed once, unchanging, with clones of their own', async () => {
      if (!can('template', 'subvol', 'current')) return;
      const { name } = await tree();
      await write(name, 'a', 'of the base');
      const base = await storage.makeBase(context, name);
      expect(base).toMatchObject({ name: '100/base-100-disk-0.subvol', content: 'rootdir', vmid: 100 });
      expect((await storage.makeBase(context, name)).name).toBe(base.name);
      expect((await storage.makeBase(context, base.name)).name).toBe(base.name);
      expect(await refused(storage.info(context, name))).toBe('not-found');
      expect(await refused(storage.makeBase(context, '100/subvol-100-disk-7.subvol'))).toBe('not-found');
      const clone = await storage.clone(context, base.name, { vmid: 101, mode: 'linked' });
      expect(clone).toMatchObject({
        name: '101/subvol-101-disk-0.subvol',
        sizeBytes: 64 * mebibyte,
        vmid: 101,
      });
      await write(clone.name, 'a', 'of the clone');
      await expectText(base.name, 'a', 'of the base');
      await expectText(clone.name, 'a', 'of the clone');
      const again = { vmid: 101, mode: 'linked', name: 'subvol-101-disk-0' } as const;
      expect(await refused(storage.clone(context, base.name, again))).toBe('already-exists');
      if (clone.parent !== undefined) {
        expect(clone.parent).toBe(base.name);
        expect(await refused(storage.remove(context, base.name))).toBe('busy');
        expect(await refused(storage.reassign(context, base.name, 105))).toBe('busy');
      }
      await storage.remove(context, clone.name);
      await storage.remove(context, base.name);
      expect(await storage.list(context, {})).toEqual([]);
    });

    test('many clones of a base at once', async () => {
      if (!can('linked-clone', 'subvol', 'base')) return;
      const base = await storage.makeBase(context, (await tree()).name);
      const clones = await Promise.all(
        Array.from({ length: 6 }, () => storage.clone(context, base.name, { vmid: 101, mode: 'linked' })),
      );
      expect(new Set(clones.map((clone) => clone.name)).size).toBe(6);
    });

    test('linked clones are refused of what still changes, and made of snapshots', async () => {
      if (!can('linked-clone', 'subvol', 'snapshot')) return;
      const { name } = await tree();
      expect(await refused(storage.clone(context, name, { vmid: 101, mode: 'linked' }))).toBe('wrong-state');
      await write(name, 'a', 'then');
      await storage.snapshot(context, name, 'one');
      await write(name, 'a', 'now');
      const of = (snapshot: string) =>
        storage.clone(context, name, { vmid: 101, mode: 'linked', snapshot, name: 'subvol-101-disk-3' });
      expect(await refused(of('never'))).toBe('not-found');
      const clone = await of('one');
      expect(clone.name).toBe('101/subvol-101-disk-3.subvol');
      await expectText(clone.name, 'a', 'then');
      // What the clone needs outlives the snapshot.
      await storage.removeSnapshot(context, name, 'one');
      await storage.sweep(context, []);
      await expectText(clone.name, 'a', 'then');
      await storage.remove(context, clone.name);
      await expectText(name, 'a', 'now');
      await storage.remove(context, name);
    });

    test('full clones depend on nothing', async () => {
      if (!can('clone', 'subvol', 'current') || !fullCopies) return;
      const { name } = await tree();
      await write(name, 'a', 'first');
      await storage.snapshot(context, name, 'one');
      await write(name, 'b', 'second');
      const now = await storage.clone(context, name, { vmid: 101, mode: 'full' });
      const then = await storage.clone(context, name, { vmid: 102, mode: 'full', snapshot: 'one' });
      expect([now.parent, then.parent, now.sizeBytes]).toEqual([undefined, undefined, 64 * mebibyte]);
      await storage.remove(context, name);
      await expectText(now.name, 'a', 'first');
      await expectText(now.name, 'b', 'second');
      await expectText(then.name, 'a', 'first');
      await expectText(then.name, 'b', undefined);
    });

    test('are copied in from an attachment of any storage', async () => {
      if (!fullCopies) return;
      const { name } = await tree();
      await write(name, 'a', 'first');
      const source = await storage.attach(context, name);
      const copy = await storage.copyDisk(context, source, { vmid: 101, format: 'subvol' });
      expect(copy.name).toBe('101/subvol-101-disk-0.subvol');
      await storage.remove(context, name);
      await expectText(copy.name, 'a', 'first');
    });

    test('change their owner', async () => {
      const { name } = await tree();
      await tree(101);
      await write(name, 'a', 'kept');
      const moved = await storage.reassign(context, name, 101);
      expect(moved).toMatchObject({ name: '101/subvol-101-disk-1.subvol', vmid: 101 });
      expect(await names(100)).toEqual([]);
      await expectText(moved.name, 'a', 'kept');
      const named = await storage.reassign(context, moved.name, 102, 'subvol-102-home');
      expect(named.name).toBe('102/subvol-102-home.subvol');
      expect(await refused(storage.reassign(context, named.name, 101, 'subvol-102-x'))).toBe('invalid-input');
      expect(await refused(storage.reassign(context, named.name, 101, 'subvol-101-disk-0'))).toBe(
        'already-exists',
      );
      expect(await refused(storage.reassign(context, name, 103))).toBe('not-found');
      await expectText(named.name, 'a', 'kept');
    });
  });

  describe('images of containers and VMs', () => {
    testWhere(() => makesDisks(declaration()) && declaration().rootFormats.includes('raw'))(
      'have one order of numbers',
      async () => {
        const make = (name?: string) =>
          storage.createDisk(context, { vmid: 100, format: 'raw', sizeBytes: 4 * mebibyte, name });
        expect(stemOf((await make()).name)).toBe('vm-100-disk-0');
        expect(stemOf((await make('vm-100-disk-2')).name)).toBe('vm-100-disk-2');
        expect(stemOf((await make()).name)).toBe('vm-100-disk-1');
      },
    );

    testWhere(() => holdsFiles(declaration()))('files of other kinds are no disks', async () => {
      for (const name of ['iso/a.iso', 'import/a.raw']) {
        expect(await refused(storage.clone(context, name, { vmid: 101, mode: 'full' }))).toBe('unsupported');
        expect(await refused(storage.makeBase(context, name))).toBe('unsupported');
        expect(await refused(storage.reassign(context, name, 101))).toBe('unsupported');
      }
    });
  });
}
