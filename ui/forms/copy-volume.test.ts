// What the dialog that copies a volume asks for, and what it refuses by itself.
import { expect, test } from 'vitest';
import { type CopyVolumeForm, checkCopy, copyParams } from './copy-volume.ts';

const form: CopyVolumeForm = { storage: 'nas', name: '', format: '', vmid: '', limit: '' };
const iso = { volid: 'local:iso/a.iso', content: 'iso' };
const disk = { volid: 'local:100/vm-100-disk-0.qcow2', content: 'images' };

test('only what is chosen is sent, and of files nothing about disks', () => {
  expect(copyParams(form, iso, false)).toEqual({ storage: 'local', volume: iso.volid, target: 'nas' });
  const all: CopyVolumeForm = { storage: 'nas', name: ' b.iso ', format: 'raw', vmid: '101', limit: '2048' };
  expect(copyParams(all, iso, true)).toEqual({
    ...{ storage: 'local', volume: iso.volid, target: 'nas', delete: true, name: 'b.iso', bwlimit: 2048 },
  });
  expect(copyParams(all, disk, false)).toMatchObject({ format: 'raw', vmid: 101 });
  expect(copyParams({ ...form, limit: '0' }, disk, false)).toMatchObject({ bwlimit: 0 });
});

test('a file stays not where it is under its own name; numbers are numbers', () => {
  expect(checkCopy({ ...form, storage: 'local' }, iso).storage).toBe('volume.same');
  expect(checkCopy({ ...form, storage: 'local', name: 'a.iso' }, iso).storage).toBe('volume.same');
  expect(checkCopy({ ...form, storage: 'local', name: 'b.iso' }, iso).storage).toBeUndefined();
  expect(checkCopy({ ...form, storage: 'local' }, disk).storage).toBeUndefined();
  expect(checkCopy({ ...form, vmid: '99' }, disk).vmid).toBe('volume.badGuest');
  for (const limit of ['-1', '1.5', 'fast', '1e3'])
    expect(checkCopy({ ...form, limit }, disk).limit).toBe('volume.badLimit');
  expect(checkCopy({ ...form, limit: '0' }, disk)).toEqual({});
});
