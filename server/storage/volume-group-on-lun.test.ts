// Tests of a volume group laid on a LUN: made on an empty one, refused on all else, taken away again.
import { beforeEach, describe, expect, test } from 'vitest';
import { AppError, asAppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { quietContext } from '../core/work-context.ts';
import { readPhysicalVolumes, readSignatures } from './lun-reports.ts';
import { type LunAccess, layGroupOnLun } from './volume-group-on-lun.ts';

const base = 'san:0.0.1.scsi-3600a';
const path = '/dev/disk/by-id/scsi-3600a';
let world: {
  volumes: { pv_name: string; vg_name: string; pv_in_use: string }[];
  signatures: string;
  start: Uint8Array;
  calls: string[];
};
let luns: LunAccess;
beforeEach(() => {
  world = {
    volumes: [{ pv_name: '/dev/sda3', vg_name: 'croft', pv_in_use: 'used' }],
    signatures: '',
    start: new Uint8Array(4096),
    calls: [],
  };
  luns = { attach: async () => ({ kind: 'block', path }), requireUnused: () => {} };
});

const exec: Exec = async (file, args) => {
  world.calls.push([file, ...args].join(' '));
  if (file === 'pvs')
    return { exitCode: 0, stderr: '', stdout: JSON.stringify({ report: [{ pv: world.volumes }], log: [] }) };
  if (file === 'wipefs') return { exitCode: 0, stderr: '', stdout: world.signatures };
  if (file === 'vgcreate') world.volumes.push({ pv_name: '/dev/sdb', vg_name: args[0]!, pv_in_use: 'used' });
  else if (file === 'vgremove') world.volumes = world.volumes.filter(({ vg_name }) => vg_name !== args[0]);
  else if (file !== 'pvremove') throw new Error(`a program that the fake does not know: ${file}`);
  return { exitCode: 0, stderr: '', stdout: '' };
};
const lay = (vgname = 'san') =>
  layGroupOnLun(exec, {
    readStart: async () => world.start,
    resolve: async (given) => (given === path ? '/dev/sdb' : given),
  })(quietContext(), { vgname, base }, luns);
const failure = async (work: Promise<unknown>) => {
  const error = asAppError(
    await work.then(
      () => new Error('nothing was refused'),
      (thrown: unknown) => thrown,
    ),
  );
  return `${error.code}: ${error.message}`;
};
const made = () => world.calls.filter((call) => /^(vg|pv)(create|remove)/.test(call));

describe('an empty LUN', () => {
  test('gets the group; it can be taken away again', async () => {
    const undo = await lay();
    expect(made()).toEqual([`vgcreate san ${path}`]);
    await undo?.();
    expect(made().slice(1)).toEqual(['vgremove san', `pvremove ${path}`]);
  });

  test('again: the group is there, and stays', async () => {
    await lay();
    expect(await lay()).toBeUndefined();
    expect(made()).toHaveLength(1);
  });

  test('a physical volume without a group, left by an attempt that was cut off, is used', async () => {
    world.volumes.push({ pv_name: '/dev/sdb', vg_name: '', pv_in_use: '' });
    world.signatures = '{"signatures":[{"device":"sdb","offset":"0x218","type":"LVM2_member"}]}';
    world.start = new Uint8Array([1]);
    await lay();
    expect(made()).toEqual([`vgcreate san ${path}`]);
  });
});

describe('a LUN that is not empty', () => {
  test.each([
    ['gpt', '{"signatures": [{"device":"sdb","offset":"0x200","type":"gpt","uuid":"9d3e","label":null}]}'],
    ['dos', '{"signatures": [{"device":"sdb","offset":"0x1fe","type":"dos","uuid":null,"label":null}]}'],
    ['ext4', '{"signatures": [{"device":"sdb","offset":"0x438","type":"ext4","uuid":"7c","label":"data"}]}'],
    [
      'VMFS_volume_member',
      '{"signatures": [{"device":"sdb","offset":"0x100000","type":"VMFS_volume_member"}]}',
    ],
  ])('%s is refused and told', async (kind, signatures) => {
    world.signatures = signatures;
    expect(await failure(lay())).toContain(`wrong-state: '${base}' is not empty: there is ${kind} on it`);
    expect(made()).toEqual([]);
  });

  test('another group, a group that is not seen, data that no program knows', async () => {
    world.start = new Uint8Array([0, 0, 7]);
    expect(await failure(lay())).toContain('data of an unknown kind');
    world.volumes = [{ pv_name: '/dev/sdb', vg_name: 'old', pv_in_use: 'used' }];
    expect(await failure(lay())).toContain("the volume group 'old'");
    world.volumes = [{ pv_name: '/dev/sdb', vg_name: '', pv_in_use: 'used' }];
    expect(await failure(lay())).toContain('wrong-state');
    expect(made()).toEqual([]);
  });

  test('a LUN that a guest or this node uses', async () => {
    luns = {
      ...luns,
      requireUnused: () => {
        throw new AppError('busy', 'used by VM 100');
      },
    };
    expect(await failure(lay())).toBe('busy: used by VM 100');
    let looks = 0;
    luns = {
      ...luns,
      requireUnused: () => {
        looks += 1;
        if (looks > 1) throw new AppError('busy', 'got by VM 101 meanwhile');
      },
    };
    expect(await failure(lay())).toBe('busy: got by VM 101 meanwhile');
    const busy = new AppError('busy', 'in use', { data: { holders: ['the file system mounted at /srv'] } });
    luns = { requireUnused: () => {}, attach: () => Promise.reject(busy) };
    expect(await failure(lay())).toBe('busy: in use');
    expect(made()).toEqual([]);
  });
});

test('a group of the name on another device is refused; one in use on this LUN is there', async () => {
  expect(await failure(lay('croft'))).toBe(
    "already-exists: a volume group 'croft' exists already, on /dev/sda3",
  );
  const busy = new AppError('busy', 'in use', {
    data: { holders: ['the logical volume croft/vm-100-disk-0'] },
  });
  luns = { ...luns, attach: () => Promise.reject(busy) };
  expect(await lay('croft')).toBeUndefined();
  expect(await failure(lay('other'))).toBe('busy: in use');
});

test('what is no device, and names that are no group', async () => {
  luns = { ...luns, attach: async () => ({ kind: 'file', path: '/x.raw', format: 'raw' }) };
  expect(asAppError(await lay().catch((error: unknown) => error)).fields).toHaveProperty('base');
  for (const name of ['', '-f', '..', 'a b', 'a/b', 'x'.repeat(128)])
    expect(asAppError(await lay(name).catch((error: unknown) => error)).fields).toHaveProperty('vgname');
});

test('reports', () => {
  expect(
    readPhysicalVolumes(
      '{"report": [{"pv": [{"pv_name":"/dev/sda3", "vg_name":"croft", "pv_in_use":"used"},{"pv_name":"/dev/sdb", "vg_name":"", "pv_in_use":""}]}],"log": []}',
    ),
  ).toEqual([
    { device: '/dev/sda3', group: 'croft', inUse: true },
    { device: '/dev/sdb', group: '', inUse: false },
  ]);
  expect(readSignatures('\n')).toEqual([]);
  expect(() => readSignatures('wipefs: error')).toThrow('cannot be read');
});
