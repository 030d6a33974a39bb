// Which images of strangers are refused by their first bytes, before any other program sees them.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import type { VolumeFormat } from '../plugin.ts';
import { checkHeaders } from './foreign-headers.ts';
import { readImageInfo, readMeasure } from './foreign-info.ts';

const refusal = async (format: VolumeFormat, bytes: Buffer): Promise<string> =>
  await checkHeaders(format, bytes.length, async (at, length) => bytes.subarray(at, at + length)).then(
    () => 'fine',
    (error: unknown) => (error instanceof AppError ? `${error.code}: ${error.message}` : String(error)),
  );

function vmdk(description: string, change: (bytes: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.alloc(512 * 21);
  bytes.write('KDMV');
  bytes.writeBigUInt64LE(8n, 12);
  bytes.writeBigUInt64LE(1n, 28);
  bytes.writeBigUInt64LE(20n, 36);
  bytes.write(description, 512);
  change(bytes);
  return bytes;
}

const sparse = 'parentCID=ffffffff\ncreateType="streamOptimized"\nRW 8 SPARSE "box.vmdk"\n';

describe('VMDK', () => {
  test.each([
    ['one sparse extent', sparse, /fine/],
    ['a flat extent elsewhere', 'createType="monolithicFlat"\nRW 8 FLAT "/etc/shadow" 0\n', /other files/],
    [
      'a flat extent behind a sparse type',
      'createType="streamOptimized"\nRW 8 FLAT "/etc/shadow" 0\n',
      /FLAT/,
    ],
    ['an absolute extent', sparse.replace('box.vmdk', '/dev/sda'), /leads elsewhere/],
    ['an extent in another folder', sparse.replace('box.vmdk', '../secret.vmdk'), /leads elsewhere/],
    ['an extent by a protocol', sparse.replace('box.vmdk', 'nbd:127.0.0.1'), /leads elsewhere/],
    ['an extent of Windows', sparse.replace('box.vmdk', 'C:\\\\x.vmdk'), /leads elsewhere/],
    ['a device', `${sparse}RW 8 VMFSRDM "disk-rdm.vmdk"\n`, /several extents/],
    ['two extents', `${sparse}RW 8 SPARSE "s002.vmdk"\n`, /several extents/],
    ['no extent', 'createType="streamOptimized"\n', /several extents/],
    ['a parent', sparse.replace('ffffffff', '12345678'), /child/],
    ['a parent by name', `${sparse}parentFileNameHint="/etc/shadow"\n`, /child/],
    ['encryption', `${sparse}encryption.keySafe = "vmware:key"\n`, /encrypted/],
    ['a split type', sparse.replace('streamOptimized', 'twoGbMaxExtentSparse'), /other files/],
  ])('with %s', async (_what, description, rule) => {
    expect(await refusal('vmdk', vmdk(description))).toMatch(rule);
  });

  test('open when its writer ended, absurdly large, or without capacity', async () => {
    expect(
      await refusal(
        'vmdk',
        vmdk(sparse, (bytes) => bytes.writeUInt8(1, 72)),
      ),
    ).toMatch(/not closed/);
    expect(
      await refusal(
        'vmdk',
        vmdk(sparse, (bytes) => bytes.writeBigUInt64LE(2n ** 41n, 12)),
      ),
    ).toMatch(/larger/);
    expect(
      await refusal(
        'vmdk',
        vmdk(sparse, (bytes) => bytes.writeBigUInt64LE(0n, 12)),
      ),
    ).toMatch(/single file/);
    expect(await refusal('vmdk', Buffer.from('# Disk DescriptorFile\n'))).toMatch(/single file/);
  });

  test('a description of any text is let through or refused, and quickly', async () => {
    const line = fc.oneof(
      fc.constantFrom(...sparse.split('\n'), '\n'.repeat(3000), ' '.repeat(3000), 'RW 8 SPARSE "../x"'),
      fc.string({ maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 8 }), async (lines) => {
        const text = lines.join('\n').slice(0, 10_000);
        const started = performance.now();
        const outcome = await refusal('vmdk', vmdk(text));
        expect(performance.now() - started).toBeLessThan(1000);
        expect(outcome).toMatch(/^(fine|invalid-input)/);
        if (outcome === 'fine') expect(text).not.toMatch(/^RW 8 SPARSE "\.\.\/x"/m);
      }),
    );
  });
});

