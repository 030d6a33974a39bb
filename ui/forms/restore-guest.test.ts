// What a restore asks for, what must be typed before disks are given up, and when a guest may run at once.
import { describe, expect, test } from 'vitest';
import {
  checkRestore,
  kindOfBackup,
  limitKib,
  newRestore,
  noLiveRestore,
  type RestoreForm,
  restoreParams,
} from './restore-guest.ts';

const archive = 'nas:backup/vzdump-qemu-100-2026_11_20-21_00_00.vma.zst';
const form = (part: Partial<RestoreForm> = {}): RestoreForm => ({ ...newRestore, vmid: '140', ...part });
const taken = (vmid: number) => vmid === 100;
const right = { vmid: undefined, typed: undefined, limitMib: undefined };

test.each([
  [{ volid: archive }, 'qemu'],
  [{ volid: 'nas:backup/vzdump-lxc-200-2026_11_20-21_00_00.tar.zst' }, 'lxc'],
  [{ volid: 'nas:backup/golden.vma', subtype: 'qemu' }, 'qemu'],
  [{ volid: 'nas:backup/golden.vma', subtype: 'unknown' }, undefined],
  [{ volid: 'nas:backup/vzdump-openvz-100-2009_11_20-21_00_00.tar' }, undefined],
])('%j is of %s', (backup, expected) => expect(kindOfBackup(backup)).toBe(expected));

describe('a restore', () => {
  test('to a new number has nothing that was not chosen', () => {
    expect(restoreParams('qemu', archive, form(), 100)).toEqual({
      kind: 'qemu',
      params: { vmid: 140, archive },
    });
  });

  test('over a guest is said to be one, and keeps the addresses', () => {
    const over = form({ target: 'over', unique: true, start: true, storage: 'fast', limitMib: '1,5' });
    expect(restoreParams('qemu', archive, over, 100)).toEqual({
      kind: 'qemu',
      params: { vmid: 100, force: true, storage: 'fast', bwlimit: 1536, start: true, archive },
    });
  });

  test('that runs at once is started by that', () => {
    const { params } = restoreParams('qemu', archive, form({ live: true, start: true, unique: true }), 100);
    expect(params).toEqual({ vmid: 140, archive, unique: true, 'live-restore': true });
  });

  test('of a container never runs at once', () => {
    const { params } = restoreParams('lxc', 'nas:ct', form({ live: true, start: true, limitMib: '0' }), 200);
    expect(params).toEqual({ vmid: 140, ostemplate: 'nas:ct', restore: true, start: true, bwlimit: 0 });
  });
});

test.each<[Partial<RestoreForm>, object]>([
  [{}, {}],
  [{ vmid: '99' }, { vmid: 'vmid' }],
  [{ vmid: 'web' }, { vmid: 'vmid' }],
  [{ vmid: '100' }, { vmid: 'taken' }],
  [{ target: 'over', vmid: '', typed: '100' }, {}],
  [{ target: 'over', vmid: '', typed: ' 100 ' }, {}],
  [{ target: 'over', typed: '' }, { typed: 'typed' }],
  [{ target: 'over', typed: '1000' }, { typed: 'typed' }],
  [{ limitMib: 'fast' }, { limitMib: 'limit' }],
  [{ limitMib: '-1' }, { limitMib: 'limit' }],
])('of %j says %j', (part, expected) =>
  expect(checkRestore(form(part), taken, 100)).toEqual({ ...right, ...expected }),
);

test('nothing that is typed confirms a guest that is not there', () => {
  expect(checkRestore(form({ target: 'over', typed: '' }), taken, undefined).typed).toBe('typed');
});

test.each([
  ['0', 0],
  ['50', 51_200],
  ['0.5', 512],
  ['', undefined],
  ['1e9', undefined],
])('%j MiB is %s KiB', (text, expected) => expect(limitKib(text)).toBe(expected));

test.each([
  [{ kind: 'qemu', format: 'vma.zst', formats: ['raw', 'qcow2'] }, undefined],
  [{ kind: 'qemu', format: 'vma.zst', formats: undefined }, undefined],
  [{ kind: 'qemu', format: 'vma', formats: undefined }, 'archive'],
  [{ kind: 'qemu', format: 'vma.gz', formats: ['qcow2'] }, 'archive'],
  [{ kind: 'qemu', format: 'vma.lzo', formats: ['qcow2'] }, 'archive'],
  [{ kind: 'qemu', format: 'vma.zst', formats: ['raw'] }, 'storage'],
  [{ kind: 'lxc', format: 'tar.zst', formats: ['qcow2'] }, 'kind'],
] as const)('at once of %j: %s', (facts, expected) => expect(noLiveRestore(facts)).toBe(expected));
