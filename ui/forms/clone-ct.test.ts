// The request of a clone.
import { expect, test } from 'vitest';
import { type CloneForm, canLink, checkClone, cloneParams } from './clone-ct.ts';

const form: CloneForm = { vmid: '205', hostname: '', snapshot: '', wantsFull: false, storage: 'fast' };

test('only a template or a snapshot can be shared: all else is copied, and only a copy goes elsewhere', () => {
  expect(canLink(form, false)).toBe(false);
  expect(cloneParams(form, false)).toEqual({ newid: 205, full: true, storage: 'fast' });
  expect(cloneParams(form, true)).toEqual({ newid: 205 });
  expect(cloneParams({ ...form, snapshot: 'clean', hostname: 'two' }, false)).toEqual({
    newid: 205,
    hostname: 'two',
    snapname: 'clean',
  });
  expect(cloneParams({ ...form, wantsFull: true, storage: '' }, true)).toEqual({ newid: 205, full: true });
});

test('the number is free, the name is one', () => {
  const wrong = (change: Partial<CloneForm>) => checkClone({ ...form, ...change }, (vmid) => vmid === 101);
  expect(wrong({})).toEqual({ vmid: undefined, hostname: undefined });
  expect(wrong({ vmid: '101' }).vmid).toBe('taken');
  expect(wrong({ vmid: '99' }).vmid).toBe('vmid');
  expect(wrong({ hostname: 'no_name' }).hostname).toBe('name');
});
