// What is told of disks, on texts as lsblk, blkid and pvs print them.
import { describe, expect, test } from 'vitest';
import { stateSchema } from '../../server/core/appliance-layout.ts';
import { describeContent } from './observe-content.ts';
import { observeDisks } from './observe-disks.ts';
import { type FixtureOptions, fixtureMachine, testdata } from './observe-fixture.ts';
import { readLsblk } from './observe-lsblk.ts';
import { observeMachine } from './observe-machine.ts';
import { readBlkid, readPvs } from './observe-signature.ts';
import type { DiskFacts } from './types.ts';

const office: FixtureOptions = {
  lsblk: 'lsblk-office',
  blkid: 'blkid-office',
  pvs: 'pvs-office',
  links: {
    '/dev/disk/by-id/ata-Samsung_SSD_860_EVO_500GB_S3Z2NB0K123456X': '../../sda',
    '/dev/disk/by-id/ata-Samsung_SSD_860_EVO_500GB_S3Z2NB0K123456X-part1': '../../sda1',
    '/dev/disk/by-id/wwn-0x5002538e40000000': '../../sda',
    '/dev/disk/by-id/nvme-WD_Black_SN750_1TB_20123': '../../nvme0n1',
  },
};
const state = { schema: '1\n', 'files/etc/hostname': 'server1\n' };
const system = {
  'A/manifest.json': JSON.stringify({ product: 'croft', version: '0.1.0', built: '2026-01-01T00:00:00Z' }),
  'B/manifest.json': JSON.stringify({ product: 'croft', version: '0.2.0', built: '2026-02-01T00:00:00Z' }),
};
const croft: FixtureOptions = {
  lsblk: 'lsblk-croft',
  blkid: 'blkid-croft',
  pvs: 'pvs-croft',
  mounts: { '/dev/sda3': system, '/dev/sda4': state },
};

async function look(options: FixtureOptions, more: { schema?: number; idleIsFree?: boolean } = {}) {
  const machine = fixtureMachine(options);
  const { exec, files } = machine;
  const { schema = stateSchema, idleIsFree = false } = more;
  const disks = await observeDisks({ exec, files, stateSchema: schema, idleIsFree });
  // Whatever was found: nothing stays behind.
  expect([machine.mounted.size, machine.folders.size]).toEqual([0, 0]);
  return { disks, named: (name: string) => disks.find((disk) => disk.name === name) as DiskFacts, machine };
}

describe('an office full of disks', () => {
  test('only disks are disks, in their order', async () => {
    const { disks } = await look(office);
    expect(disks.map(({ name }) => name)).toEqual([
      'mmcblk0',
      'nvme0n1',
      'sda',
      'sdb',
      'sdc',
      'sdd',
      'vda',
      'vdb',
      'vdc',
    ]);
  });

  test('a disk with its names, size and what is on it', async () => {
    const { named } = await look(office);
    expect(named('sda')).toEqual({
      path: '/dev/sda',
      name: 'sda',
      ids: [
        '/dev/disk/by-id/ata-Samsung_SSD_860_EVO_500GB_S3Z2NB0K123456X',
        '/dev/disk/by-id/wwn-0x5002538e40000000',
      ],
      model: 'Samsung SSD 860 EVO 500GB',
      serial: 'S3Z2NB0K123456X',
      sizeBytes: 500107862016,
      sectorBytes: 512,
      transport: 'sata',
      rotational: false,
      contents: [
        ['/dev/sda1', 104857600, 'vfat', '', 'EFI system partition'],
        ['/dev/sda2', 16777216, '', '', 'Windows reserved partition'],
        ['/dev/sda3', 499392086016, 'ntfs', 'Windows', 'Windows (NTFS)'],
        ['/dev/sda4', 588251136, 'ntfs', '', 'Windows recovery (NTFS)'],
      ].map(([device, sizeBytes, type, label, description]) => ({
        device,
        sizeBytes,
        type,
        label,
        description,
        mountpoint: undefined,
      })),
      croft: undefined,
      problem: undefined,
    });
  });

  test('in words', async () => {
    const { named } = await look(office);
    const words = (name: string) => named(name).contents.map(({ description }) => description);
    expect(words('nvme0n1')).toEqual([
      'BIOS boot partition',
      'EFI system partition',
      'Proxmox VE (LVM volume group pve)',
    ]);
    expect(words('mmcblk0')).toEqual(['files (FAT)']);
    expect(words('sdb')).toEqual(['disc image (ISO 9660)', 'disc image (ISO 9660)', 'EFI system partition']);
    expect(words('vda')).toEqual([]);
    expect(named('vda')).toMatchObject({ transport: 'virtio', model: '' });
    expect(named('mmcblk0').transport).toBe('mmc');
    expect(named('sdb').model).toBe('SanDisk Ultra Fit');
    // A label that would colour the terminal.
    expect(named('sdd').contents[0]?.label).toBe('photos ?[31m2019');
  });

  test('and why one cannot be chosen', async () => {
    const { disks } = await look(office);
    expect(Object.fromEntries(disks.map(({ name, problem }) => [name, problem]))).toEqual({
      mmcblk0: undefined,
      nvme0n1: 'it is in use: LVM volume pve-swap on /dev/nvme0n1p3 is active',
      sda: undefined,
      sdb: 'this system was started from it: it is the installation medium',
      sdc: 'no medium is in it',
      sdd: undefined,
      vda: 'it is too small: 12 GiB are needed',
      vdb: 'it is in use: /dev/vdb1 is swap space',
      vdc: undefined,
    });
  });

  test('what is active but idle may be released, where that is wanted', async () => {
    const { named } = await look(office, { idleIsFree: true });
    expect([named('nvme0n1').problem, named('vdb').problem]).toEqual([undefined, undefined]);
    expect(named('sdb').problem).toContain('medium');
  });

  test('a disk that cannot be read is no empty disk', async () => {
    const { named } = await look({ ...office, broken: ['/dev/sda', '/dev/sdd1'] });
    expect(named('sda')).toMatchObject({
      problem: 'it cannot be read: it may be broken',
      contents: { length: 4 },
    });
    expect(named('sdd').contents).toMatchObject([{ type: 'ext4', device: '/dev/sdd1' }]);
  });

  test("without LVM's tools the group has no name, and all else is told", async () => {
    const { pvs: _, ...without } = office;
    const { named } = await look(without);
    expect(named('nvme0n1').contents[2]?.description).toBe('LVM');
  });
});

