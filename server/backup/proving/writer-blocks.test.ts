// Whether the disks of a guest that writes are of one moment: those that are pass, and each way of being otherwise is found.
import { describe, expect, it } from 'vitest';
import { randomBytes } from '../nbd/nbd-fixture.ts';
import {
  blockBytes,
  blockContent,
  blocksOf,
  diskHead,
  firstBlockAt,
  headAt,
  momentOf,
  placeOf,
  window,
} from './writer-blocks-fixture.ts';

const diskBytes = firstBlockAt + 96 * blockBytes;
const blocks = [blocksOf(diskBytes), blocksOf(diskBytes)];
const generation = 7;

const noise = [1, 2].map((seed) => randomBytes(diskBytes, seed));

function untouched(): Buffer[] {
  return noise.map((bytes, disk) => {
    const image = Buffer.from(bytes);
    diskHead(disk, 'text').copy(image, headAt);
    return image;
  });
}

const offset = (block: number) => firstBlockAt + block * blockBytes;

/** The disks after these blocks of the guest's life, in this order. */
function written(numbers: readonly number[]): Buffer[] {
  const disks = untouched();
  disks[0]!.writeUInt32LE(generation, headAt + 8);
  for (const number of numbers) {
    const place = placeOf(generation, number, blocks);
    blockContent(generation, number, place).copy(disks[place.disk]!, offset(place.block));
  }
  return disks;
}

const upTo = (last: number) => Array.from({ length: last }, (_, i) => i + 1);
/** The newest block that stays where it was written to, among these. */
const lastingOf = (numbers: readonly number[], before: number) => {
  const key = (number: number) => JSON.stringify(placeOf(generation, number, blocks));
  return numbers.findLast(
    (number) => number <= before && !numbers.some((other) => other > number && key(other) === key(number)),
  )!;
};
const judge = (disks: readonly Buffer[]) => momentOf(disks, untouched(), generation);

describe('disks of one moment', () => {
  it.each([0, 1, 5, 100, 1000])('after %i blocks', (last) => {
    expect(judge(written(upTo(last)))).toEqual({ last, missing: 0 });
  });

  it('of the last blocks some may be missing, and they may have come in any order', () => {
    const some = upTo(300).filter((number) => number === 300 || number <= 300 - window || number % 3 === 0);
    const { last, missing } = judge(written(some));
    expect(last).toBe(300);
    expect(missing).toBeGreaterThan(0);
    expect(missing).toBeLessThan(window);
  });
});

describe('disks of no moment', () => {
  const numbers = upTo(300);
  const old = lastingOf(numbers, 300 - window);
  const place = placeOf(generation, old, blocks);
  it.each<[string, () => Buffer[]]>([
    ['an older block is missing', () => written(numbers.filter((number) => number !== old))],
    ['one disk is of a later moment', () => [written(upTo(300))[0]!, written(upTo(400))[1]!]],
    ['a later block is there alone', () => written([...numbers, 300 + 2 * window])],
    [
      'a block is half of another',
      () => {
        const disks = written(numbers);
        const later = blockContent(generation, old + 1000, place);
        later.copy(disks[place.disk]!, offset(place.block) + 2048, 2048);
        return disks;
      },
    ],
    [
      'one bit is changed',
      () => {
        const disks = written(numbers);
        disks[place.disk]![offset(place.block) + 4000]! ^= 1;
        return disks;
      },
    ],
    [
      'a block that was never written is another',
      () => {
        const disks = written(upTo(3));
        disks[1]![offset(90) + 1]! ^= 1;
        return disks;
      },
    ],
    [
      'a block lies elsewhere',
      () => {
        const disks = written(numbers);
        blockContent(generation, old, place).copy(disks[place.disk]!, offset((place.block + 1) % 96));
        return disks;
      },
    ],
    ['the disks are exchanged', () => written(numbers).toReversed()],
    ['a disk is cut off', () => written(numbers).map((disk) => disk.subarray(0, -512))],
    [
      'something before the blocks is changed',
      () => {
        const disks = written(numbers);
        disks[0]![100]! ^= 1;
        return disks;
      },
    ],
    [
      'it is of another life',
      () => {
        const disks = written(numbers);
        disks[0]!.writeUInt32LE(generation + 1, headAt + 8);
        return disks;
      },
    ],
  ])('%s', (_what, make) => {
    expect(() => judge(make())).toThrow(/disk \d/);
  });
});
