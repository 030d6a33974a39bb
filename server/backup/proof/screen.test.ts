// Pictures of screens read, compared and written; and when a screen says that a system is up.
import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { mebibyte } from '../../core/units.ts';
import { ScreenJudge, type ScreenSight } from './screen-judge.ts';
import {
  differingShare,
  goneShare,
  isBlank,
  type Picture,
  readPicture,
  renderPng,
} from './screen-picture.ts';

const [width, height] = [72, 40];
/** Text in rows: each lit row is a third of its pixels. */
function screen(
  rows: readonly number[],
  more: { readonly shift?: number; readonly dot?: number } = {},
): Picture {
  const pixels = new Uint8Array(width * height * 3);
  for (const row of rows)
    for (let x = more.shift ?? 0; x < width; x += 3)
      pixels.fill(200, (row * width + x) * 3, (row * width + x) * 3 + 3);
  if (more.dot !== undefined) pixels.fill(255, more.dot * 3, more.dot * 3 + 3);
  return { width, height, pixels };
}
const ppm = ({ pixels, ...size }: Picture) =>
  Buffer.concat([Buffer.from(`P6\n${size.width} ${size.height}\n255\n`), pixels]);

describe('pictures', () => {
  test('are read as PPM and as the PNG that is written', async () => {
    const picture = screen([1, 5, 9]);
    expect(await readPicture(ppm(picture))).toEqual({ ...picture, pixels: Buffer.from(picture.pixels) });
    const back = await readPicture(await renderPng(picture));
    expect(differingShare(picture, back)).toBe(0);
    expect(Buffer.from(back.pixels).equals(Buffer.from(picture.pixels))).toBe(true);
  });

  test.each([0, 1, 2, 3, 4])('of PNG with filter %i are read', async (filter) => {
    const picture = screen([0, 3, 4, 7]);
    const rows: number[] = [];
    const at = (row: number, i: number) => (row < 0 || i < 0 ? 0 : picture.pixels[row * width * 3 + i]!);
    for (let row = 0; row < height; row += 1) {
      rows.push(filter);
      for (let i = 0; i < width * 3; i += 1) {
        const [left, up, corner] = [at(row, i - 3), at(row - 1, i), i < 3 ? 0 : at(row - 1, i - 3)];
        const paeth = [left, up, corner].toSorted(
          (a, b) => Math.abs(left + up - corner - a) - Math.abs(left + up - corner - b),
        )[0]!;
        const guess = [0, left, up, (left + up) >> 1, paeth][filter]!;
        rows.push((at(row, i) - guess) & 255);
      }
    }
    const whole = await renderPng(picture);
    const idat = whole.indexOf('IDAT');
    const packed = deflateSync(Buffer.from(rows));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(packed.length);
    const iend = whole.subarray(whole.indexOf('IEND') - 4);
    const made = Buffer.concat([
      whole.subarray(0, idat - 4),
      length,
      Buffer.from('IDAT'),
      packed,
      Buffer.alloc(4),
      iend,
    ]);
    expect(differingShare(await readPicture(made), picture)).toBe(0);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['words', Buffer.from('no picture at all')],
    ['a PPM of no size', Buffer.from('P6\n0 7\n255\n')],
    ['a PPM of a monstrous size', Buffer.from('P6\n999999 999999\n255\n')],
    ['a PPM that is cut off', ppm(screen([1])).subarray(0, 900)],
    ['a PNG without anything', Buffer.from('89504e470d0a1a0a', 'hex')],
  ])('that are %s are refused', async (_what, bytes) => {
    await expect(readPicture(bytes)).rejects.toMatchObject({ code: 'unsupported' });
  });

  test('of a PNG that is cut off or changed are refused, or read', async () => {
    const whole = await renderPng(screen([1, 2, 3]));
    for (let at = 8; at < whole.length; at += 1) {
      const changed = Buffer.from(whole);
      changed[at]! ^= 0xff;
      for (const bytes of [whole.subarray(0, at), changed])
        await readPicture(bytes).catch((error: unknown) =>
          expect(error).toMatchObject({ code: 'unsupported' }),
        );
    }
  });

  test('are compared', () => {
    expect(differingShare(screen([1]), screen([1], { dot: 900 }))).toBeLessThan(0.001);
    expect(differingShare(screen([1]), { ...screen([1]), width: height, height: width })).toBe(1);
    expect(goneShare(screen([1, 2]), screen([1, 2, 3, 4]))).toBe(0);
    expect(goneShare(screen([1, 2]), screen([2, 9]))).toBe(0.5);
    expect(goneShare(screen([]), screen([2]))).toBe(0);
    expect([isBlank(screen([])), isBlank(screen([], { dot: 5 }))]).toEqual([true, false]);
  });
});

