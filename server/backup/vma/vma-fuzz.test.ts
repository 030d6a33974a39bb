// Random damage, most of it under right checksums: reading ends with a refusal of ours, or gives what the header promises.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../test/lab/seeded-random.ts';
import { AppError } from '../../core/errors.ts';
import {
  archiveOf,
  chunked,
  cluster,
  extentStarts,
  imagesOf,
  imageWith,
  readPieces,
  resealed,
} from './vma-fixture.ts';

const archive = await archiveOf({
  'drive-scsi0': imageWith(62 * cluster + 512, [1, 2, 3, 30, 992]),
  vmstate: imageWith(3 * cluster, [7]),
  'drive-efidisk0': imageWith(8 * cluster, [0, 127]),
});
const starts = extentStarts(archive);
/** Far below what the header's fields can say, so that a run stays small. */
const largestTotalBytes = 100 * cluster;

type Random = (below: number) => number;
type Damage = (bytes: Buffer, random: Random) => Buffer;

/** The fields that the format has: random places would mostly hit reserved bytes. */
const fields = [
  ...[4, 24, 28, 48, 52, 56, 2044, 2048, 3068, 3072].map((at) => [at, 4]),
  ...[1, 2, 3, 4, 255].flatMap((id) => [0, 8, 12].map((part) => [4096 + 32 * id + part, 4])),
  ...Array.from({ length: 120 }, (_, index) => [12_288 + index, 1]),
  ...starts.flatMap((start) => [[start + 6, 2], ...entriesOf(start)]),
] as [number, number][];

function entriesOf(start: number): number[][] {
  return Array.from({ length: 59 }, (_, entry) => start + 40 + 8 * entry).flatMap((at) => [
    [at, 2],
    [at + 3, 1],
    [at + 4, 4],
  ]);
}

const damages: Record<string, Damage> = {
  'bits in its fields': (bytes, random) => {
    for (let times = 1 + random(3); times > 0; times--) {
      const [at, length] = fields[random(fields.length)]!;
      bytes[at + random(length)]! ^= 1 << random(8);
    }
    return bytes;
  },
  'small and large numbers in its fields': (bytes, random) => {
    const [at, length] = fields[random(fields.length)]!;
    const number = [0, 1, 2, random(256), 2 ** (8 * length) - 1 - random(3)][random(5)]!;
    bytes.writeUIntBE(number, at, length);
    return bytes;
  },
  'a field in the place of another': (bytes, random) => {
    const [from, length] = fields[random(fields.length)]!;
    const [to] = fields.filter((field) => field[1] === length)[random(30)]!;
    bytes.copyWithin(to, from, from + length);
    return bytes;
  },
  'two clusters exchanged': (bytes, random) => {
    const entry = () => starts[random(starts.length)]! + 40 + 8 * random(59);
    const [one, other] = [entry(), entry()];
    const kept = Buffer.from(bytes.subarray(one, one + 8));
    bytes.copyWithin(one, other, other + 8);
    kept.copy(bytes, other);
    return bytes;
  },
  'a part taken out': (bytes, random) => {
    const from = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + random(6000))]);
  },
  'a part doubled': (bytes, random) => {
    const from = random(bytes.length);
    return Buffer.concat([bytes.subarray(0, from + 1 + random(6000)), bytes.subarray(from)]);
  },
  noise: (bytes, random) => {
    for (let at = random(bytes.length); at < bytes.length; at += 1 + random(2000)) bytes[at] = random(256);
    return bytes;
  },
};

describe.each(Object.entries(damages))('%s', (_, damage) => {
  it.each([true, false])('checksums right: %s', async (sealed) => {
    let accepted = 0;
    for (let seed = 1; seed <= 150; seed++) {
      const fraction = seededRandom(seed);
      const random: Random = (below) => Math.floor(fraction() * below);
      let changed = damage(Buffer.from(archive), random);
      if (sealed) changed = resealed(changed, () => undefined);
      const source = chunked(changed, () => random(20_000));
      try {
        const { header, pieces } = await readPieces(source, { largestTotalBytes });
        accepted += 1;
        const state = header.devices.find(({ name }) => name === 'vmstate');
        const disks = header.devices.filter((device) => device !== state);
        imagesOf(
          { ...header, devices: disks },
          pieces.filter(({ device }) => device !== state),
        );
        expect(disks.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(largestTotalBytes);
      } catch (error) {
        if (!(error instanceof AppError)) throw new Error(`seed ${seed}`, { cause: error });
        expect(error.message).toMatch(/byte \d+/);
      }
      expect(source.closed).toBe(true);
    }
    expect(accepted).toBeLessThan(150);
  });
});
