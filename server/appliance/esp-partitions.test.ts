// Finding the boot partitions in lsblk's answers, and mounting them for a moment only.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import type { MountEntry } from '../core/mount-table.ts';
import { createEspPartitions, findEsps, systemUuidOf } from './esp-partitions.ts';

const uuid = '0b6f3a52-6a54-4b53-8d6b-3d7d2f6c1a11';
const array = '11111111-2222-3333-4444-555555555555';

type Device = Record<string, unknown>;
const device = (path: string, more: Device = {}): Device => ({
  path,
  type: 'part',
  partlabel: null,
  fstype: null,
  uuid: null,
  ...more,
});
/** As lsblk of util-linux 2.41 shows a disk: without `children` when it has none. */
const disk = (name: string, systemPart: Device, espUuid = 'AB12-34CD') =>
  device(`/dev/${name}`, {
    type: 'disk',
    children: [
      device(`/dev/${name}1`, { partlabel: 'croft-bios' }),
      device(`/dev/${name}2`, { partlabel: 'croft-esp', fstype: 'vfat', uuid: espUuid }),
      device(`/dev/${name}3`, { partlabel: 'croft-system', ...systemPart }),
    ],
  });
const member = (raid: string, children?: Device[]): Device => ({
  fstype: 'linux_raid_member',
  uuid: raid,
  ...(children ? { children } : {}),
});
const md = (id: string) => device('/dev/md127', { type: 'raid1', fstype: 'ext4', uuid: id });
const json = (...blockdevices: Device[]) => JSON.stringify({ blockdevices });

describe('which partitions', () => {
  test('one disk', () => {
    expect(findEsps(json(disk('sda', { fstype: 'ext4', uuid })), uuid)).toEqual(['/dev/sda2']);
  });

  test('a mirror: both disks, also one that the mirror has dropped', () => {
    const both = json(disk('sda', member(array, [md(uuid)])), disk('sdb', member(array, [md(uuid)])));
    expect(findEsps(both, uuid)).toEqual(['/dev/sda2', '/dev/sdb2']);
    const dropped = json(disk('sda', member(array, [md(uuid)])), disk('sdb', member(array)));
    expect(findEsps(dropped, uuid)).toEqual(['/dev/sda2', '/dev/sdb2']);
  });

  test('not those of another installation in the same machine', () => {
    const other = '99999999-6a54-4b53-8d6b-3d7d2f6c1a11';
    const found = findEsps(
      json(
        disk('sda', { fstype: 'ext4', uuid: other }),
        disk('nvme0n1p', { fstype: 'ext4', uuid }),
        disk('sdc', member('77777777-2222-3333-4444-555555555555', [md(other)])),
        device('/dev/sr0', { type: 'rom' }),
      ),
      uuid,
    );
    expect(found).toEqual(['/dev/nvme0n1p2']);
  });

  test('what is no answer of lsblk is told', () => {
    expect(() => findEsps('lsblk: failed', uuid)).toThrow(/lsblk/);
  });

  test.each([
    [`BOOT_IMAGE=/A/vmlinuz croft.slot=A croft.system=UUID=${uuid} quiet\n`, uuid],
    [`croft.system=UUID=${uuid}`, uuid],
    ['croft.medium=CROFT quiet', undefined],
    [`xcroft.system=UUID=${uuid}`, undefined],
  ])('the command line %j', (line, found) => {
    expect(systemUuidOf(line)).toBe(found);
  });
});

