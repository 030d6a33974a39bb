// Makes writes of one size out of writes of any size, for what compresses every write by itself.

import { OrderedCalls } from '../ordered-calls.ts';
import type { ArchiveSink } from './archive-sink.ts';

/** Hands on `size` bytes at a time, the rest at the end. Memory: one such buffer. */
export function gathered(sink: ArchiveSink, size: number): ArchiveSink {
  const calls = new OrderedCalls();
  const buffer = Buffer.allocUnsafeSlow(size);
  let used = 0;
  const handOn = async () => {
    const full = buffer.subarray(0, used);
    used = 0;
    if (full.length > 0) await sink.write(full);
  };
  return {
    get writtenBytes() {
      return sink.writtenBytes;
    },
    write: (bytes) =>
      calls.run(async () => {
        for (let done = 0; done < bytes.length; ) {
          const copied = bytes.copy(buffer, used, done);
          done += copied;
          used += copied;
          if (used === size) await handOn();
        }
      }),
    end: (index) =>
      calls.end(async () => {
        await handOn();
        await sink.end(index);
      }),
    async abort() {
      await Promise.all([calls.cancel(), sink.abort()]);
    },
  };
}
