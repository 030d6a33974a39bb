// Tests of what is read about block devices: who uses them, how large they must be, their numbers.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deviceNumber, kernelUses, openedBy, readMapperName } from './device-use.ts';
import { type DeviceTree, gptStart, makeDeviceTree, physicalVolumeStart } from './devices-fixture.ts';
import { readRecordedSize } from './recorded-size.ts';
import { openSysfs } from './sysfs.ts';

let tree: DeviceTree;
beforeEach(async () => {
  tree = await makeDeviceTree();
  await tree.device('sdb', { number: '8:16', sizeBytes: 1024 ** 3, links: ['scsi-3600a'] });
});
afterEach(() => tree.cleanUp());

const uses = () => kernelUses(openSysfs(tree.root), 'sdb');

test('a device that nobody uses', async () => {
  expect(await uses()).toEqual([]);
});

test('a mounted file system, also of a partition', async () => {
  await tree.write('sys/class/block/sdb/sdb1/partition', '1\n');
  await tree.write('sys/class/block/sdb1/dev', '8:17\n');
  await tree.write(
    'proc/self/mountinfo',
    [
      '24 30 0:22 / /proc rw,nosuid - proc proc rw',
      '36 30 8:17 / /mnt/old\\040disk rw,relatime shared:1 - ext4 /dev/sdb1 rw',
      '37 30 8:170 / /other rw - ext4 /dev/sdk rw',
    ].join('\n'),
  );
  expect(await uses()).toEqual(['the file system mounted at /mnt/old disk']);
});

test('a mounted btrfs, whose number is none of its devices’, on any of them', async () => {
  await tree.write('sys/class/block/sdb/sdb1/partition', '1\n');
  await tree.write('sys/class/block/sdb1/dev', '8:17\n');
  await tree.write(
    'proc/self/mountinfo',
    '36 30 0:45 / /mnt/pool rw,relatime shared:1 - btrfs /dev/sda1 rw\n',
  );
  for (const name of ['sda1', 'sdb1']) await tree.write(`sys/fs/btrfs/7c1d/devices/${name}/x`, '');
  expect(await uses()).toEqual(['a mounted btrfs file system']);
  await tree.remove('sys/fs/btrfs/7c1d');
  expect(await uses()).toEqual([]);
});

test('swap', async () => {
  await tree.write('proc/swaps', 'Filename\tType\tSize\tUsed\tPriority\n/dev/sdb partition 1023996 0 -2\n');
  expect(await uses()).toEqual(['swap']);
});

test('an active logical volume, a RAID, a multipath device', async () => {
  await tree.write('sys/class/block/sdb/holders/dm-0/x', '');
  await tree.write('sys/class/block/dm-0/dm/uuid', 'LVM-abcdef\n');
  await tree.write('sys/class/block/dm-0/dm/name', 'san-vm--100--disk--0\n');
  await tree.write('sys/class/block/sdb/holders/md127/x', '');
  await tree.write('sys/class/block/sdb/holders/dm-4/x', '');
  await tree.write('sys/class/block/dm-4/dm/uuid', 'mpath-3600a\n');
  await tree.write('sys/class/block/dm-4/dm/name', 'mpatha\n');
  expect(await uses()).toEqual([
    'the logical volume san/vm-100-disk-0',
    'the multipath device mpatha',
    'the RAID md127',
  ]);
});

test('names of the device-mapper', () => {
  expect(readMapperName('vg--one-vm--100--disk--0')).toBe('vg-one/vm-100-disk-0');
  expect(readMapperName('mpatha')).toBe('mpatha');
});

test('numbers of devices', () => {
  expect(deviceNumber(0x810)).toBe('8:16');
  // makedev(253, 300): the minor's upper bits stand above the major.
  expect(deviceNumber((253 << 8) | (300 & 0xff) | ((300 & ~0xff) << 12))).toBe('253:300');
});

test('files of other programs are not taken for devices', async () => {
  expect(await openedBy(openSysfs(), new Set(['8:16000']))).toEqual(new Map());
});

test('the size that a partition table or a volume group needs', () => {
  expect(readRecordedSize(Buffer.alloc(8192))).toBeUndefined();
  expect(readRecordedSize(Buffer.alloc(0))).toBeUndefined();
  expect(readRecordedSize(gptStart(2047))).toEqual({ bytes: 1024 ** 2, by: 'its partition table' });
  expect(readRecordedSize(physicalVolumeStart(1024 ** 3))).toEqual({
    bytes: 1024 ** 3,
    by: 'the volume group on it',
  });
  expect(readRecordedSize(gptStart(2047).subarray(0, 540))).toBeUndefined();
});