describe('qcow2', () => {
  const qcow2 = (features: bigint, change: (bytes: Buffer) => void = () => {}) => {
    const bytes = Buffer.alloc(512);
    bytes.writeUInt32BE(0x514649fb, 0);
    bytes.writeUInt32BE(3, 4);
    bytes.writeBigUInt64BE(1024n ** 2n, 24);
    bytes.writeBigUInt64BE(features, 72);
    change(bytes);
    return bytes;
  };
  test.each([
    ['a plain one', qcow2(0n), /fine/],
    ['a dirty one', qcow2(1n), /not closed/],
    ['a corrupt one', qcow2(2n), /corrupt/],
    ['one with a data file', qcow2(4n), /another file/],
    ['one with a backing file', qcow2(0n, (bytes) => bytes.writeBigUInt64BE(200n, 8)), /backing file/],
    ['an encrypted one', qcow2(0n, (bytes) => bytes.writeUInt32BE(2, 32)), /encrypted/],
    ['an absurd one', qcow2(0n, (bytes) => bytes.writeBigUInt64BE(2n ** 50n, 24)), /larger/],
    ['none', Buffer.from('no image'), /not a qcow2/],
  ])('%s', async (_what, bytes, rule) => {
    expect(await refusal('qcow2', bytes)).toMatch(rule);
  });
});

test('VHD, VHDX and raw', async () => {
  const vhd = (type: number) => {
    const bytes = Buffer.alloc(512);
    bytes.write('conectix');
    bytes.writeBigUInt64BE(1024n ** 2n, 48);
    bytes.writeUInt32BE(type, 60);
    return bytes;
  };
  expect(await refusal('vhd', vhd(3))).toBe('fine');
  expect(await refusal('vhd', vhd(4))).toMatch(/parent/);
  expect(await refusal('vhd', Buffer.alloc(10))).toMatch(/not a VHD/);
  expect(await refusal('vhdx', Buffer.from('vhdxfile....'))).toBe('fine');
  expect(await refusal('vhdx', Buffer.from('vhdx'))).toMatch(/not a VHDX/);
  expect(await refusal('raw', Buffer.alloc(0))).toMatch(/empty/);
  expect(await refusal('iso', Buffer.alloc(10))).toMatch(/^unsupported/);
});

test.each([
  ['{"virtual-size":1048576,"format":"raw"}', 1048576],
  ['{"virtual-size":5,"backing-filename":"/etc/shadow"}', /backing/],
  ['{"virtual-size":5,"encrypted":true}', /encrypted/],
  ['{"virtual-size":5,"dirty-flag":true}', /not closed/],
  ['{"virtual-size":5,"format-specific":{"type":"qcow2","data":{"corrupt":true}}}', /corrupt/],
  ['{"virtual-size":5,"format-specific":{"data":{"data-file":"/x"}}}', /another file/],
  ['{"virtual-size":5,"format-specific":{"data":{"encrypt":{"format":"luks"}}}}', /encrypted/],
  ['{"virtual-size":5,"format-specific":{"data":{"extents":[{},{}]}}}', /other files/],
  ['{"virtual-size":0}', /no size/],
  ['rubbish', /no size/],
])('what qemu-img tells: %s', (json, expected) => {
  if (typeof expected === 'number') expect(readImageInfo(json)).toEqual({ sizeBytes: expected });
  else expect(() => readImageInfo(json)).toThrow(expected);
  expect(readMeasure('{"required":7,"fully-allocated":9}')).toBe(7);
});
