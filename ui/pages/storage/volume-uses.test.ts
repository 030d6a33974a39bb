// What uses a volume.
import { expect, test } from 'vitest';
import { basedOn, keysNaming, possibleUsers } from './volume-uses.ts';

test('devices name a volume as a whole, now or after a restart', () => {
  const settings = [
    { key: 'ide2', value: 'local:iso/a.iso,media=cdrom' },
    { key: 'ide0', value: 'local:iso/a.iso.old,media=cdrom' },
    { key: 'scsi0', value: 'file=local:iso/a.iso,size=1G' },
    { key: 'sata0', value: 'none,media=cdrom', pending: 'local:iso/a.iso,media=cdrom' },
    { key: 'description', value: 'see local:iso/a.iso' },
    { key: 'memory', value: 512 },
  ];
  expect(keysNaming(settings, 'local:iso/a.iso')).toEqual(['ide2', 'scsi0', 'sata0']);
});

test('clones name what they are based on, with the storage or without', () => {
  const volumes = [
    { volid: 'local:101/b.qcow2', parent: '100/base.qcow2' },
    { volid: 'local:102/c.qcow2', parent: 'local:100/base.qcow2' },
    { volid: 'local:103/d.qcow2' },
  ];
  expect(basedOn(volumes, 'local:100/base.qcow2').map((one) => one.volid)).toEqual([
    'local:101/b.qcow2',
    'local:102/c.qcow2',
  ]);
});

test('only those are looked at that may use it', () => {
  const guest = (type: 'qemu' | 'lxc', vmid: number, node: string) => ({
    ...{ id: `${type}/${vmid}`, type, node, vmid },
    status: 'stopped',
  });
  const guests = [guest('qemu', 100, 'a'), guest('qemu', 101, 'b'), guest('lxc', 200, 'a')];
  const ids = (list: readonly { vmid?: number }[]) => list.map((one) => one.vmid);
  const iso = { volid: 'local:iso/a.iso' };
  expect(ids(possibleUsers(iso, { node: 'a' }, guests))).toEqual([100]);
  expect(ids(possibleUsers(iso, { node: 'a', shared: 1 }, guests))).toEqual([100, 101]);
  expect(ids(possibleUsers({ volid: 'x:200/d.raw', vmid: 200 }, { node: 'a' }, guests))).toEqual([200]);
});
