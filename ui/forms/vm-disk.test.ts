// Disks of VMs: what forms make is what the contract takes, and what they do not know stays.
import { describe, expect, it, test } from 'vitest';
import { driveStrings } from '../../server/contract/qemu-disk-strings.ts';
import { checkDrive } from '../../server/guests/config/check-drive.ts';
import { readDrive } from '../../server/guests/config/read-devices.ts';
import { parseProperties } from './property-string.ts';
import {
  checkDisk,
  checkNewDisk,
  type DiskBus,
  type DiskOptions,
  diskString,
  type NewDisk,
  newDisk,
  newDiskString,
  readDisk,
} from './vm-disk.ts';
import { readLimits } from './vm-disk-limits.ts';

const fresh: NewDisk = { ...newDisk(), storage: 'local' };

test.each<[Partial<NewDisk>, string]>([
  [{}, 'local:32,discard=on'],
  [{ sizeGiB: '8', format: 'qcow2', discard: false }, 'local:8,format=qcow2'],
  [
    { cache: 'writeback', aio: 'threads', ssd: true, iothread: true, readOnly: true, backup: false },
    'local:32,cache=writeback,aio=threads,discard=on,ssd=1,iothread=1,ro=1,backup=0',
  ],
  [
    { bus: 'sata', ssd: true, iothread: true, readOnly: true, serial: ' A-1 ' },
    'local:32,discard=on,ssd=1,serial=A-1',
  ],
  [
    { detectZeroes: false, wwn: ' 0x5000c500a0b1c2d3', vendor: 'CROFT', product: 'Fast disk' },
    'local:32,discard=on,detect_zeroes=0,wwn=0x5000c500a0b1c2d3,vendor=CROFT,product=Fast disk',
  ],
  [{ bus: 'virtio', wwn: '0x5000c500a0b1c2d3', vendor: 'CROFT', product: 'x' }, 'local:32,discard=on'],
  [{ bus: 'virtio', ssd: true, iothread: true }, 'local:32,discard=on,iothread=1'],
  [
    { mbpsMode: 'together', mbps: '100', mbps_max: '200,5', bps_max_length: '10', mbps_rd: '7' },
    'local:32,discard=on,mbps=100,mbps_max=200.5,bps_max_length=10',
  ],
  [
    { iopsMode: 'each', iops: '9', iops_rd: '500', iops_wr: '300', iops_wr_max: '600' },
    'local:32,discard=on,iops_rd=500,iops_wr=300,iops_wr_max=600',
  ],
])('a new disk with %j is %s', (part, text) => {
  const form = { ...fresh, ...part };
  expect(checkNewDisk(form)).toEqual({});
  expect(newDiskString(form)).toBe(text);
  expect(driveStrings[form.bus].parse(text)).toMatchObject({ ok: true });
});

test('reading and writing a disk changes nothing, also not what the form does not know', () => {
  for (const text of [
    'local:100/vm-100-disk-0.qcow2,discard=on,size=32G',
    'local:100/a.raw,backup=1,discard=ignore,iothread=0,cache=none,detect_zeroes=0,replicate=0,size=1G',
    'local:100/a.raw,bps=1048576,iops_rd=100,iops_rd_max=200,iops_rd_max_length=5,werror=stop',
    'local:100/a.raw,bps_rd=1000,mbps_wr=2.5,queues=4,wwn=0x5000c500a0b1c2d3',
  ]) {
    const before = parseProperties(text);
    expect(diskString(readDisk('scsi', before), before)).toBe(text);
  }
});

