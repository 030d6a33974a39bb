// What the list says of a disk, and on which something can be made.
import { expect, test } from 'vitest';
import type { DiskItem } from '../../../server/contract/node-disks.ts';
import { freeDevices, groupText, shortName } from './disk-use.ts';

const item = (devpath: string, more: Partial<DiskItem>): DiskItem => ({
  ...{ devpath, size: 1, type: 'ssd', gpt: 0, model: '', vendor: '', serial: '', wwn: '', rpm: 0 },
  ...{ health: 'PASSED', wearout: 'N/A', osdid: -1, 'osdid-list': null },
  ...more,
});

test('free is what holds nothing', () => {
  const items = [
    item('/dev/sda', { used: 'partitions' }),
    item('/dev/sda1', { used: 'EFI', parent: '/dev/sda' }),
    item('/dev/sda2', { parent: '/dev/sda' }),
    item('/dev/sdb', { gpt: 1 }),
    item('/dev/sdc', { mounted: 1 }),
  ];
  expect(freeDevices(items).map(({ devpath }) => devpath)).toEqual(['/dev/sda2', '/dev/sdb']);
});

test('the group of a disk, when it is in one', () => {
  expect(groupText(item('/dev/sda', { used: 'LVM', vgname: 'vg0' }))).toBe('LVM: vg0');
  expect(groupText(item('/dev/sda', { used: 'LVM', vgname: '' }))).toBeUndefined();
  expect(groupText(item('/dev/sda', {}))).toBeUndefined();
  expect(shortName('/dev/nvme0n1p2')).toBe('nvme0n1p2');
});
