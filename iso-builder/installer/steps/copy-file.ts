// Copies one file by streams: with its checksum, progress and an early end, without holding up anything else.
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { AppError } from '../../../server/core/errors.ts';

const chunkBytes = 1024 ** 2;

/**
 * Copies `from` to `to` (replaced when it is there) and flushes it to the disk; answers size and SHA-256 (hex) of what was
 * read. `onBytes` hears how many were copied each time. Rejects with `cancelled` when the signal aborts.
 */
export async function copyFile(options: {
  readonly from: string;
  readonly to: string;
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
}): Promise<{ bytes: number; sha256: string }> {
  const { from, to, signal, onBytes } = options;
  const hash = createHash('sha256');
  const target = await open(to, 'w', 0o644);
  let bytes = 0;
  try {
    for await (const chunk of createReadStream(from, { highWaterMark: chunkBytes, signal })) {
      const data = chunk as Buffer;
      hash.update(data);
      await writeWhole(target, data, to);
      bytes += data.length;
      onBytes(data.length);
    }
    await target.sync();
  } finally {
    await target.close();
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function writeWhole(target: Awaited<ReturnType<typeof open>>, data: Buffer, to: string): Promise<void> {
  for (let done = 0; done < data.length; ) {
    const { bytesWritten } = await target.write(data, done);
    if (bytesWritten === 0) throw new AppError('no-capacity', `${to} cannot be written`);
    done += bytesWritten;
  }
}

/** SHA-256 (hex) of a file. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: chunkBytes, signal }))
    hash.update(chunk as Buffer);
  return hash.digest('hex');
}
