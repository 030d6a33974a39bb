// Opens the sink for an archive of a given compression.
import { createGzip } from 'node:zlib';
import type { ArchiveCompression } from '../../../storage-plugins/backup-names/archive-name.ts';
import { kibibyte, mebibyte } from '../../core/units.ts';
import { OrderedCalls } from '../ordered-calls.ts';
import type { ArchiveSink, ByteSink } from './archive-sink.ts';
import { startFilter } from './filter-program.ts';
import { gathered } from './gathered.ts';
import { StreamedSink } from './streamed-sink.ts';
import { ZstdFrameWriter } from './zstd-frames.ts';

export interface ArchiveSinkOptions {
  /** Undefined: none. bzip2 is only read. */
  readonly compression: Exclude<ArchiveCompression, 'bz2'> | undefined;
  readonly target: ByteSink;
  /** How many zstd frames may be compressed at the same time; 1 if not given. */
  readonly inFlight?: number | undefined;
  /**
   * Of zstd: `as-written` makes each write a frame, as VMA wants it; `gathered` (if not given) makes frames of 4 MiB of
   * writes of any size, as tar needs it.
   */
  readonly frames?: 'as-written' | 'gathered';
}

const gatheredFrameBytes = 4 * mebibyte;
const chunkBytes = 256 * kibibyte;

/**
 * Levels are those of vzdump: 3 of zstd, 6 of gzip, 3 of lzop. Nothing is written yet. A missing lzop is told by the first
 * call that needs it, with `unavailable`.
 */
export function openArchiveSink(options: ArchiveSinkOptions): ArchiveSink {
  const { compression, target, inFlight, frames = 'gathered' } = options;
  switch (compression) {
    case 'zst': {
      const writer = new ZstdFrameWriter({ target, inFlight });
      return frames === 'gathered' ? gathered(writer, gatheredFrameBytes) : writer;
    }
    case 'gz': {
      const gzip = createGzip({ chunkSize: chunkBytes });
      return new StreamedSink(target, { input: gzip, output: gzip, kill: () => gzip.destroy() });
    }
    case 'lzo':
      return new StreamedSink(target, startFilter(['lzop', '--stdout'], 'compress the archive'));
    case undefined:
      return plainSink(target);
  }
}

function plainSink(target: ByteSink): ArchiveSink {
  const calls = new OrderedCalls();
  let writtenBytes = 0;
  return {
    get writtenBytes() {
      return writtenBytes;
    },
    write: (bytes) =>
      calls.run(async () => {
        if (bytes.length > 0) await target(bytes);
        writtenBytes += bytes.length;
      }),
    end: () => calls.end(async () => undefined),
    abort: () => calls.cancel(),
  };
}
