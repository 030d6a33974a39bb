// Names of volume groups and volumes at their limits, and whose a snapshot is.
import { describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import {
  lvmVolumeName,
  readGroupName,
  readLvmVolumeName,
  readPoolName,
  requireShortName,
  snapshotsOf,
  snapshotVolumeName,
} from './lvm-names.ts';
import { hostWord } from './unfinished.ts';

test.each(['vg0', 'croft', 'a', 'A+b_c.d-e', '0', 'x'.repeat(127)])('volume group %s', (name) => {
  expect(readGroupName('vgname', name)).toBe(name);
});
test.each([...['', '-a', '.', '..', 'a b', 'a/b', 'ä', 'a\n', '$x', 'x'.repeat(128), undefined, 5]])(
  'refuses the volume group %j, naming the option',
  (name) => {
    try {
      readGroupName('vgname', name);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect(Object.keys((error as AppError).fields ?? {})).toEqual(['vgname']);
    }
  },
);
test.each(['snapshot1', 'pvmove0', 'data_tmeta', 'x_rimage_0', 'a_cdata'])(
  'refuses the pool %s: LVM keeps such names',
  (name) => expect(() => readPoolName('thinpool', name)).toThrow(AppError),
);

test.each([
  ['vm-100-disk-0', 100, 'raw'],
  ['base-100-disk-0', 100, 'raw'],
  ['vm-100-disk-0.qcow2', 100, 'qcow2'],
  ['vm-999999999-state-suspend-2026-11-22', 999_999_999, 'raw'],
  ['vm-100-a.qcow2.b', 100, 'raw'],
])('%s', (name, vmid, format) => {
  expect(readLvmVolumeName(name)).toMatchObject({ name, vmid, format, content: 'images', fileName: name });
});
test.each([
  ...[
    '',
    'data',
    'root',
    'vm-1-x',
    'vm-0100-x',
    'vm-100-',
    'vm-100-.qcow2',
    'subvol-100-disk-0',
    '../vm-100-disk-0',
  ],
  ...[
    '100/vm-100-disk-0',
    'vm-100-a/b',
    'vm-100-a b',
    'vm-100-a_tmeta',
    'snap_vm-100-disk-0_a',
    `vm-100-${'x'.repeat(121)}`,
  ],
  ...['croft-part-host-0123456789abcdef', 'iso/a.iso', 'vm-100-disk-0\n', 'vm-1000000000-a'],
])('refuses the volume %j', (name) => {
  expect(() => readLvmVolumeName(name)).toThrow(AppError);
});

test('a wanted name belongs to its guest, and says its format', () => {
  expect(lvmVolumeName(100, 'vm-100-cloudinit', 'raw').name).toBe('vm-100-cloudinit');
  expect(lvmVolumeName(100, 'vm-100-disk-0', 'qcow2').name).toBe('vm-100-disk-0.qcow2');
  expect(() => lvmVolumeName(101, 'vm-100-disk-0', 'raw')).toThrow(AppError);
  expect(() => lvmVolumeName(100, 'vm-100-disk-0.qcow2', 'raw')).toThrow(AppError);
});

test('hosts whose names differ have words that differ, of letters and digits', () => {
  const words = ['rack1-11', 'rack11-1', 'rack111', 'x'.repeat(63), 'x'.repeat(64), '---', ''].map(hostWord);
  expect(new Set(words).size).toBe(words.length);
  expect(words.every((word) => /^[A-Za-z0-9]{1,32}$/.test(word))).toBe(true);
});

test('device-mapper counts dashes twice', () => {
  const volume = 'vm-100-disk-0';
  requireShortName('x'.repeat(127 - 1 - volume.length - 3), volume);
  expect(() => requireShortName('x'.repeat(128 - 1 - volume.length - 3), volume)).toThrow(
    expect.objectContaining({ fields: { name: expect.stringContaining('too long') } }),
  );
});

describe('snapshots', () => {
  test('are named as Proxmox VE names them', () => {
    expect(snapshotVolumeName('vg', 'vm-100-disk-0', 'before', [])).toBe('snap_vm-100-disk-0_before');
    expect(snapshotVolumeName('vg', 'vm-100-disk-0.qcow2', 'a_b', [])).toBe('snap_vm-100-disk-0_a_b.qcow2');
    expect(() => snapshotVolumeName('vg', 'vm-100-disk-0', 'x', [])).toThrow(AppError);
    expect(() => snapshotVolumeName('vg', 'vm-100-disk-0', 'a_tmeta', [])).toThrow(
      expect.objectContaining({ fields: { snapname: expect.stringContaining('LVM keeps') } }),
    );
  });

  test('belong to the longest name that fits', () => {
    const all = [
      'vm-1-a',
      'vm-100-a',
      'vm-100-a_b',
      'snap_vm-100-a_b_c',
      'snap_vm-100-a_cc',
      'snap_vm-100-a_b_dd',
    ];
    expect([...snapshotsOf('vm-100-a', all).keys()]).toEqual(['cc']);
    // 'c' is too short a name for a snapshot.
    expect([...snapshotsOf('vm-100-a_b', all).keys()]).toEqual(['dd']);
    expect([
      ...snapshotsOf(
        'vm-100-a',
        all.filter((name) => name !== 'vm-100-a_b'),
      ).keys(),
    ]).toEqual([...['b_c', 'cc', 'b_dd']]);
  });

  test('are not taken under a name that makes them those of another volume', () => {
    const all = ['vm-100-a', 'vm-100-a_b', 'vm-100-c.qcow2', 'vm-100-c_d.qcow2'];
    for (const [name = '', snapshot = ''] of [
      ['vm-100-a', 'b_cc'],
      ['vm-100-c.qcow2', 'd_ee'],
    ])
      expect(() => snapshotVolumeName('vg', name, snapshot, all)).toThrow(
        expect.objectContaining({ fields: { snapname: expect.stringContaining('another disk') } }),
      );
    expect(snapshotVolumeName('vg', 'vm-100-a', 'cc_b', all)).toBe('snap_vm-100-a_cc_b');
    expect(snapshotVolumeName('vg', 'vm-100-a_b', 'cc', all)).toBe('snap_vm-100-a_b_cc');
  });

  test('of an image are images', () => {
    const all = ['vm-100-a.qcow2', 'snap_vm-100-a_one.qcow2', 'snap_vm-100-a_two'];
    expect([...snapshotsOf('vm-100-a.qcow2', all)]).toEqual([['one', 'snap_vm-100-a_one.qcow2']]);
  });
});
