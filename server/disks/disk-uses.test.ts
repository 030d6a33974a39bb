// Who uses a disk and what would be lost, in words: every way in which something stands on it; names that strangers chose.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type BlockDevice, readLsblk } from '../node/block-devices.ts';
import type { Signature, VolumeGroup } from './disk-driver.ts';
import { identityOf } from './disk-identity.ts';
import { lossesOf } from './disk-losses.ts';
import { type UseContext, usesOf } from './disk-uses.ts';

const all = readLsblk(readFileSync(new URL('../node/testdata/lsblk.composed.json', import.meta.url), 'utf8'));
const disk = (name: string): BlockDevice => all.find((one) => one.name === name)!;
const nobody: UseContext = { groups: [], mounts: [], storages: [], guestPaths: [] };
const uses = (device: BlockDevice, more: Partial<UseContext> = {}, on = device) =>
  usesOf(on, device, { ...nobody, ...more });
const on = (device: BlockDevice, above: Partial<BlockDevice>): BlockDevice => ({
  ...device,
  children: [{ ...device, children: [], ...above }],
});
const group = (more: Partial<VolumeGroup>): VolumeGroup => ({
  ...{ name: 'vg0', sizeBytes: 1, freeBytes: 0, partial: false, volumes: [] },
  devices: [{ device: '/dev/sdb', sizeBytes: 1, freeBytes: 0 }],
  ...more,
});
const volume = (name: string, active: boolean) => ({
  ...{ name, sizeBytes: 1, type: 'linear', pool: '', active, open: false },
  ...{ usedBytes: 0, metadataBytes: 0, metadataUsedBytes: 0 },
});
const empty = disk('sdb');

test('a disk that nobody uses', () => {
  expect(uses(empty)).toEqual([]);
  expect(uses(disk('nvme0n1'))).toEqual([]);
});

test('the disk of the system, its partitions for the start too, though nobody has them mounted', () => {
  const system = disk('sda');
  expect(uses(system)).toEqual([
    '/dev/sda2 is mounted at /boot/efi: this machine runs from it',
    '/dev/sda3 is mounted at /state: this machine runs from it',
    '/dev/sda4 is part of the logical volume /dev/mapper/croft-local',
    '/dev/mapper/croft-local is mounted at /var/lib/croft/local',
  ]);
  expect(uses(system.children[0]!, {}, system)).toEqual(['/dev/sda1 is what this machine starts from']);
  expect(uses(disk('vda'))).toEqual(['/dev/vda is mounted at /: this machine runs from it']);
});

test.each<[string, BlockDevice, RegExp]>([
  ['a mount', { ...empty, mountpoints: ['/srv'] }, /mounted at \/srv$/],
  ['swap', { ...empty, mountpoints: ['[SWAP]'] }, /swap space in use/],
  ['an array', on(empty, { type: 'raid1', path: '/dev/md0' }), /part of the array \/dev\/md0/],
  ['an encrypted volume', on(empty, { type: 'crypt', path: '/dev/mapper/x' }), /the encrypted volume/],
  ['ways to one disk', on(empty, { type: 'mpath', path: '/dev/mapper/a' }), /several ways/],
  ['something else', on(empty, { type: 'drbd', path: '/dev/drbd0' }), /part of \/dev\/drbd0 \(drbd\)/],
  ['a switch on the disk', { ...empty, readOnly: true }, /is read-only/],
])('in use by %s', (_what, device, words) => {
  expect(uses(device)).toEqual([expect.stringMatching(words)]);
});

test('a group is in use while its volumes are switched on or a storage is in it, else not', () => {
  const idle = group({ volumes: [volume('root', false)] });
  expect(uses(empty, { groups: [idle] })).toEqual([]);
  expect(uses(empty, { groups: [group({ volumes: [volume('root', true)] })] })).toEqual([
    "/dev/sdb belongs to the volume group 'vg0', whose volumes root are switched on",
  ]);
  const storages = [{ id: 'fast', vgname: 'vg0', thinpool: undefined, paths: [] }];
  expect(uses(empty, { groups: [idle], storages })).toEqual([
    "/dev/sdb belongs to the volume group 'vg0' of storage 'fast'",
  ]);
});