describe('an older Croft', () => {
  test('is read, and can be kept', async () => {
    const { disks, machine } = await look(croft);
    expect(disks[0]).toMatchObject({
      croft: { hostname: 'server1', version: '0.2.0', stateSchema: 1, keepable: true, reason: undefined },
      problem: undefined,
    });
    expect(disks[0]?.contents.map(({ description }) => description)).toEqual([
      'Croft: start for BIOS',
      'Croft: start',
      'Croft: system',
      'Croft: settings',
      'Croft: guests',
    ]);
    const mounts = machine.commands.filter((line) => line.startsWith('mount'));
    expect(mounts).toHaveLength(2);
    for (const line of mounts) expect(line).toContain('-o ro,noload,nosuid,nodev,noexec');
  });

  test.each([
    [
      { mounts: { '/dev/sda3': system, '/dev/sda4': { schema: '2' } } },
      'newer version of Croft (2; this one knows 1)',
    ],
    [{ mounts: { '/dev/sda3': system, '/dev/sda4': {} } }, 'its settings carry no version'],
    [{ mounts: { '/dev/sda3': system } }, 'its settings cannot be read: read /dev/sda4: no such thing'],
    [{ pvs: 'pvs-office' }, 'the volume group croft with the guests is not on it'],
  ])('cannot be kept: %j', async (change, reason) => {
    const { disks } = await look({ ...croft, ...change });
    expect(disks[0]?.croft?.keepable).toBe(false);
    expect(disks[0]?.croft?.reason).toContain(reason);
  });

  test('is called as on its first day when its name was never saved', async () => {
    const mounts = {
      '/dev/sda3': system,
      '/dev/sda4': { schema: '1', 'install.json': '{"hostname":"first"}' },
    };
    expect((await look({ ...croft, mounts })).disks[0]?.croft?.hostname).toBe('first');
  });

  test('cannot be kept by an image that knows less', async () => {
    const { disks } = await look(croft, { schema: 0 });
    expect(disks[0]?.croft).toMatchObject({ keepable: false, stateSchema: 1 });
  });

  test('running: it is read where it is mounted, and cannot be chosen', async () => {
    const texts = {
      '/state/schema': '1',
      '/run/croft-boot/system/A/manifest.json': system['A/manifest.json'],
    };
    const { disks, machine } = await look({ ...croft, lsblk: 'lsblk-installed', mounts: {}, texts });
    expect(disks[0]).toMatchObject({
      problem: 'the running system is on it',
      croft: { version: '0.1.0', stateSchema: 1, keepable: true },
    });
    expect(machine.commands.some((line) => line.startsWith('mount'))).toBe(false);
  });

  test('on a mirror whose arrays sleep: what is known', async () => {
    const { disks } = await look({ ...croft, lsblk: 'lsblk-mirror-idle' });
    expect(disks.map((disk) => [disk.croft?.keepable, disk.croft?.hostname, disk.problem])).toEqual([
      [true, undefined, undefined],
      [true, undefined, undefined],
    ]);
  });

  test('on a mirror whose arrays are active: read there', async () => {
    const mounts = { '/dev/md127': system, '/dev/md126': state };
    const { disks } = await look({ ...croft, lsblk: 'lsblk-mirror-active', mounts });
    for (const disk of disks)
      expect(disk).toMatchObject({ croft: { hostname: 'server1', keepable: true }, problem: undefined });
  });
});

