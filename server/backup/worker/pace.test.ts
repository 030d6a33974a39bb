import { describe, expect, it } from 'vitest';
import type { Clock } from '../../core/clock.ts';
import { Pace } from './pace.ts';

function testClock(): Clock & { ms: number } {
  const clock = {
    ms: 5000,
    now: () => clock.ms,
    sleep: async (ms: number, signal?: AbortSignal) => {
      signal?.throwIfAborted();
      clock.ms += ms;
    },
  };
  return clock;
}

const never = new AbortController().signal;

describe('the pace', () => {
  it.each([
    [1000, 100],
    [1000, 1],
    [1_000_000, 250_000],
    [64, 65_536],
  ])('of %d bytes in a second is kept by pieces of %d', async (speed, piece) => {
    const clock = testClock();
    const pace = new Pace(speed, never, clock);
    for (let passed = 0; passed < 10 * Math.max(speed, piece); passed += piece) await pace.pass(piece);
    await pace.pass(0);
    const seconds = (clock.ms - 5000) / 1000;
    const wanted = Math.ceil((10 * Math.max(speed, piece)) / piece) * (piece / speed);
    expect(seconds).toBeGreaterThan(wanted - 0.3);
    expect(seconds).toBeLessThan(wanted + 0.3);
  });

  it('does not make up for time in which nothing came', async () => {
    const clock = testClock();
    const pace = new Pace(1000, never, clock);
    clock.ms += 60_000;
    for (let turn = 0; turn < 20; turn++) await pace.pass(100);
    await pace.pass(0);
    expect(clock.ms - 65_000).toBeGreaterThan(1400);
  });

  it('without a limit never waits, and asks for as much as there may be', async () => {
    const clock = testClock();
    const pace = new Pace(undefined, never, clock);
    await pace.pass(1e12);
    expect(clock.ms).toBe(5000);
    expect(pace.pieceBytes(1_048_576, 65_536)).toBe(1_048_576);
    expect(new Pace(1_000_000, never).pieceBytes(1_048_576, 65_536)).toBe(196_608);
    expect(new Pace(10, never).pieceBytes(1_048_576, 65_536)).toBe(65_536);
  });

  it('ends with the signal', async () => {
    const ending = new AbortController();
    const pace = new Pace(1, ending.signal);
    await pace.pass(1000);
    const waiting = pace.pass(1);
    ending.abort();
    await expect(waiting).rejects.toThrow();
  });
});