test('guests and storages that name the device itself, storages in the mount', () => {
  const storages = [{ id: 'lun', vgname: undefined, thinpool: undefined, paths: ['/dev/sdb'] }];
  expect(uses(empty, { storages, guestPaths: [{ guest: 'VM 100', path: '/dev/sdb' }] })).toEqual([
    'VM 100 has /dev/sdb',
    "storage 'lun' lies on /dev/sdb",
  ]);
  const below = [{ id: 'files', vgname: undefined, thinpool: undefined, paths: ['/srv/croft'] }];
  expect(uses({ ...empty, mountpoints: ['/srv'] }, { storages: below })).toEqual([
    "/dev/sdb is mounted at /srv (storage 'files')",
  ]);
  // A name that only begins alike.
  expect(uses({ ...empty, mountpoints: ['/srv/cro'] }, { storages: below })).toEqual([
    '/dev/sdb is mounted at /srv/cro',
  ]);
});

test('whoever has the whole disk has its partitions, those that nothing is known of as well', () => {
  const [whole, part] = [{ ...disk('sda'), mountpoints: [] }, disk('sda').children[0]!];
  const plain = { ...whole, children: [{ ...part, partType: '', partLabel: '' }] };
  expect(uses(plain.children[0]!, {}, plain)).toEqual([]);
  const guestPaths = [{ guest: 'VM 100', path: '/dev/sda' }];
  expect(uses(plain.children[0]!, { guestPaths }, plain)).toEqual(['VM 100 has /dev/sda']);
});

const mark = (device: string, type: string, label = '', uuid = ''): Signature => ({
  device,
  type,
  label,
  uuid,
});

test('what would be lost', () => {
  expect(lossesOf(empty, [], [])).toEqual([]);
  // An empty table is nothing.
  expect(lossesOf(empty, [mark('/dev/sdb', 'gpt'), mark('/dev/sdb', 'PMBR')], [])).toEqual([]);
  expect(lossesOf(empty, [mark('/dev/sdb', 'ext4', '<b>mine</b>', 'u-1')], [])).toEqual([
    '/dev/sdb: file system ext4 ‘<b>mine</b>’ UUID u-1, 4.0 TB',
  ]);
  expect(lossesOf(empty, [mark('/dev/sdb', 'crypto_LUKS'), mark('/dev/sdb', 'zfs_member')], [])).toEqual([
    '/dev/sdb: an encrypted volume (LUKS), 4.0 TB',
    '/dev/sdb: a member of a ZFS pool, 4.0 TB',
  ]);
  const wide = group({
    devices: ['/dev/sdb', '/dev/sdx'].map((device) => ({ device, sizeBytes: 1, freeBytes: 0 })),
    volumes: [volume('a', false), volume('b', false)],
  });
  expect(lossesOf(empty, [mark('/dev/sdb', 'LVM2_member')], [wide])).toEqual([
    "/dev/sdb: volume group 'vg0', which also has 1 other disk, with a, b, 4.0 TB",
  ]);
  const system = disk('sda');
  const found = [mark('/dev/sda', 'gpt'), mark('/dev/sda2', 'vfat'), mark('/dev/sda3', 'ext4')];
  expect(lossesOf(system, found, [])).toEqual([
    '/dev/sda: partition table (GPT) with 4 partitions',
    '/dev/sda1: no known contents, 1.0 MB',
    '/dev/sda2: file system vfat, 268 MB',
    '/dev/sda3: file system ext4, 17.2 GB',
    // Only the tools' database knows: the look at the device failed.
    '/dev/sda4: LVM, in no volume group, 483 GB',
  ]);
});

test('an identity changes with the hardware and with what is on the disk, not with its name', () => {
  const found = [mark('/dev/sdb', 'ext4', 'a', 'u-1')];
  const now = identityOf(empty, empty, found);
  const renamed = { ...empty, path: '/dev/sdq', name: 'sdq' };
  expect(identityOf(renamed, renamed, [mark('/dev/sdq', 'ext4', 'a', 'u-1')])).toBe(now);
  expect(identityOf(empty, empty, [mark('/dev/sdb', 'ext4', 'a', 'u-2')])).not.toBe(now);
  const other = { ...empty, serial: 'another' };
  expect(identityOf(other, other, found)).not.toBe(now);
  const system = disk('sda');
  const [first, second] = system.children;
  expect(identityOf(system, first!, [])).not.toBe(identityOf(system, second!, []));
});
