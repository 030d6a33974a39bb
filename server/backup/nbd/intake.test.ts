// Scripts read the same, however the bytes come; and which parts of a read came.
import { describe, expect, it } from 'vitest';
import { Coverage } from './coverage.ts';
import { Intake, type Script, skip, take } from './intake.ts';
import { randomBytes, seededRandom } from './nbd-fixture.ts';

function* sizedMessages(into: Buffer[]): Script<never> {
  for (;;) {
    const length = (yield* take(2)).readUInt16BE(0);
    const body = yield* take(length);
    yield* skip(length % 7);
    into.push(body);
  }
}

function streamOf(bodies: readonly Buffer[]): Buffer {
  return Buffer.concat(
    bodies.flatMap((body) => [
      Buffer.from([body.length >> 8, body.length & 255]),
      body,
      Buffer.alloc(body.length % 7),
    ]),
  );
}

const bodies = [0, 1, 2, 7, 500, 40_000, 0, 65_535, 3].map((length, index) => randomBytes(length, index));

describe('a script', () => {
  it.each([1, 2, 3, 1000, 65_536, 1_000_000])('reads its messages in chunks of %d bytes', (size) => {
    const got: Buffer[] = [];
    const intake = new Intake(sizedMessages(got));
    const stream = streamOf(bodies);
    for (let at = 0; at < stream.length; at += size) intake.feed(stream.subarray(at, at + size));
    expect(got).toEqual(bodies);
  });

  it('reads them when the socket writes into its buffers, as much at a time as it likes', () => {
    const random = seededRandom(4);
    const got: Buffer[] = [];
    const intake = new Intake(sizedMessages(got));
    const stream = streamOf(bodies);
    for (let at = 0; at < stream.length; ) {
      const { target } = intake;
      expect(target.length).toBeGreaterThan(0);
      const bytes = Math.min(1 + random(target.length), stream.length - at);
      target.set(stream.subarray(at, at + bytes));
      intake.received(bytes);
      at += bytes;
    }
    expect(got).toEqual(bodies);
  });

  it('that is through lets the rest go by, in either way', () => {
    const intake = new Intake(
      (function* (): Script {
        yield* take(4);
      })(),
    );
    intake.feed(Buffer.alloc(100));
    expect(intake.ended).toBe(true);
    intake.received(intake.target.length);
    intake.feed(Buffer.alloc(100));
    expect(intake.target.length).toBeGreaterThan(0);
  });

  it('hands on what it throws', () => {
    const intake = new Intake(
      (function* (): Script {
        yield* take(1);
        throw new Error('not understood');
      })(),
    );
    expect(() => intake.feed(Buffer.alloc(1))).toThrow('not understood');
  });
});

describe('the parts of a read', () => {
  it('are whole in whatever order they come', () => {
    const random = seededRandom(9);
    for (let round = 0; round < 50; round += 1) {
      const length = 1 + random(2000);
      const pieces: [number, number][] = [];
      for (let at = 0; at < length; ) {
        const bytes = Math.min(1 + random(40), length - at);
        pieces.push([at, bytes]);
        at += bytes;
      }
      for (let i = pieces.length - 1; i > 0; i -= 1) {
        const j = random(i + 1);
        [pieces[i], pieces[j]] = [pieces[j]!, pieces[i]!];
      }
      const coverage = new Coverage(length);
      for (const [at, bytes] of pieces) {
        expect(coverage.complete).toBe(false);
        coverage.add(at, bytes);
      }
      expect(coverage.complete).toBe(true);
    }
  });

  it.each([
    ['before the read', -1, 10],
    ['beyond it', 95, 10],
    ['of no bytes', 50, 0],
    ['that came', 10, 10],
    ['of which the beginning came', 15, 10],
    ['of which the end came', 5, 10],
    ['around what came', 5, 30],
    ['within what came', 12, 2],
  ])('are not taken %s', (_, start, bytes) => {
    const coverage = new Coverage(100);
    coverage.add(10, 10);
    coverage.add(40, 5);
    expect(() => coverage.add(start, bytes)).toThrow('breaks the protocol');
  });

  it('may not be in endless pieces', () => {
    const coverage = new Coverage(1_000_000);
    expect(() => {
      for (let at = 0; at < 1_000_000; at += 2) coverage.add(at, 1);
    }).toThrow('too many pieces');
  });
});