test('a limit that is changed takes the place of the one in bytes; a mode that is left takes its limits along', () => {
  const before = parseProperties('local:100/a.raw,bps=1048576,bps_max_length=3');
  const form = readDisk('scsi', before);
  expect(form).toMatchObject({ mbpsMode: 'together', mbps: '1', iopsMode: 'none' });
  expect(diskString({ ...form, mbps: '4', bps_max_length: '' }, before)).toBe('local:100/a.raw,mbps=4');
  expect(diskString({ ...form, mbpsMode: 'each', mbps_rd: '5' }, before)).toBe('local:100/a.raw,mbps_rd=5');
  expect(diskString({ ...form, mbpsMode: 'none' }, before)).toBe('local:100/a.raw');
});

describe('what would be refused', () => {
  const base: DiskOptions = { ...readDisk('scsi', parseProperties('local:100/a.raw')) };
  const together = { mbpsMode: 'together', iopsMode: 'together' } as const;

  it.each<[Partial<DiskOptions>, string, string]>([
    [{ ...together, mbps_max: '5' }, 'mbps_max', 'burstAlone'],
    [{ ...together, mbps: '10', mbps_max: '5' }, 'mbps_max', 'burstBelow'],
    [{ ...together, iops: '10', iops_max: '5' }, 'iops_max', 'burstBelow'],
    [{ mbpsMode: 'each', mbps_wr: '10', mbps_wr_max: '5' }, 'mbps_wr_max', 'burstBelow'],
    [{ ...together, iops_max_length: '5' }, 'iops_max_length', 'lengthAlone'],
    [{ ...together, mbps: '5', bps_max_length: '5' }, 'bps_max_length', 'lengthAlone'],
    [{ aio: 'native', cache: 'writeback' }, 'aio', 'nativeCache'],
    [{ aio: 'native', cache: 'unsafe' }, 'aio', 'nativeCache'],
  ])('by the daemon too: %j at %s: %s', (part, field, problem) => {
    const form = { ...base, ...part };
    expect(checkDisk(form)).toEqual({ [field]: problem });
    const wrong: Record<string, string> = {};
    checkDrive(readDrive('scsi0', diskString(form, parseProperties('local:100/a.raw'))), wrong);
    expect(Object.keys(wrong)).toEqual(['scsi0']);
  });

  it.each<[Partial<NewDisk>, string, string]>([
    [{ storage: '' }, 'storage', 'required'],
    [{ sizeGiB: '0' }, 'sizeGiB', 'number'],
    [{ sizeGiB: '8.5' }, 'sizeGiB', 'number'],
    [{ serial: 'a,b' }, 'serial', 'serial'],
    [{ serial: 'x'.repeat(21) }, 'serial', 'serial'],
    [{ wwn: '5000c500a0b1c2d3' }, 'wwn', 'wwn'],
    [{ vendor: 'x'.repeat(9) }, 'vendor', 'diskVendor'],
    [{ product: 'a.b' }, 'product', 'diskProduct'],
    [{ ...together, mbps: 'fast' }, 'mbps', 'limit'],
    [{ ...together, mbps: '-1' }, 'mbps', 'limit'],
    [{ ...together, iops: '1.5' }, 'iops', 'wholeLimit'],
    [{ ...together, iops: '5', iops_max: '6', iops_max_length: '0' }, 'iops_max_length', 'seconds'],
  ])('%j at %s: %s', (part, field, problem) => {
    expect(checkNewDisk({ ...fresh, ...part })).toEqual({ [field]: problem });
  });

  it('is nothing that is there already', () => {
    const before = parseProperties('local:100/a.raw,serial=with%20blank');
    const form = readDisk('ide' satisfies DiskBus, before);
    expect(checkDisk(form, before)).toEqual({});
    expect(checkDisk({ ...form, serial: 'other one' }, before)).toEqual({ serial: 'serial' });
  });

  it('what a field of another mode holds does not matter', () => {
    expect(checkDisk({ ...base, mbps: 'fast', iops_rd_max: '3' })).toEqual({});
    expect(readLimits(parseProperties('x,mbps=0,iops_rd=0'))).toMatchObject({
      mbpsMode: 'none',
      iopsMode: 'none',
    });
  });
});
