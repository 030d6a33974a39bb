// Random numbers that can be had again: a test prints its seed, and who looks for the failure gives it back.
import { randomInt } from 'node:crypto';

/** The seed of CROFT_LAB_SEED, or a new one. */
export function labSeed(): number {
  const given = process.env['CROFT_LAB_SEED'];
  return given === undefined ? randomInt(2 ** 31) : Number(given);
}

/** Numbers from 0 to below 1, always the same for a seed: mulberry32, good enough to spread moments. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One moment in each of `count` equal parts of `lengthMs`, from the first on: spread, and yet at no fixed distance. */
export function spreadMoments(random: () => number, count: number, lengthMs: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.round(((index + random()) / count) * lengthMs));
}
