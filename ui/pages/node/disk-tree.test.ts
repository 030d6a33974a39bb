// Disks and their partitions as a tree; health, wear and names as they are told.
import { describe, expect, it } from 'vitest';
import type { DiskItem } from '../../../server/contract/node-disks.ts';
import { diskName, diskTree, healthTone, wearTone } from './disk-tree.ts';

const item = (devpath: string, parent?: string): DiskItem => ({
  ...{ devpath, size: 1, type: 'ssd', gpt: 1, model: 'm', vendor: 'v', serial: 's', wwn: 'w', rpm: 0 },
  ...{ health: 'PASSED', wearout: 'N/A', osdid: -1, 'osdid-list': null },
  ...(parent === undefined ? {} : { parent }),
});

describe('disks as a tree', () => {
  it('puts each partition below its disk, both in the order of their numbers', () => {
    const tree = diskTree([
      item('/dev/sdb'),
      item('/dev/sda10', '/dev/sda'),
      item('/dev/sda2', '/dev/sda'),
      item('/dev/sda'),
    ]);
    expect(tree.map(({ disk, parts }) => [disk.devpath, parts.map((part) => part.devpath)])).toEqual([
      ['/dev/sda', ['/dev/sda2', '/dev/sda10']],
      ['/dev/sdb', []],
    ]);
  });

  it('loses no partition whose disk is not told', () => {
    expect(diskTree([item('/dev/sdc1', '/dev/sdc')]).map(({ disk }) => disk.devpath)).toEqual(['/dev/sdc1']);
  });

  it('takes an unknown health for neither good nor bad, any other word for bad', () => {
    expect(['PASSED', 'ok', 'UNKNOWN', '', 'FAILED', 'FAILED!'].map(healthTone)).toEqual([
      ...['ok', 'ok', 'plain', 'plain', 'bad', 'bad'],
    ]);
  });

  it('warns of wear before the end', () => {
    expect([100, 25, 24, 10, 9, 0].map(wearTone)).toEqual(['plain', 'plain', 'warn', 'warn', 'bad', 'bad']);
  });

  it('names a disk by what is known of it', () => {
    expect(diskName({ vendor: 'ATA', model: 'WDC_WD40EFAX-68JH4N1' })).toBe('WDC WD40EFAX-68JH4N1');
    expect(diskName({ vendor: 'unknown', model: 'KINGSTON SNV2S1000G' })).toBe('KINGSTON SNV2S1000G');
    expect(diskName({ vendor: 'SanDisk', model: 'SanDisk Ultra' })).toBe('SanDisk Ultra');
    expect(diskName({ vendor: 'SEAGATE', model: 'ST4000' })).toBe('SEAGATE ST4000');
  });
});
