// What is copied of a disk: of variables of UEFI on a device no more than the firmware's chip.
import { expect, test } from 'vitest';
import type { Attachment, Storage } from '../../storage-plugins/plugin.ts';
import { quietContext } from '../core/work-context.ts';
import { disksOf } from './config/vm-disks.ts';
import type { GuestStorages } from './guest-volumes.ts';
import { makeDiskCopy, planDiskCopies } from './vm-disk-copies.ts';

const context = quietContext();

/** A storage of devices and one of files; answers what was copied. */
function storagesWith(attachment: Attachment): { storages: GuestStorages; copied: Attachment[] } {
  const copied: Attachment[] = [];
  const storage = {
    list: async () => [],
    info: async () => ({ format: 'raw' }),
    attach: async () => attachment,
    detach: async () => {},
    copyDisk: async (_context: unknown, source: Attachment) => {
      copied.push(source);
      return { name: '200/vm-200-disk-0.raw', sizeBytes: 0 };
    },
  } as unknown as Storage;
  const storages: GuestStorages = {
    storage: () => storage,
    imageStorages: () => [],
    imageFormat: () => 'raw',
    capabilities: () => [{ feature: 'copy', formats: ['raw'], states: ['current'], live: false }],
    limitKib: () => 0,
  };
  return { storages, copied };
}

test.each([
  ['efidisk0', 'san:vm-100-disk-0,efitype=4m,size=4M', 540_672],
  ['efidisk0', 'san:vm-100-disk-0,size=4M', 131_072],
  ['tpmstate0', 'san:vm-100-disk-0,version=v2.0,size=4M', undefined],
  ['scsi0', 'san:vm-100-disk-0,size=4M', undefined],
])('%s: %s on a device', async (key, text, bytes) => {
  const device = { kind: 'block', path: '/dev/san/vm-100-disk-0' } as const;
  const { storages, copied } = storagesWith(device);
  const wish = { mode: 'full', storage: 'local', inUse: false } as const;
  const [plan] = await planDiskCopies(storages, context, 200, disksOf({ [key]: text }), wish);
  // As a task's state has it after a restart.
  const kept = JSON.parse(JSON.stringify(plan)) as NonNullable<typeof plan>;
  await makeDiskCopy(storages, context, 200, kept, false);
  expect(copied).toEqual([bytes === undefined ? device : { ...device, part: { offset: 0, bytes } }]);
});

test('a file is copied as it is', async () => {
  const file = { kind: 'file', path: '/a.raw', format: 'raw' } as const;
  const { storages, copied } = storagesWith(file);
  const wish = { mode: 'full', storage: 'other', inUse: false } as const;
  const disks = disksOf({ efidisk0: 'local:100/vm-100-disk-0.raw,efitype=4m,size=528K' });
  const [plan] = await planDiskCopies(storages, context, 200, disks, wish);
  await makeDiskCopy(storages, context, 200, plan!, false);
  expect(copied).toEqual([file]);
});
