// Reads a disk into an archive: what is used of it, many reads at a time, handed on in order.
import { mebibyte } from '../../core/units.ts';
import { Places } from '../compression/places.ts';
import type { NbdClient } from '../nbd/nbd-client.ts';
import { clusterBytes } from '../vma/vma-format.ts';
import { wholeRuns } from './disk-runs.ts';
import type { Pace } from './pace.ts';

/** Of one read. */
const pieceBytes = mebibyte;
const readsAtOnce = 8;

/** Where a disk goes; calls are made one after the other, in the order of the disk. `data` is used again after its promise. */
export interface DiskSink {
  data(offset: number, data: Uint8Array): Promise<void>;
  zeros(offset: number, bytes: number): Promise<void>;
}

/**
 * Buffers for the reads of one worker: 8 MiB, used again and again. Only what there is a buffer for is asked of QEMU, so that no
 * reply is ever left unread in its socket, however long the archive's target takes: QEMU, and its guest, would wait for us.
 */
export class ReadBuffers {
  readonly #places = new Places(readsAtOnce);
  readonly #free: Buffer[] = Array.from({ length: readsAtOnce }, () => Buffer.allocUnsafeSlow(pieceBytes));

  async take(): Promise<Buffer> {
    await this.#places.take();
    return this.#free.pop()!;
  }

  give(buffer: Buffer): void {
    this.#free.push(buffer);
    this.#places.leave();
  }
}

/** Reads all of it. Rejects with the first error of the disk, the sink or the pace; the disk's connection is to be closed then. */
export async function readDisk(
  client: NbdClient,
  sink: DiskSink,
  {
    pace,
    buffers,
    signal,
  }: { readonly pace: Pace; readonly buffers: ReadBuffers; readonly signal: AbortSignal },
): Promise<void> {
  const piece = pace.pieceBytes(Math.min(pieceBytes, client.blockSizes.maxBytes), clusterBytes);
  let failure: { readonly error: unknown } | undefined;
  let handedOn: Promise<void> = Promise.resolve();
  const next = (work: () => Promise<void>, done?: () => void) => {
    handedOn = handedOn
      .then(async () => {
        if (!failure) await work();
      })
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .finally(done);
  };
  for await (const { offset, bytes, zero } of wholeRuns(client.allocation({ signal }), clusterBytes)) {
    if (zero) next(() => sink.zeros(offset, bytes));
    for (let at = offset; !zero && at < offset + bytes; at += piece) {
      const length = Math.min(piece, offset + bytes - at);
      await pace.pass(length);
      const buffer = await buffers.take();
      if (failure) {
        buffers.give(buffer);
        throw (failure as { error: unknown }).error;
      }
      const reading = client.read(at, length, { into: buffer.subarray(0, length) });
      // It is awaited in its turn.
      reading.catch(() => undefined);
      next(
        async () => sink.data(at, await reading),
        () => buffers.give(buffer),
      );
    }
  }
  await handedOn;
  if (failure) throw (failure as { error: unknown }).error;
}
