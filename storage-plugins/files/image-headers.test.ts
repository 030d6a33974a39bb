// Image headers, progress lines and system errors, as they are recorded and as an attacker would write them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import { qcow2HeaderBytes, readQcow2Header } from './qcow2-header.ts';
import { readConvertProgress, readSnapshotNames } from './qemu-img.ts';
import { storageError } from './system-errors.ts';
import { readVmdkDescriptor, readVmdkHeader } from './vmdk-header.ts';

function qcow2(fields: { version?: number; size?: bigint; backing?: bigint; features?: bigint }): Buffer {
  const bytes = Buffer.alloc(qcow2HeaderBytes);
  bytes.writeUInt32BE(0x514649fb, 0);
  bytes.writeUInt32BE(fields.version ?? 3, 4);
  bytes.writeBigUInt64BE(fields.backing ?? 0n, 8);
  bytes.writeUInt32BE(16, 20);
  bytes.writeBigUInt64BE(fields.size ?? 1024n, 24);
  bytes.writeBigUInt64BE(fields.features ?? 0n, 72);
  return bytes;
}

function vmdk(fields: { capacity?: bigint; descriptorAt?: bigint; descriptorSectors?: bigint }): Buffer {
  const bytes = Buffer.alloc(512);
  bytes.write('KDMV');
  bytes.writeBigUInt64LE(fields.capacity ?? 8n, 12);
  bytes.writeBigUInt64LE(fields.descriptorAt ?? 1n, 28);
  bytes.writeBigUInt64LE(fields.descriptorSectors ?? 20n, 36);
  return bytes;
}

describe('qcow2', () => {
  test('tells size, backing file and data file', () => {
    expect(readQcow2Header(qcow2({}))).toEqual({
      version: 3,
      sizeBytes: 1024,
      clusterBytes: 65_536,
      backingName: undefined,
      snapshots: 0,
      hasBackingFile: false,
      hasDataFile: false,
      encrypted: false,
      dirty: false,
      corrupt: false,
    });
    expect(readQcow2Header(qcow2({ features: 3n }))).toMatchObject({ dirty: true, corrupt: true });
    expect(readQcow2Header(qcow2({ backing: 1n }))).toMatchObject({ hasBackingFile: true });
    expect(readQcow2Header(qcow2({ features: 4n }))).toMatchObject({ hasDataFile: true });
    // Version 2 has no such features: what stands there belongs to something else.
    expect(readQcow2Header(qcow2({ version: 2, features: 4n }))).toMatchObject({ hasDataFile: false });
  });

  test('knows what is none', () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(200),
      qcow2({}).subarray(0, 80),
      qcow2({ version: 1 }),
      qcow2({ version: 9 }),
      qcow2({ size: 2n ** 63n }),
    ])
      expect(readQcow2Header(bytes)).toBeUndefined();
  });
});

describe('VMDK', () => {
  test('tells size and description', () => {
    expect(readVmdkHeader(vmdk({}))).toEqual({
      sizeBytes: 4096,
      descriptorOffset: 512,
      descriptorBytes: 10240,
      dirty: false,
    });
  });

  test('knows what would open other files, or ask for much memory', () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('# Disk DescriptorFile'.padEnd(600)),
      vmdk({ capacity: 0n }),
      vmdk({ capacity: 2n ** 60n }),
      vmdk({ descriptorAt: 2n ** 60n }),
      vmdk({ descriptorSectors: 2n ** 40n }),
    ])
      expect(readVmdkHeader(bytes)).toBeUndefined();
  });

  test('reads what a description names', () => {
    const text = [
      '# Disk DescriptorFile',
      'parentCID=ffffffff',
      'createType="streamOptimized"',
      'RW 8 SPARSE "box.vmdk"',
      'RW 8 FLAT "/dev/sda" 0',
      'NOACCESS 8 ZERO',
    ].join('\r\n');
    expect(readVmdkDescriptor(text)).toEqual({
      createType: 'streamOptimized',
      isChild: false,
      encrypted: false,
      extents: [
        { type: 'SPARSE', file: 'box.vmdk' },
        { type: 'FLAT', file: '/dev/sda' },
        { type: 'ZERO', file: '' },
      ],
    });
    expect(readVmdkDescriptor('parentCID=12345678')).toMatchObject({ isChild: true });
    expect(readVmdkDescriptor('parentFileNameHint="/etc/shadow"')).toMatchObject({ isChild: true });
    expect(readVmdkDescriptor('encryption.keySafe = "x"')).toMatchObject({ encrypted: true });
  });
});

test('readers of headers survive any bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 600 }),
      fc.constantFrom('', 'KDMV', 'QFI\xfb\0\0\0\x03'),
      (bytes, magic) => {
        const buffer = Buffer.concat([Buffer.from(magic, 'latin1'), bytes]);
        readQcow2Header(buffer);
        readVmdkHeader(buffer);
        readVmdkDescriptor(buffer.toString('latin1'));
      },
    ),
  );
});

test('the newest progress of a copy', () => {
  expect(readConvertProgress('    (0.00/100%)\r    (12.50/100%)\r')).toBe(0.125);
  expect(readConvertProgress('    (100.00/100%)\r')).toBe(1);
  expect(readConvertProgress('qemu-img: warning')).toBeUndefined();
});

test('names of snapshots in what qemu-img 7.2 prints', () => {
  const info =
    '{"virtual-size":1048576,"format":"qcow2","snapshots":[{"icount":0,"id":"1","name":"before"}]}';
  expect(readSnapshotNames(info)).toEqual(['before']);
  expect(readSnapshotNames('{"virtual-size":1048576}')).toEqual([]);
});

test.each([
  ['ENOSPC', 'no-capacity'],
  ['EDQUOT', 'no-capacity'],
  ['EIO', 'unavailable'],
  ['ESTALE', 'unavailable'],
  ['EROFS', 'unavailable'],
  ['EACCES', 'unavailable'],
  ['EBADF', 'internal'],
])('%s on a storage is %s', (errno, code) => {
  const error = storageError(Object.assign(new Error('/secret/path'), { code: errno }), 'write the import');
  expect(error.code).toBe(code);
  expect(error.message).not.toContain('/secret');
  const known = new AppError('busy', 'x');
  expect(storageError(known, 'y')).toBe(known);
});
