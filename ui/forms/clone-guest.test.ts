// The request of a clone.
import { expect, test } from 'vitest';
import { type CloneForm, canLink, checkClone, cloneParams, formatsOf } from './clone-guest.ts';

const form: CloneForm = {
  ...{ vmid: '205', name: '', snapshot: '', wantsFull: false },
  ...{ storage: 'fast', format: 'raw', pool: '', description: ' ' },
};

test('only a template or a snapshot can be shared', () => {
  expect(canLink(form, false)).toBe(false);
  expect(canLink(form, true)).toBe(true);
  expect(canLink({ snapshot: 'clean' }, false)).toBe(true);
});

test('only a copy goes elsewhere, and only the disks of machines have a format', () => {
  expect(cloneParams('lxc', form, true)).toEqual({ newid: 205, full: true, storage: 'fast' });
  expect(cloneParams('qemu', form, true)).toEqual({ newid: 205, full: true, storage: 'fast', format: 'raw' });
  expect(cloneParams('qemu', form, false)).toEqual({ newid: 205 });
  expect(cloneParams('qemu', { ...form, storage: '', format: '' }, true)).toEqual({ newid: 205, full: true });
});

test('what is said of the clone goes with it, its name by the name that its kind has', () => {
  const said = { ...form, snapshot: 'clean', name: 'two', pool: 'shop', description: 'a\nb' };
  const rest = { newid: 205, snapname: 'clean', pool: 'shop', description: 'a\nb' };
  expect(cloneParams('lxc', said, false)).toEqual({ ...rest, hostname: 'two' });
  expect(cloneParams('qemu', said, false)).toEqual({ ...rest, name: 'two' });
});

test('the formats are those of the chosen storage', () => {
  expect(formatsOf(undefined)).toEqual(['raw', 'qcow2', 'vmdk']);
  expect(formatsOf(['qcow2', 'raw', 'subvol'])).toEqual(['raw', 'qcow2']);
});

test('the number is free, the name is one', () => {
  const wrong = (change: Partial<CloneForm>) => checkClone({ ...form, ...change }, (vmid) => vmid === 101);
  expect(wrong({})).toEqual({ vmid: undefined, name: undefined });
  expect(wrong({ vmid: '101' }).vmid).toBe('taken');
  expect(wrong({ vmid: '99' }).vmid).toBe('vmid');
  expect(wrong({ name: 'no_name' }).name).toBe('name');
});
