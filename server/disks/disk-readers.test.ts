// What the tools say of disks, read; sizes of pools; files of mounts.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { gibibyte, mebibyte, tebibyte } from '../core/units.ts';
import { readUnit, renderUnit } from './disk-mounts.ts';
import { readLvm } from './lvm-report.ts';
import { poolSizes } from './pool-sizes.ts';
import { readSignatures, readTable } from './signatures.ts';

const testdata = (name: string) => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');

test('marks, each once, by the paths that were asked about', () => {
  const json = testdata('wipefs.util-linux-2.38.json');
  const uuid = 'e5275253-bcde-477a-a570-c8a7449eb077';
  expect(readSignatures(json, ['/dev/sdb', '/dev/sdb1'])).toEqual([
    { device: '/dev/sdb1', type: 'ext4', uuid, label: 'x<b>' },
    { device: '/dev/sdb', type: 'gpt', uuid: '', label: '' },
    { device: '/dev/sdb', type: 'PMBR', uuid: '', label: '' },
  ]);
  expect(readSignatures('', ['/dev/sdb'])).toEqual([]);
  expect(readSignatures('{"signatures": [\n\n]}', ['/dev/sdb'])).toEqual([]);
  expect(() => readSignatures('wipefs: error', ['/dev/sdb'])).toThrow('cannot be read');
});

test('a partition table', () => {
  expect(readTable(testdata('sfdisk.util-linux-2.38.json'))).toEqual({
    type: 'gpt',
    partitions: [
      {
        ...{ path: '/dev/sdb1', number: 1, sizeBytes: 128_991 * 512 },
        guid: '0ABD0ECF-F1AB-49A8-B526-CFE3B11D0D9E',
      },
    ],
  });
  expect(readTable('{"partitiontable":{"label":"dos","sectorsize":512}}').partitions).toEqual([]);
});

test('groups with their disks and volumes, missing disks among them', () => {
  const { groups, spare } = readLvm(
    ...([
      testdata('pvs.composed.json'),
      testdata('vgs.composed.json'),
      testdata('lvs.composed.json'),
    ] as const),
  );
  expect(spare).toEqual(['/dev/sde1']);
  expect(groups.map(({ name, partial, devices }) => [name, partial, devices.map((pv) => pv.device)])).toEqual(
    [
      ['croft', false, ['/dev/sda4']],
      ['vg0', true, ['/dev/sdb', '[unknown]']],
    ],
  );
  expect(groups[0]?.volumes[1]).toEqual({
    ...{ name: 'data', sizeBytes: 343_597_383_680, type: 'thin-pool', pool: '', active: true, open: true },
    ...{ usedBytes: 85_899_345_920, metadataBytes: 3_435_134_976, metadataUsedBytes: 360_689_172 },
  });
  expect(groups[0]?.volumes[2]).toMatchObject({ pool: 'data', type: 'thin' });
  // One row for each of its segments.
  expect(groups[1]?.volumes.map(({ name, active }) => [name, active])).toEqual([['wide', false]]);
  expect(() => readLvm('{}', '{}', 'lvs: bad')).toThrow('cannot be read');
});

test('a pool: 1 % for metadata, between 1 GiB and what LVM takes, less on small disks; all of it fits', () => {
  expect(poolSizes(tebibyte).metadataBytes).toBeGreaterThan(10.2 * gibibyte);
  expect(poolSizes(100 * gibibyte).metadataBytes).toBe(gibibyte);
  expect(poolSizes(20 * tebibyte).metadataBytes).toBeLessThanOrEqual(15.8 * gibibyte);
  expect(poolSizes(4 * gibibyte).metadataBytes).toBeLessThan(204 * mebibyte);
  for (const free of [300 * mebibyte, 4 * gibibyte, 25 * gibibyte, tebibyte, 20 * tebibyte]) {
    const { dataBytes, metadataBytes } = poolSizes(free);
    expect(dataBytes + 2 * metadataBytes + 128 * mebibyte).toBeLessThanOrEqual(free);
    expect((dataBytes % (4 * mebibyte)) + (metadataBytes % (4 * mebibyte))).toBe(0);
  }
  expect(poolSizes(mebibyte).dataBytes).toBe(0);
});

test('a file of a mount is read as it was written; what is not ours is none', () => {
  const mount = {
    ...{
      name: 'box',
      path: '/mnt/pve/box',
      uuid: '0b0e6f3c-2d3a-4d0e-9f0a-5d8f0a6b1c2d',
      type: 'xfs' as const,
    },
    ...{ options: 'defaults', partition: '0ABD0ECF-F1AB-49A8-B526-CFE3B11D0D9E', unitFile: '/x/box.mount' },
  };
  const { uuid, type, options, partition } = mount;
  expect(readUnit(renderUnit(mount))).toEqual({ uuid, type, options, partition });
  expect(readUnit(renderUnit({ ...mount, partition: '' }))).toMatchObject({ partition: '' });
  for (const text of [
    '',
    renderUnit(mount).replace('xfs', 'nfs'),
    renderUnit(mount).replace('by-uuid', 'by-id'),
  ])
    expect(readUnit(text)).toBeUndefined();
  expect(readUnit(renderUnit({ ...mount, options: 'rw bind /etc' }))).toBeUndefined();
});
