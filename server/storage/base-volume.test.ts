// Tests of storages that lie on a volume of another one.
import { expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import { createLogger } from '../core/log.ts';
import { baseVolume, onItsBase, storagesOn } from './base-volume.ts';
import type { StorageConfig } from './storage-config.ts';
import type { LunAccess } from './volume-group-on-lun.ts';

const base = 'san:0.0.1.scsi-3600a';
const planned: StorageConfig = { id: 'shared', type: 'lvm', options: { base, vgname: 'vg' }, version: 0 };
const plain: StorageConfig = { id: 'local-lvm', type: 'lvm', options: { vgname: 'other' }, version: 1 };
const luns: LunAccess = { attach: () => Promise.reject(new Error('not asked for')), requireUnused: () => {} };

function world() {
  const calls: string[] = [];
  const parts = {
    luns,
    log: createLogger('silent'),
    layGroup: async (_context: unknown, wanted: { base: string; vgname: string }) => {
      calls.push(`lay ${wanted.vgname} on ${wanted.base}`);
      return async () => void calls.push('take away');
    },
  };
  return { calls, parts };
}

test('names the volume that a storage lies on, and the storages on a volume', () => {
  expect(baseVolume(planned)).toEqual({ storage: 'san', name: '0.0.1.scsi-3600a' });
  expect(baseVolume(plain)).toBeUndefined();
  expect(storagesOn([plain, planned], base)).toEqual(['shared']);
});

test('a new storage gets its group before it is made', async () => {
  const { calls, parts } = world();
  await onItsBase(planned, parts, async () => void calls.push('make'));
  expect(calls).toEqual([`lay vg on ${base}`, 'make']);
});

test('a storage that cannot be made leaves no group behind', async () => {
  const { calls, parts } = world();
  const failing = async () => {
    throw new AppError('unavailable', 'no');
  };
  await expect(onItsBase(planned, parts, failing)).rejects.toThrow('no');
  expect(calls).toEqual([`lay vg on ${base}`, 'take away']);
});

test('a storage without a base needs no group, nor does a daemon that makes none', async () => {
  const { calls, parts } = world();
  await onItsBase(plain, parts, async () => {});
  await onItsBase(planned, { ...parts, layGroup: undefined }, async () => {});
  expect(calls).toEqual([]);
});
