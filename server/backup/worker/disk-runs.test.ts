import { describe, expect, it } from 'vitest';
import { seededRandom } from '../nbd/nbd-fixture.ts';
import type { NbdRange } from '../nbd/nbd-protocol.ts';
import { type DiskRun, wholeRuns } from './disk-runs.ts';

/** `z100 d50`: 100 bytes of zeros, then 50 used ones. */
async function* ranges(text: string): AsyncGenerator<NbdRange> {
  let offset = 0;
  for (const part of text.split(' ').filter((one) => one !== '')) {
    const [zero, bytes] = [part[0] === 'z', Number(part.slice(1))];
    yield { offset, bytes, zero, hole: zero };
    offset += bytes;
  }
}

async function runs(text: string, unit = 64): Promise<string> {
  const found: DiskRun[] = [];
  let next = 0;
  for await (const run of wholeRuns(ranges(text), unit)) {
    expect(run.offset).toBe(next);
    next += run.bytes;
    found.push(run);
  }
  return found.map(({ bytes, zero }) => `${zero ? 'z' : 'd'}${bytes}`).join(' ');
}

describe('the runs of a disk', () => {
  it.each([
    ['', ''],
    ['z10', 'z10'],
    ['d64 z64 d64', 'd64 z64 d64'],
    // A unit of which anything is used is used.
    ['d1 z127', 'd64 z64'],
    ['z63 d1 z64', 'd64 z64'],
    ['z63 d2 z63', 'd128'],
    ['z64 z64 z1', 'z129'],
    ['z20 z20 z24 d64', 'z64 d64'],
    ['z20 d20 z24 z64', 'd64 z64'],
    ['d640 z6400 d1', 'd640 z6400 d1'],
    ['z30 z30 z200 d4', 'z256 d8'],
    ['z65 d1', 'z64 d2'],
  ])('of %s are %s', async (given, expected) => {
    expect(await runs(given)).toBe(expected);
  });

  it('are those of a simple model, whatever the ranges', async () => {
    const random = seededRandom(5);
    for (let round = 0; round < 300; round++) {
      const parts = Array.from({ length: random(12) }, () => ({
        zero: random(2) === 0,
        bytes: 1 + random(200),
      }));
      const bytes = parts.flatMap((part) => Array.from({ length: part.bytes }, () => part.zero));
      const units = Array.from({ length: Math.ceil(bytes.length / 64) }, (_, unit) =>
        bytes.slice(unit * 64, unit * 64 + 64),
      );
      const model: DiskRun[] = [];
      for (const unit of units) {
        const zero = unit.every(Boolean);
        const last = model.at(-1);
        if (last?.zero === zero) model[model.length - 1] = { ...last, bytes: last.bytes + unit.length };
        else model.push({ offset: 0, bytes: unit.length, zero });
      }
      const text = parts.map((part) => `${part.zero ? 'z' : 'd'}${part.bytes}`).join(' ');
      const expected = model.map((run) => `${run.zero ? 'z' : 'd'}${run.bytes}`).join(' ');
      expect(await runs(text), text).toBe(expected);
    }
  });
});
