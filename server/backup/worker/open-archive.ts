// An archive in the making: its file and its compression, opened and ended together.

import type { ArchiveFormat } from '../../../storage-plugins/backup-names/archive-name.ts';
import { AppError } from '../../core/errors.ts';
import type { ArchiveSink } from '../compression/archive-sink.ts';
import { openArchiveSink } from '../compression/open-archive-sink.ts';
import { openOutput, packingOf } from './archive-file.ts';
import type { ArchiveFile } from './worker-orders.ts';

const mostThreads = 8;

interface NewArchive {
  readonly archive: ArchiveFile;
  readonly format: ArchiveFormat;
  readonly zstdThreads: number | undefined;
  readonly signal: AbortSignal;
}

/**
 * Opens file and compressor, has `write` fill the archive, which ends with the index that it answers (if any), and waits until all is on
 * the disk. The bytes written. Rejects with the first error of any of them; what is in the file then is worth nothing.
 */
export async function writeArchive(
  { archive, format, zstdThreads = 1, signal }: NewArchive,
  write: (sink: ArchiveSink) => Promise<Uint8Array | undefined>,
): Promise<number> {
  const packing = packingOf(archive, format);
  if (packing === 'bz2') throw new AppError('unsupported', 'archives are not written with bzip2');
  const output = await openOutput(archive);
  const sink = openArchiveSink({
    compression: packing === 'none' ? undefined : packing,
    target: output.target,
    inFlight: Math.max(1, Math.min(mostThreads, Math.floor(zstdThreads))),
    frames: format === 'vma' ? 'as-written' : 'gathered',
  });
  const stop = () => void sink.abort();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const index = await write(sink);
    await sink.end(index);
    await output.finish();
    return sink.writtenBytes;
  } finally {
    signal.removeEventListener('abort', stop);
    await sink.abort();
    await output.close();
  }
}
