import { expect, it } from 'vitest';
import {
  builtInWord,
  checkGuestSize,
  fieldsOf,
  type GuestSizeForm,
  type GuestSizeItem,
  guestSizeParams,
  sizeOf,
} from './guest-sizes.ts';

const medium: GuestSizeItem = { id: 'vm-medium', kind: 'qemu', cores: 2, memory: 4096, disk: 64 };
const web: GuestSizeItem = { ...medium, id: 'web', name: 'Web', cores: 3 };
const form: GuestSizeForm = { name: 'Web', cores: '3', memoryMiB: '4096', diskGiB: '64', description: '' };

it('is known by what it is made of', () => {
  expect(sizeOf([medium, web], { cores: ' 2', memoryMiB: '4096', diskGiB: '64' })).toBe(medium);
  expect(sizeOf([medium, web], { cores: '3', memoryMiB: '4096', diskGiB: undefined })).toBe(web);
  expect(sizeOf([medium, web], { cores: '4', memoryMiB: '4096', diskGiB: '64' })).toBeUndefined();
  expect(sizeOf([medium], { cores: '', memoryMiB: '4096', diskGiB: '64' })).toBeUndefined();
  expect(fieldsOf(web)).toEqual({ cores: '3', memoryMiB: '4096', diskGiB: '64' });
});

it('has a word of the system until it is named', () => {
  expect(builtInWord(medium)).toBe('medium');
  expect(builtInWord({ ...medium, id: 'ct-tiny' })).toBe('tiny');
  expect(builtInWord(web)).toBeUndefined();
});

it('is checked, and becomes a request', () => {
  expect(checkGuestSize(form, false)).toEqual({});
  expect(checkGuestSize({ ...form, name: ' ' }, false)).toEqual({ name: 'sizeName' });
  expect(checkGuestSize({ ...form, name: '' }, true)).toEqual({});
  expect(checkGuestSize({ ...form, cores: '0', memoryMiB: '15', diskGiB: '1.5' }, false)).toEqual({
    ...{ cores: 'number', memoryMiB: 'memory', diskGiB: 'number' },
  });
  expect(guestSizeParams({ ...form, name: ' Web ', description: ' x ' })).toEqual({
    ...{ name: 'Web', cores: 3, memory: 4096, disk: 64, description: 'x' },
  });
  expect(guestSizeParams({ ...form, name: '' })).not.toHaveProperty('name');
});
