import { expect, test } from 'vitest';
import { lostStorages } from './lost-storages.ts';

const lines = [
  { key: 'scsi0', value: 'local:100/vm-100-disk-0.qcow2,size=8G' },
  { key: 'scsi1', value: 'nas:100/vm-100-disk-0.qcow2' },
  { key: 'unused0', value: 'old:100/vm-100-disk-1.raw' },
  { key: 'ide2', value: 'none,media=cdrom' },
  { key: 'description', value: 'gone:x' },
];
const storage = (name: string, status: string, node = 'pve1') => ({ storage: name, node, status });

test('a storage of its volumes that is unusable here, or not there, is lost', () => {
  expect(
    lostStorages(lines, 'pve1', [
      storage('local', 'available'),
      storage('nas', 'unknown'),
      storage('old', 'available', 'pve2'),
    ]),
  ).toEqual(['nas', 'old']);
});

test('a disc is not its own', () => {
  const disc = { key: 'ide2', value: 'nas:iso/debian.iso,media=cdrom' };
  const known = [storage('local', 'available'), storage('nas', 'unknown')];
  expect(lostStorages([lines[0]!, disc], 'pve1', known)).toEqual([]);
  const drive = { key: 'ide2', value: 'nas:100/vm-100-cloudinit.qcow2,media=cdrom' };
  expect(lostStorages([lines[0]!, drive], 'pve1', known)).toEqual(['nas']);
});

test('nothing is lost when all of them can be used, or nothing is known', () => {
  expect(
    lostStorages(
      lines,
      'pve1',
      ['local', 'nas', 'old'].map((name) => storage(name, 'available')),
    ),
  ).toEqual([]);
  expect(lostStorages(lines, 'pve1', [])).toEqual([]);
});
