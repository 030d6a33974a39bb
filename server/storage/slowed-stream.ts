// A stream that passes on no more than so many bytes in a second.
import { Readable } from 'node:stream';
import { type Clock, systemClock } from '../core/clock.ts';

/** What may pass at once, as a part of a second's: the speed is even from the first moment on. */
const burstSeconds = 0.25;

/**
 * Passes the source on at the speed given, in bytes per second; undefined: as fast as it goes. Ends with the source, and ends it when it is
 * ended itself; `signal` ends a wait.
 */
export function slowed(
  source: Readable,
  bytesPerSecond: number | undefined,
  signal: AbortSignal,
  clock: Clock = systemClock,
): Readable {
  if (bytesPerSecond === undefined) return source;
  const pieceBytes = Math.max(1, Math.floor(bytesPerSecond * burstSeconds));
  async function* pieces(speed: number) {
    /** When what has passed will have taken its time, in milliseconds. */
    let paidUntil = clock.now();
    for await (const chunk of source) {
      const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        const piece = bytes.subarray(at, at + pieceBytes);
        const now = clock.now();
        if (paidUntil > now) await clock.sleep(paidUntil - now, signal);
        paidUntil = Math.max(paidUntil, clock.now() - burstSeconds * 1000) + (piece.length * 1000) / speed;
        yield piece;
      }
    }
  }
  return Readable.from(pieces(bytesPerSecond), { objectMode: false });
}
