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
  });
}
