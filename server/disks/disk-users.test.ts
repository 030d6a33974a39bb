// Which devices and folders of the host guests have, by path or as volumes that are whole devices.
import { expect, test } from 'vitest';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { guestPaths } from './disk-users.ts';

const storage = (id: string, type: string) => ({ id, type, options: {}, version: 1 });
const configs = [storage('san', 'iscsi'), storage('fc', 'blockdevice'), storage('local', 'dir')];

test('paths, LUNs of a target and devices of a SAN, each once; no other volumes', async () => {
  const store = createMemoryStore({ node: 'pve1' });
  const guest = { node: 'pve1', createdAt: 0 };
  const lun = 'san:0.0.1.scsi-36001405abc';
  await store.write('guests/100', {
    ...{ ...guest, kind: 'qemu', vmid: 100 },
    config: { scsi0: lun, scsi1: 'fc:wwn-0x5000c500a1b2c3d4,size=8G', scsi2: '/dev/sdb,size=8G' },
    running: { scsi0: lun, virtio0: 'fc:e0.1', scsi3: 'local:100/vm-100-disk-0.raw' },
  });
  await store.write('guests/101', {
    ...{
      ...guest,
      kind: 'lxc',
      vmid: 101,
      config: { mp0: '/srv/data,mp=/data', rootfs: 'gone:0.0.1.scsi-3' },
    },
  });
  expect(
    guestPaths(store, configs)
      .map(({ guest: who, path }) => `${who} ${path}`)
      .sort(),
  ).toEqual([
    'CT 101 /srv/data',
    'VM 100 /dev/disk/by-id/scsi-36001405abc',
    'VM 100 /dev/disk/by-id/wwn-0x5000c500a1b2c3d4',
    'VM 100 /dev/etherd/e0.1',
    'VM 100 /dev/sdb',
  ]);
});
