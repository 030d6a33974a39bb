// A qemu-nbd of the worker's own, for one volume: it ends with its only client, and with the worker whatever happens to that.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { imageDescription } from '../../../storage-plugins/files/image-description.ts';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError, hasCode } from '../../core/errors.ts';
import { mebibyte } from '../../core/units.ts';
import { NbdClient } from '../nbd/nbd-client.ts';
import type { Work } from './work.ts';

/** Milliseconds that the volume may take to be opened. */
const openMs = 60_000;
const keptComplaint = 8000;
const exportName = 'disk';
/**
 * Of glibc, mallopt(3): what a request was read into is kept for the next one. Otherwise each comes fresh from the kernel, page by page, which
 * takes as long as all the rest: half of qemu-nbd's processor time. It has some 16 MiB for it, as many as requests are under way.
 */
const keepsMemory = {
  MALLOC_MMAP_THRESHOLD_: String(32 * mebibyte),
  MALLOC_TRIM_THRESHOLD_: String(64 * mebibyte),
};

export interface ImageOptions {
  readonly attachment: Attachment;
  readonly writable: boolean;
  /** Which disk it is, in the words of errors. */
  readonly device: string;
}

export interface OpenImage {
  readonly client: NbdClient;
  /** Hangs up and waits until it has ended: then what was written is flushed and the volume closed. Rejects when that failed. */
  close(): Promise<void>;
}

/**
 * Starts qemu-nbd and connects to it. Errors: `busy` (somebody has the volume open), `unsupported` (a tree, a disk of another
 * node), `no-capacity`, `unavailable` (no qemu-nbd), `timeout`, `command-failed`, `cancelled`.
 */
export async function openImage(
  { attachment, writable, device }: ImageOptions,
  work: Work,
): Promise<OpenImage> {
  if (attachment.kind === 'file' && (attachment.foreign || attachment.part))
    throw new AppError('internal', `${device} is no volume of a guest`);
  const socketPath = join(work.folder, `${device}.sock`);
  const snapshot = attachment.kind === 'file' ? attachment.snapshot : undefined;
  if (snapshot !== undefined && writable) throw new AppError('internal', `${device} is a snapshot`);
  const past = snapshot === undefined ? [] : ['-l', `snapshot.name=${snapshot}`];
  const args = [
    ...['--socket', socketPath, '--export-name', exportName, ...past],
    ...(writable ? ['--discard=unmap'] : ['--read-only']),
    imageDescription(attachment),
  ];
  // When the worker dies it is killed by the kernel: without a client yet, it would wait for one for ever.
  const child = spawn('setpriv', ['--pdeathsig=KILL', '--', 'qemu-nbd', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C', ...keepsMemory },
  });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-keptComplaint);
  });
  const kill = () => child.kill('SIGKILL');
  work.signal.addEventListener('abort', kill, { once: true });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (cause) =>
      reject(new AppError('unavailable', `open ${device}: qemu-nbd cannot be started`, { cause })),
    );
    child.once('close', (code, by) => {
      work.signal.removeEventListener('abort', kill);
      if (code === 0) resolve();
      else if (work.signal.aborted) reject(new AppError('cancelled', 'cancelled'));
      else reject(readComplaint(`${complaint}\n${by ?? `exit code ${code}`}`, device));
    });
  });
  ended.catch(() => undefined);
  try {
    const client = await connect(socketPath, ended, work.signal, device);
    return {
      client,
      async close() {
        await client.close();
        await ended;
      },
    };
  } catch (error) {
    kill();
    throw error;
  }
}

/** Until it listens, or has ended. */
async function connect(
  socketPath: string,
  ended: Promise<void>,
  signal: AbortSignal,
  device: string,
): Promise<NbdClient> {
  let gone = false;
  const watched = ended.finally(() => {
    gone = true;
  });
  watched.catch(() => undefined);
  const deadline = Date.now() + openMs;
  for (let ms = 5; ; ms = Math.min(2 * ms, 100)) {
    try {
      return await NbdClient.open({ socketPath, exportName, signal });
    } catch (error) {
      if (gone) {
        await ended;
        throw new AppError('command-failed', `open ${device}: qemu-nbd has ended`);
      }
      if (!hasCode(error, 'unavailable')) throw error;
      if (Date.now() > deadline)
        throw new AppError('timeout', `open ${device}: qemu-nbd does not get ready`, { cause: error });
    }
    await delay(ms, undefined, { signal });
  }
}

function readComplaint(detail: string, device: string): AppError {
  if (/No space left on device|Disk quota exceeded/.test(detail))
    return new AppError('no-capacity', `${device}: no space left on the storage`, { detail });
  if (/Failed to get .*lock/.test(detail))
    return new AppError('busy', `open ${device}: a guest or another task has the disk open`, { detail });
  return new AppError('command-failed', `open ${device}: qemu-nbd failed`, { detail });
}
