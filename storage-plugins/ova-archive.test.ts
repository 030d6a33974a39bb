// What an OVA may hold, and what no archive of a stranger gets away with.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AppError } from '../server/core/errors.ts';
import { type TarMember, tarOf } from '../test/fixtures/appliance.ts';
import { descriptionIn, readManifest, readOva } from './ova-archive.ts';

const open = async (bytes: Buffer) =>
  await readOva(bytes.length, async (position, length) => bytes.subarray(position, position + length));
const refusal = async (bytes: Buffer): Promise<string> =>
  await open(bytes).then(
    (members) => `fine: ${members.map(({ name }) => name).join(' ')}`,
    (error: unknown) => (error instanceof AppError ? `${error.code}: ${error.message}` : String(error)),
  );
const ovf = { name: 'box.ovf', bytes: '<Envelope/>' };
const disk = { name: 'box-disk1.vmdk', bytes: Buffer.alloc(1000, 7) };
/** A record of a pax header: `LENGTH KEY=VALUE\n`. */
const pax = (key: string, value: string): TarMember => {
  const body = ` ${key}=${value}\n`;
  const length = body.length + String(body.length + 2).length;
  return { name: 'pax', type: 'x', bytes: `${length}${body}` };
};

describe('an archive', () => {
  test('is a list of files', async () => {
    const bytes = tarOf([ovf, { name: './box disk.mf', bytes: '' }, disk]);
    const members = await open(bytes);
    expect(members).toEqual([
      { name: 'box.ovf', tidyName: 'box.ovf', offset: 512, bytes: 11 },
      { name: 'box disk.mf', tidyName: 'box_disk.mf', offset: 1536, bytes: 0 },
      { name: 'box-disk1.vmdk', tidyName: 'box-disk1.vmdk', offset: 2048, bytes: 1000 },
    ]);
    expect(descriptionIn(members).name).toBe('box.ovf');
    expect(await refusal(tarOf([pax('path', 'long.ovf'), ovf]))).toBe('fine: long.ovf');
    expect(await refusal(tarOf([{ ...pax('comment', 'x'), type: 'g' }, ovf]))).toBe('fine: box.ovf');
  });

  test.each<[string, TarMember[], RegExp]>([
    ['an absolute name', [{ name: '/etc/passwd', bytes: 'x' }], /absolute/],
    ['a drive letter', [{ name: 'C:box.ovf', bytes: 'x' }], /absolute/],
    ['a way up', [{ name: '../box.ovf', bytes: 'x' }], /leads elsewhere/],
    ['a way up in the middle', [{ name: 'a/../../box.ovf', bytes: 'x' }], /leads elsewhere/],
    ['a folder in a name', [{ name: 'a/box.ovf', bytes: 'x' }], /folder/],
    ['a backslash', [{ name: 'a\\box.ovf', bytes: 'x' }], /folder/],
    ['a hidden file', [{ name: '.box.ovf', bytes: 'x' }], /letters/],
    ['a name like an option', [{ name: '-rf.ovf', bytes: 'x' }], /letters/],
    ['no name', [{ name: '', bytes: 'x' }], /letters/],
    [
      'a symbolic link',
      [{ name: 'box.ovf', bytes: '', type: '2', linkName: '/etc/shadow' }],
      /symbolic link/,
    ],
    ['a hard link', [{ name: 'box.ovf', bytes: '', type: '1', linkName: '/etc/shadow' }], /hard link/],
    ['a device', [{ name: 'disk.vmdk', bytes: '', type: '4' }], /device/],
    ['a pipe', [{ name: 'disk.vmdk', bytes: '', type: '6' }], /pipe/],
    ['a folder', [{ name: 'box', bytes: '', type: '5' }], /folder/],
    ['a sparse file', [{ name: 'disk.raw', bytes: '', type: 'S' }], /sparse/],
    ['a sparse file by pax', [pax('GNU.sparse.major', '1'), disk], /sparse/],
    ['a way up by pax', [pax('path', '../../etc/passwd'), ovf], /leads elsewhere/],
    ['a link by a long name', [{ name: 'x', bytes: 'x', type: 'L' }, ovf], /long name/],
    ['an absurd size', [pax('size', '999999999999999'), disk], /cut off/],
    ['a size that is none', [pax('size', '-5'), disk], /absurd/],
    ['the same name twice', [ovf, { ...ovf, bytes: 'other' }], /twice/],
    [
      'names that differ by a space',
      [
        { name: 'a b.ovf', bytes: '' },
        { name: 'a_b.ovf', bytes: '' },
      ],
      /twice/,
    ],
    ['too many files', Array.from({ length: 200 }, (_, at) => ({ name: `f${at}`, bytes: '' })), /more than/],
    ['nothing', [], /empty/],
  ])('with %s is refused', async (_what, members, rule) => {
    const outcome = await refusal(tarOf(members));
    expect(outcome).toMatch(/^invalid-input: the archive is refused: /);
    expect(outcome).toMatch(rule);
  });

  test('cut off, damaged, or none at all is refused', async () => {
    const bytes = tarOf([ovf, disk]);
    expect(await refusal(bytes.subarray(0, 1600))).toMatch(/cut off/);
    const damaged = Buffer.from(bytes);
    damaged.write('B', 0);
    expect(await refusal(damaged)).toMatch(/damaged/);
    expect(await refusal(Buffer.alloc(4096, 0xff))).toMatch(/invalid-input/);
    const large = Buffer.from(bytes);
    large.write('\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff', 124, 'latin1');
    expect(await refusal(large)).toMatch(/invalid-input/);
  });

  test('of any bytes is read to its end, or refused', async () => {
    const whole = tarOf([ovf, pax('path', 'x.vmdk'), disk]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 30 }),
        async (changes) => {
          const bytes = Buffer.from(whole);
          for (const [at, value] of changes) bytes[at] = value;
          // The sum of each header made right again: else nothing gets past it.
          for (const at of [0, 1024, 2048]) {
            bytes.fill(' ', at + 148, at + 156);
            const sum = bytes.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
            bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + 148, 'latin1');
          }
          const outcome = await refusal(bytes);
          expect(outcome).toMatch(/^(fine|invalid-input)/);
          if (!outcome.startsWith('fine')) return;
          for (const { name, offset, bytes: length } of await open(bytes)) {
            expect(name).not.toMatch(/[/\\]|^\.|\0/);
            expect(offset + length).toBeLessThanOrEqual(bytes.length);
          }
        },
      ),
    );
  });
});

test('a manifest', () => {
  const hex = 'a'.repeat(64);
  const sums = readManifest(`SHA256(box.ovf)= ${hex}\r\nSHA1 (box (1).vmdk) = ${'B'.repeat(40)}\n\n`);
  expect([...sums]).toEqual([
    ['box.ovf', { algorithm: 'sha256', checksum: hex }],
    ['box (1).vmdk', { algorithm: 'sha1', checksum: 'b'.repeat(40) }],
  ]);
  for (const text of ['rubbish', `SHA256(x)= ${'a'.repeat(40)}`, `MD5(x)= ${'a'.repeat(32)}`])
    expect(() => readManifest(text)).toThrow(AppError);
});
