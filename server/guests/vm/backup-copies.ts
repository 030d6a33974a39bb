// Copies of the small volumes that a running VM writes to, but that are no drives: firmware variables, a TPM's state.
import { type FileHandle, open, rm } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';

const maxBytes = 64 * 1024 * 1024;
/** Looks that must find it changed before it is given up: some seconds. */
const mostLooks = 60;
const pauseMs = 50;

/**
 * Copies a file or device to a new file, and answers its bytes. Both QEMU and swtpm write through the host's cache, so what is read is
 * what they wrote last; it is of one moment when two looks find the same. `busy` when it is written to all the time, `unavailable` when it
 * cannot be opened, `unsupported` when it is no small one.
 */
export async function copyStill(key: string, from: string, to: string, signal: AbortSignal): Promise<number> {
  const source = await open(from, 'r').catch((cause: unknown) => {
    throw new AppError('unavailable', `${key}: its volume cannot be opened`, { detail: from, cause });
  });
  try {
    let last = await readAll(key, source);
    for (let looks = 1; ; looks += 1) {
      if (signal.aborted) throw new AppError('cancelled', 'cancelled');
      const next = await readAll(key, source);
      if (next.equals(last)) break;
      if (looks >= mostLooks) throw new AppError('busy', `${key}: it is written to without a pause`);
      last = next;
      await delay(pauseMs);
    }
    await rm(to, { force: true });
    const target = await open(to, 'wx', 0o600);
    try {
      await target.writeFile(last);
    } finally {
      await target.close();
    }
    return last.length;
  } finally {
    await source.close();
  }
}

/** From the beginning to the end, wherever that is: a device tells no size. */
async function readAll(key: string, file: FileHandle): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const part = Buffer.allocUnsafe(1024 * 1024);
    const { bytesRead } = await file.read(part, 0, part.length, at);
    if (bytesRead === 0) return Buffer.concat(parts);
    at += bytesRead;
    if (at > maxBytes)
      throw new AppError('unsupported', `${key}: its volume is larger than ${maxBytes / 1024 / 1024} MiB`);
    parts.push(part.subarray(0, bytesRead));
  }
}
