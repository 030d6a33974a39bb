// A Node stream as the sink of a VMA writer.
import type { Writable } from 'node:stream';
import { AppError } from '../../core/errors.ts';
import type { VmaSink } from './vma-writer.ts';

/**
 * Writes into a stream and waits until it has taken the bytes, or fails with the stream's error, or with `cancelled` when it
 * is closed before. The bytes are copied: many streams pass a chunk on as it is and keep it (`PassThrough`), while the
 * writer uses its buffer again. Neither ends the stream nor listens to its errors otherwise.
 */
export function streamSink(stream: Writable): VmaSink {
  return (bytes) =>
    new Promise((resolve, reject) => {
      // A stream that is destroyed while it holds a chunk never calls back for that one.
      const closed = () =>
        reject(stream.errored ?? new AppError('cancelled', 'the stream was closed before all was written'));
      if (stream.closed) return closed();
      stream.once('close', closed);
      stream.write(Buffer.from(bytes), (error) => {
        stream.off('close', closed);
        if (error) reject(error);
        else resolve();
      });
    });
}