test('signatures of all kinds', () => {
  const word = (type: string, more: object = {}, context: { group?: string; windows?: boolean } = {}) =>
    describeContent(
      { ...readBlkid(''), type, ...more },
      { group: context.group, windows: context.windows ?? false },
    );
  expect(word('ntfs')).toBe('Windows files (NTFS)');
  expect(word('BitLocker')).toBe('Windows, encrypted (BitLocker)');
  expect(word('btrfs')).toBe('Linux file system (btrfs)');
  expect(word('linux_raid_member', { label: 'nas:0' })).toBe('member of Linux RAID nas:0');
  expect(word('zfs_member', { label: 'rpool' })).toBe('ZFS pool rpool');
  expect(word('crypto_LUKS')).toBe('Linux, encrypted (LUKS)');
  expect(word('ceph_bluestore')).toBe('Ceph OSD');
  expect(word('VMFS_volume_member')).toBe('VMware datastore (VMFS)');
  expect(word('LVM2_member', {}, { group: 'ceph-7f0e' })).toBe('Ceph OSD (LVM volume group ceph-7f0e)');
  expect(word('LVM2_member', {}, { group: '' })).toBe('LVM, not in use');
  expect(word('LVM2_member', {}, { group: 'croft' })).toBe('Croft: guests (LVM volume group croft)');
  expect(word('oracleasm')).toBe('unknown to Croft (oracleasm)');
  expect(word('', { partType: '0x5' })).toBe('extended partition');
  expect(word('')).toBe('partition without a known file system');
});

test('recorded output of util-linux', () => {
  const [loop] = readLsblk(testdata('lsblk.util-linux-2.38.1.json'));
  expect(loop).toMatchObject({
    name: 'loop0',
    type: 'loop',
    sizeBytes: 13_958_643_712,
    sectorBytes: 512,
    mountpoints: [],
  });
  expect(loop?.children.map(({ path, type, mountpoints }) => [path, type, mountpoints])).toEqual([
    ['/dev/loop0p1', 'part', []],
    ['/dev/loop0p2', 'part', ['/mnt']],
    ['/dev/loop0p5', 'part', []],
  ]);
  expect(readBlkid(testdata('blkid-ext4.util-linux-2.38.1.txt'))).toEqual({
    type: 'ext4',
    label: 'my "disk',
    table: '',
    partNumber: 2,
    partName: 'Basic data',
    partType: '0fc63daf-8483-4772-8e79-3d69d8477de4',
  });
});

test('what is not the output that was expected', () => {
  expect(() => readLsblk('lsblk: unknown column')).toThrow('read the list of disks');
  expect(() => readLsblk('{"blockdevices": [{"name": 3}]}')).toThrow('read the list of disks');
  expect(readPvs('').size).toBe(0);
  expect(readBlkid('LABEL=a\\ \\"b\\xc3\\xa9\nTYPE=ext4\n')).toMatchObject({ label: 'a "bé', type: 'ext4' });
});

test('the machine as a whole', async () => {
  const { exec, files } = fixtureMachine({
    ...office,
    texts: {
      '/proc/meminfo': 'MemTotal:        8000000 kB\nMemFree: 1 kB\n',
      '/sys/firmware/efi/fw_platform_size': '64',
    },
  });
  const machine = await observeMachine({
    exec: async (file, args, options) =>
      file === 'ip' ? { exitCode: 0, stdout: '[]', stderr: '' } : exec(file, args, options),
    files,
    stateSchema: 1,
    live: true,
  });
  expect(machine).toMatchObject({
    firmware: 'uefi',
    memoryBytes: 8_192_000_000,
    nics: [],
    disks: { length: 9 },
  });
});