describe('a screen', () => {
  const banner = screen([0, 1]);
  const login = screen([20, 21, 22], { shift: 1 });
  const idle = { readBytes: 90 * mebibyte, cpuTimeNs: 0 };
  /** One look every 2 s; how many seconds after the first it was taken for up. */
  function upAfter(acceleration: 'kvm' | 'tcg', looks: readonly Partial<ScreenSight>[]): number | undefined {
    const judge = new ScreenJudge(acceleration);
    const found = looks.findIndex(
      (look, index) => judge.see({ at: index * 2000, picture: banner, ...idle, ...look }) !== undefined,
    );
    return found < 0 ? undefined : found * 2;
  }
  const many = (count: number, look: (index: number) => Partial<ScreenSight>) =>
    Array.from({ length: count }, (_, index) => look(index));
  const boots = [
    { picture: screen([]), readBytes: 0 },
    { picture: banner, readBytes: 0 },
  ];

  test.each([
    ['kvm', 14],
    ['tcg', 24],
  ] as const)('with %s is up when it stands still', (acceleration, seconds) => {
    expect(upAfter(acceleration, [...boots, ...many(40, () => ({ picture: login }))])).toBe(seconds);
  });

  test('whose cursor blinks stands still', () => {
    const looks = many(40, (index) => ({
      picture: index % 2 ? login : screen([20, 21, 22], { shift: 1, dot: 700 }),
    }));
    expect(upAfter('kvm', [...boots, ...looks])).toBe(14);
  });

  test.each<[string, readonly Partial<ScreenSight>[]]>([
    ['that scrolls', many(60, (index) => ({ picture: screen([index % 30, 31]) }))],
    ['that stays empty', many(60, () => ({ picture: screen([]) }))],
    [
      'of firmware that finds nothing to boot',
      many(60, (index) => ({ picture: index < 3 ? banner : screen([0, 1, 2, 3, 4]), readBytes: 4096 })),
    ],
    [
      'of firmware that finds nothing, on a disk that was looked at for long',
      many(60, (index) => ({ picture: index < 3 ? banner : screen([0, 1, 2]), readBytes: 9 * mebibyte })),
    ],
    [
      'of a boot loader that is lost',
      [...boots, ...many(60, () => ({ picture: login, readBytes: mebibyte }))],
    ],
    [
      'of one that computes',
      [...boots, ...many(25, (index) => ({ picture: login, cpuTimeNs: index * 2e9 }))],
    ],
    [
      'of one that reads',
      [...boots, ...many(25, (index) => ({ picture: login, readBytes: (50 + index) * mebibyte }))],
    ],
  ])('%s is not', (_what, looks) => {
    expect(upAfter('kvm', looks)).toBeUndefined();
  });

  test('of one that computes or reads all the time is, after a minute', () => {
    const looks = many(60, (index) => ({
      picture: login,
      cpuTimeNs: index * 2e9,
      readBytes: (50 + index) * mebibyte,
    }));
    expect(upAfter('kvm', [...boots, ...looks])).toBe(64);
  });
});
