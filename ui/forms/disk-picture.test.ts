// Disks as bars, mirrors as sums.
import { expect, test } from 'vitest';
import { diskParts, mirrorOf } from './disk-picture.ts';
import { disk, GB } from './install-fixture.ts';

const content = (device: string, size: number, description = 'Linux') => ({
  ...{ device: `/dev/${device}`, sizeBytes: size * GB, type: 'ext4', label: '', description },
});

test('partitions with what is left, alignment left out', () => {
  const parts = diskParts(disk('sda', { contents: [content('sda1', 100), content('sda2', 300, 'Windows')] }));
  expect(parts.map(({ name, what, share }) => [name, what, share])).toEqual([
    ['sda1', 'Linux', 0.2],
    ['sda2', 'Windows', 0.6],
    ['', '', 0.2],
  ]);
  expect(diskParts(disk('sda', { contents: [content('sda1', 499)] }))).toHaveLength(1);
});

test('a signature of the whole disk covers it; beside partitions it is not counted', () => {
  expect(diskParts(disk('sda', { contents: [content('sda', 500, 'ZFS')] }))).toMatchObject([{ share: 1 }]);
  const both = [content('sda', 500, 'GPT'), content('sda1', 500)];
  expect(diskParts(disk('sda', { contents: both })).map((part) => part.name)).toEqual(['sda1']);
});

test('an empty disk is one unused part; one without a size has none', () => {
  expect(diskParts(disk('sda'))).toMatchObject([{ name: '', what: '', share: 1 }]);
  expect(diskParts(disk('sda', { sizeBytes: 0 }))).toEqual([]);
});

test('a mirror is as large as the smaller disk', () => {
  expect(mirrorOf([disk('sda'), disk('sdb', { sizeBytes: 800 * GB })])).toEqual({
    usableBytes: 500 * GB,
    unusedBytes: 300 * GB,
    larger: 'sdb',
  });
  expect(mirrorOf([disk('sda'), disk('sdb')]).unusedBytes).toBe(0);
});
