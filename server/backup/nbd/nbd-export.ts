// What a server of ours serves: bytes of any origin, such as an archive, asked for piece by piece.
import type { NbdRange } from './nbd-protocol.ts';

/**
 * Nothing is called with what lies outside `sizeBytes`. Calls come many at a time and in any order. What they reject with is told to
 * the client: the error's number by its code, and its public words.
 */
export interface NbdExport {
  /** UTF-8, at most 4096 bytes; clients ask for it by name. */
  readonly name: string;
  readonly sizeBytes: number;
  /** Writes are refused, whatever else is given here. */
  readonly readOnly: boolean;
  /** What requests should be multiples of, for speed: the archive's blocks; a power of two, default 4096. */
  readonly preferredBytes?: number;
  /**
   * Exactly `length` bytes, above 0 and at most 32 MiB; undefined when all of them are zeros. `signal`: the client has gone. The
   * buffer must stay as it is until it is sent, so it must not be used again.
   */
  read(offset: number, length: number, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** The data are this call's own. */
  write?(offset: number, data: Uint8Array, signal: AbortSignal): Promise<void>;
  /** Resolves when everything written before is durable. */
  flush?(signal: AbortSignal): Promise<void>;
  /**
   * Ranges from `offset` on that follow one another: at least one; they may end before `offset + length` or go beyond. Without it
   * clients take everything for data.
   */
  blockStatus?(offset: number, length: number, signal: AbortSignal): Promise<readonly NbdRange[]>;
}