describe('mounting', () => {
  let folder: string;
  let ran: string[][];
  let busy: number;
  let held: number;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'croft-esp-'));
    ran = [];
    busy = 0;
    held = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  let left: MountEntry[] = [];
  /** As mount of util-linux 2.41 complains. */
  const complaint = 'mount: /x: /dev/sda2 already mounted.\n       dmesg(1) may have more information.\n';
  const exec: Exec = async (file, args) => {
    ran.push([file, ...args]);
    if (file === 'umount' && held-- > 0) throw new AppError('command-failed', 'target is busy');
    const exitCode = file === 'mount' && busy-- > 0 ? 32 : 0;
    return { exitCode, stdout: json(disk('sda', { fstype: 'ext4', uuid })), stderr: complaint };
  };
  const made = () =>
    createEspPartitions({
      exec,
      folder,
      clock: { now: () => 0, sleep: async () => {} },
      mounts: () => left,
      commandLine: async () => `croft.system=UUID=${uuid}`,
    });

  test('by the UUID of the command line', async () => {
    expect(await made().list()).toEqual(['/dev/sda2']);
  });

  test('for writing, and unmounted also when the work fails', async () => {
    let seen = '';
    const work = async (at: string) => {
      seen = at;
      expect(existsSync(at)).toBe(true);
      throw new Error('broken');
    };
    await expect(made().mounted('/dev/sda2', 'write', work)).rejects.toThrow('broken');
    expect(ran).toEqual([
      ['mount', '-t', 'vfat', '--rw', '-o', 'sync,umask=077', '/dev/sda2', seen],
      ['umount', seen],
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('waits for another process that has it mounted, but not for ever', async () => {
    busy = 3;
    expect(await made().mounted('/dev/sda2', 'read', async () => 'done')).toBe('done');
    expect(ran.filter(([file]) => file === 'mount')).toHaveLength(4);
    busy = 1000;
    await expect(made().mounted('/dev/sda2', 'read', async () => 'done')).rejects.toThrow(
      'mount the boot partition /dev/sda2: mount: /x: /dev/sda2 already mounted.',
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  test('takes away what a process that is gone left mounted, and of nobody else', async () => {
    const at = (name: string, source = '/dev/sda2') => ({ point: join(folder, name), type: 'vfat', source });
    const gone = spawnSync('true').pid;
    left = [
      ...[at(`esp-${gone}-a`), at(`esp-${process.pid}-b`), at(`esp-${process.ppid}-c`)],
      ...[at(`esp-${gone}-d`, '/dev/sdb2'), at('other'), { ...at(''), point: `/mnt/esp-${gone}-e` }],
    ];
    busy = 1;
    await made().mounted('/dev/sda2', 'write', async () => {});
    const unmounted = ran.filter(([file]) => file === 'umount').map(([, point]) => point);
    expect(unmounted.slice(0, -1)).toEqual([join(folder, `esp-${gone}-a`)]);
    left = [];
  });

  test('takes away what it could not unmount before', async () => {
    const esps = made();
    let stuck = '';
    held = 1000;
    const reading = esps.mounted('/dev/sda2', 'read', async (at) => {
      stuck = at;
    });
    await expect(reading).rejects.toThrow('target is busy');
    left = [{ point: stuck, type: 'vfat', source: '/dev/sda2' }];
    ran = [];
    held = 0;
    busy = 1;
    await esps.mounted('/dev/sda2', 'write', async () => {});
    expect(ran.slice(0, 3).map(([file, , ...rest]) => [file, rest.length === 0])).toEqual([
      ['mount', false],
      ['umount', true],
      ['mount', false],
    ]);
    expect(ran[1]).toEqual(['umount', stuck]);
    left = [];
  });

  test('comes one after the other, also behind one that fails', async () => {
    const esps = made();
    const order: string[] = [];
    const slow = esps.mounted('/dev/sda2', 'read', async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      order.push('read');
      throw new Error('broken');
    });
    const next = esps.mounted('/dev/sda2', 'write', async () => void order.push('write'));
    await expect(slow).rejects.toThrow('broken');
    await next;
    expect(order).toEqual(['read', 'write']);
    expect(ran.map(([file]) => file)).toEqual(['mount', 'umount', 'mount', 'umount']);
  });

  test('is unmounted by another try when somebody looks at it meanwhile', async () => {
    held = 2;
    expect(await made().mounted('/dev/sda2', 'read', async () => 'done')).toBe('done');
    expect(ran.map(([file]) => file)).toEqual(['mount', 'umount', 'umount', 'umount']);
    expect(readdirSync(folder)).toEqual([]);
  });
});
