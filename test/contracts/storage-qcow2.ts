// The storage contract's part about what only qcow2 disks have: copies in another format, linked clones over raw, clones of snapshots.
import { describe, expect } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import { refused } from './refused.ts';
import { declares, type RunningStorage, stemOf, testWhere } from './storage-traits.ts';

const context = quietContext();
const mebibyte = 1024 ** 2;
/** Whole extents of any volume group. */
const size = 4 * mebibyte;

export function describeQcow2({ storage, declaration }: RunningStorage): void {
  const isMade = () => declaration().imageFormats.includes('qcow2');
  const can = (feature: 'linked-clone' | 'clone', state: 'base' | 'snapshot') =>
    isMade() && declares(declaration(), feature, 'qcow2', state);
  const test = testWhere(isMade);
  const testLinked = testWhere(() => can('linked-clone', 'base'));
  describe('qcow2', () => {
    test('makes, grows and copies qcow2 disks', async () => {
      const disk = await storage().createDisk(context, {
        vmid: 100,
        format: 'qcow2',
        sizeBytes: 4 * mebibyte,
      });
      expect(disk).toMatchObject({ format: 'qcow2', sizeBytes: 4 * mebibyte });
      await storage().resize(context, disk.name, 8 * mebibyte);
      const fractions: number[] = [];
      const source = await storage().attach(context, disk.name);
      const copy = await storage().copyDisk(
        { ...context, progress: (fraction) => fractions.push(fraction) },
        source,
        { vmid: 101, format: 'raw' },
      );
      expect(copy).toMatchObject({ format: 'raw', sizeBytes: 8 * mebibyte, vmid: 101 });
      expect(stemOf(copy.name)).toBe('vm-101-disk-0');
      expect(fractions.at(-1)).toBe(1);
    });

    test('a copy that is cancelled leaves nothing', async () => {
      const disk = await storage().createDisk(context, { vmid: 100, format: 'raw', sizeBytes: 4 * mebibyte });
      const work = storage().copyDisk(
        quietContext(AbortSignal.abort()),
        await storage().attach(context, disk.name),
        { vmid: 101, format: 'qcow2' },
      );
      expect(await refused(work)).toBe('cancelled');
      expect((await storage().list(context, {})).length).toBe(1);
    });

    const base = async (format: 'qcow2' | 'raw') => {
      const { name } = await storage().createDisk(context, { vmid: 100, format, sizeBytes: size });
      return (await storage().makeBase(context, name)).name;
    };
    const linked = async (name: string, vmid = 101) =>
      await storage().clone(context, name, { vmid, mode: 'linked', format: 'qcow2' });

    for (const format of ['qcow2', 'raw'] as const)
      testLinked(`a base of format ${format} stays while it has linked clones`, async () => {
        if (!declares(declaration(), 'template', format)) return;
        const name = await base(format);
        const clone = await linked(name);
        expect(clone).toMatchObject({ format: 'qcow2', sizeBytes: size, parent: name });
        expect(stemOf(clone.name)).toBe('vm-101-disk-0');
        expect((await storage().list(context, { vmid: 101 }))[0]).toMatchObject({ parent: name });
        expect(await refused(storage().remove(context, name))).toBe('busy');
        expect(await refused(storage().reassign(context, name, 103))).toBe('busy');
        const moved = await storage().reassign(context, clone.name, 102);
        expect(moved).toMatchObject({ parent: name, vmid: 102 });
        await storage().resize(context, moved.name, 2 * size);
        const full = await storage().clone(context, moved.name, { vmid: 103, mode: 'full' });
        expect(full).toMatchObject({ parent: undefined, sizeBytes: 2 * size });
        const source = await storage().attach(context, moved.name);
        const copy = await storage().copyDisk(context, source, { vmid: 103, format: 'raw' });
        expect(copy).toMatchObject({ parent: undefined, sizeBytes: 2 * size });
        await storage().remove(context, moved.name);
        await storage().remove(context, name);
        expect((await storage().list(context, {})).map((volume) => volume.vmid)).toEqual([103, 103]);
      });

    testLinked('a linked clone is a base in its turn', async () => {
      const first = await base('qcow2');
      const middle = (await storage().makeBase(context, (await linked(first)).name)).name;
      expect(await linked(middle, 102)).toMatchObject({ parent: middle });
      expect(await refused(storage().remove(context, first))).toBe('busy');
      expect(await refused(storage().remove(context, middle))).toBe('busy');
    });

    testWhere(() => can('clone', 'snapshot'))(
      'a snapshot inside is cloned and copied in full, and has no linked clones',
      async () => {
        const disk = { vmid: 100, format: 'qcow2', sizeBytes: size } as const;
        const { name } = await storage().createDisk(context, disk);
        await storage().snapshot(context, name, 'before');
        const clone = { vmid: 101, mode: 'full', snapshot: 'before' } as const;
        const made = await storage().clone(context, name, clone);
        expect(made.sizeBytes).toBe(size);
        expect(await storage().listSnapshots(context, made.name)).toEqual([]);
        expect(await refused(storage().clone(context, name, { ...clone, snapshot: 'never' }))).toBe(
          'not-found',
        );
        if (!can('linked-clone', 'snapshot'))
          expect(await refused(storage().clone(context, name, { ...clone, mode: 'linked' }))).toBe(
            'unsupported',
          );
        const source = await storage().attach(context, name, 'before');
        expect((await storage().copyDisk(context, source, { vmid: 101, format: 'raw' })).sizeBytes).toBe(
          size,
        );
        expect(await refused(storage().attach(context, name, 'never'))).toBe('not-found');
      },
    );
  });
}
