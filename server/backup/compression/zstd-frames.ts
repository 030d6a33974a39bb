// Writes zstd as a row of independent frames with checksums, several compressed at a time, and ends it with index and table.
import { AppError } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { OrderedCalls } from '../ordered-calls.ts';
import type { ArchiveSink, ByteSink } from './archive-sink.ts';
import { compressFrame, isTiny } from './frame-codec.ts';
import { Places } from './places.ts';
import { FrameEntries, largestFrameBytes, renderTrailer } from './trailer.ts';
import { checksumBytes } from './zstd-format.ts';

export interface ZstdFrameOptions {
  readonly target: ByteSink;
  /** Of zstd, 1 to 19; 3 if not given, as zstd(1) and vzdump have it. */
  readonly level?: number | undefined;
  /** How many frames may be compressed at the same time, each in a thread of libuv's (which has 4); 1 if not given. */
  readonly inFlight?: number | undefined;
}

/**
 * One file. Every `write` becomes one frame, at most 16 MiB of content: best 1 to 4 MiB, since a reader takes a frame as a
 * whole, and small ones compress worse. `write` settles when the bytes were copied, or a tiny frame compressed.
 *
 * Memory, for writes of `n` bytes: `inFlight` copies of them, `inFlight + 1` compressed frames (at most `n` and half a
 * percent each; one more than are being compressed, so that the target's waiting is not the compressor's), for each one being
 * compressed what zstd needs (2 MiB at level 3); and 12 to 24 bytes for every frame written: 7 MiB for 1 TiB in frames of 4 MiB.
 */
export class ZstdFrameWriter implements ArchiveSink {
  readonly #target: ByteSink;
  readonly #level: number;
  readonly #calls = new OrderedCalls();
  readonly #compressing: Places;
  /** Frames from their copy until the target has them. */
  readonly #underWay: Places;
  readonly #copies: Buffer[] = [];
  readonly #entries = new FrameEntries();
  /** Never rejects. */
  #output: Promise<void> = Promise.resolve();
  #writtenBytes = 0;

  constructor({ target, level = 3, inFlight = 1 }: ZstdFrameOptions) {
    this.#target = target;
    this.#level = level;
    this.#compressing = new Places(inFlight);
    this.#underWay = new Places(inFlight + 1);
  }

  get writtenBytes(): number {
    return this.#writtenBytes;
  }

  write(bytes: Buffer): Promise<void> {
    return this.#calls.run(async () => {
      if (bytes.length === 0) return;
      if (bytes.length > largestFrameBytes)
        throw new AppError('internal', `a frame of ${bytes.length} bytes cannot be read again`);
      await this.#underWay.take();
      await this.#compressing.take();
      // Nothing is awaited from here on: whoever took a place gives it back.
      const copy = isTiny(bytes) ? bytes : this.#copy(bytes);
      const frame = compressFrame(copy, this.#level).finally(() => {
        if (copy !== bytes) this.#copies.push(copy);
        this.#compressing.leave();
      });
      frame.catch(() => undefined);
      this.#output = this.#output.then(() => this.#putFrame(frame, bytes.length));
    });
  }

  end(index: Uint8Array = new Uint8Array(0)): Promise<void> {
    return this.#calls.end(async () => {
      await this.#output;
      this.#calls.throwFailure();
      for (const part of renderTrailer(this.#entries, index)) if (part.length > 0) await this.#put(part);
    });
  }

  async abort(): Promise<void> {
    await this.#calls.cancel();
    await this.#output;
  }

  async #putFrame(compressing: Promise<Buffer>, contentBytes: number): Promise<void> {
    try {
      const frame = await compressing;
      this.#calls.throwFailure();
      const checksum = frame.readUInt32LE(frame.length - checksumBytes);
      this.#entries.add({ compressedBytes: frame.length, contentBytes, checksum });
      await this.#put(frame);
    } catch (error) {
      this.#calls.fail(error);
    } finally {
      this.#underWay.leave();
    }
  }

  async #put(bytes: Buffer): Promise<void> {
    this.#calls.throwFailure();
    await this.#target(bytes);
    this.#writtenBytes += bytes.length;
  }

  /** In a buffer that was used before, if it is large enough. */
  #copy(bytes: Buffer): Buffer {
    let copy = this.#copies.pop();
    // A view knows its whole buffer.
    const room = copy ? copy.buffer.byteLength : 0;
    if (!copy || room < bytes.length)
      copy = Buffer.allocUnsafeSlow(Math.ceil(bytes.length / mebibyte) * mebibyte);
    const own = Buffer.from(copy.buffer, 0, bytes.length);
    bytes.copy(own);
    return own;
  }
}
