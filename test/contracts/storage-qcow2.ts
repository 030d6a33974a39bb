// The storage contract's part about qcow2 disks: made, grown, copied, with snapshots inside.
import { describe, expect, test } from 'vitest';
import { quietContext } from '../../server/core/work-context.ts';
import type { Storage } from '../../storage-plugins/plugin.ts';
import { refused } from './refused.ts';

const context = quietContext();
const mebibyte = 1024 ** 2;

/** Within a `describe` that makes the storage (`storage()`) before each test. */
export function describeQcow2(storage: () => Storage): void {
  describe('qcow2', () => {
    test('makes, grows and copies qcow2 disks', async () => {
      const disk = await storage().createDisk(context, {
        vmid: 100,
        format: 'qcow2',
        sizeBytes: 4 * mebibyte,
      });
      expect(disk).toMatchObject({
        name: '100/vm-100-disk-0.qcow2',
        format: 'qcow2',
        sizeBytes: 4 * mebibyte,
      });
      await storage().resize(context, disk.name, 8 * mebibyte);
      const fractions: number[] = [];
      const source = await storage().attach(context, disk.name);
      const copy = await storage().copyDisk(
        { ...context, progress: (fraction) => fractions.push(fraction) },
        source,
        { vmid: 101, format: 'raw' },
      );
      expect(copy).toMatchObject({ name: '101/vm-101-disk-0.raw', sizeBytes: 8 * mebibyte, vmid: 101 });
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

    test('takes, rolls back and removes snapshots', async () => {
      const { name } = await storage().createDisk(context, {
        vmid: 100,
        format: 'qcow2',
        sizeBytes: mebibyte,
      });
      await storage().snapshot(context, name, 'before');
      expect(await refused(storage().snapshot(context, name, 'before'))).toBe('already-exists');
      expect(await storage().listSnapshots(context, name)).toEqual(['before']);
      await storage().rollback(context, name, 'before');
      expect(await refused(storage().rollback(context, name, 'never'))).toBe('not-found');
      expect(await refused(storage().snapshot(context, name, '-l'))).toBe('invalid-input');
      await storage().removeSnapshot(context, name, 'before');
      await storage().removeSnapshot(context, name, 'before');
      expect(await storage().listSnapshots(context, name)).toEqual([]);
    });

    const base = async (format: 'qcow2' | 'raw') => {
      const { name } = await storage().createDisk(context, { vmid: 100, format, sizeBytes: mebibyte });
      return (await storage().makeBase(context, name)).name;
    };
    const linked = async (name: string, vmid = 101) =>
      await storage().clone(context, name, { vmid, mode: 'linked', format: 'qcow2' });

    test.each(['qcow2', 'raw'] as const)(
      'a base of format %s stays while it has linked clones',
      async (format) => {
        const name = await base(format);
        const clone = await linked(name);
        expect(clone).toMatchObject({ name: '101/vm-101-disk-0.qcow2', sizeBytes: mebibyte, parent: name });
        expect((await storage().list(context, { vmid: 101 }))[0]).toMatchObject({ parent: name });
        expect(await refused(storage().remove(context, name))).toBe('busy');
        expect(await refused(storage().reassign(context, name, 103))).toBe('busy');
        const moved = await storage().reassign(context, clone.name, 102);
        expect(moved).toMatchObject({ parent: name, vmid: 102 });
        await storage().resize(context, moved.name, 2 * mebibyte);
        const full = await storage().clone(context, moved.name, { vmid: 103, mode: 'full' });
        expect(full).toMatchObject({ parent: undefined, sizeBytes: 2 * mebibyte });
        const source = await storage().attach(context, moved.name);
        const copy = await storage().copyDisk(context, source, { vmid: 103, format: 'raw' });
        expect(copy).toMatchObject({ parent: undefined, sizeBytes: 2 * mebibyte });
        await storage().remove(context, moved.name);
        await storage().remove(context, name);
        expect((await storage().list(context, {})).map((volume) => volume.vmid)).toEqual([103, 103]);
      },
    );

    test('a linked clone is a base in its turn', async () => {
      const first = await base('qcow2');
      const middle = (await storage().makeBase(context, (await linked(first)).name)).name;
      expect(await linked(middle, 102)).toMatchObject({ parent: middle });
      expect(await refused(storage().remove(context, first))).toBe('busy');
      expect(await refused(storage().remove(context, middle))).toBe('busy');
    });

    test('a snapshot inside is cloned and copied in full, and has no linked clones', async () => {
      const size = { vmid: 100, format: 'qcow2', sizeBytes: mebibyte } as const;
      const { name } = await storage().createDisk(context, size);
      await storage().snapshot(context, name, 'before');
      const clone = { vmid: 101, mode: 'full', snapshot: 'before' } as const;
      const made = await storage().clone(context, name, clone);
      expect(made.sizeBytes).toBe(mebibyte);
      expect(await storage().listSnapshots(context, made.name)).toEqual([]);
      expect(await refused(storage().clone(context, name, { ...clone, snapshot: 'never' }))).toBe(
        'not-found',
      );
      expect(await refused(storage().clone(context, name, { ...clone, mode: 'linked' }))).toBe('unsupported');
      const source = await storage().attach(context, name, 'before');
      expect((await storage().copyDisk(context, source, { vmid: 101, format: 'raw' })).sizeBytes).toBe(
        mebibyte,
      );
      expect(await refused(storage().attach(context, name, 'never'))).toBe('not-found');
    });
  });
}
