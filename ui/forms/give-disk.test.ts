// The places that a disk can have in another VM.
import { expect, test } from 'vitest';
import { placesFor } from './give-disk.ts';

const lines = (...keys: string[]) => keys.map((key) => ({ key, value: 'x' }));

test('the same key comes first, then the same bus, the other buses, and unused', () => {
  expect(placesFor('scsi3', lines('scsi0', 'virtio0'))).toEqual([
    ...['scsi3', 'scsi1', 'virtio1', 'sata0', 'ide0', 'unused0'],
  ]);
  expect(placesFor('virtio0', lines('virtio0', 'unused0'))).toEqual([
    ...['virtio1', 'scsi0', 'sata0', 'ide0', 'unused1'],
  ]);
});

test('an unused disk has a bus afterwards, or stays unused', () => {
  expect(placesFor('unused0', [])).toEqual(['scsi0', 'virtio0', 'sata0', 'ide0', 'unused0']);
});

test('variables of UEFI go nowhere else', () => {
  expect(placesFor('efidisk0', [])).toEqual(['efidisk0', 'unused0']);
  expect(placesFor('efidisk0', lines('efidisk0'))).toEqual(['unused0']);
});
