// Files on their way to the daemon: they go on while other pages are looked at.
import { createStore } from 'solid-js/store';
import type { Sending } from '../api/upload.ts';
import { watchTask } from './watched.ts';

export interface Upload {
  readonly id: number;
  /** What the page that shows it gave as its address. */
  readonly place: string;
  readonly name: string;
  /** Of the file, in bytes. */
  readonly size: number;
  sent: number;
  /** Bytes a second, over the whole upload. */
  speed: number;
  state: 'sending' | 'failed' | 'cancelled';
  error: unknown;
}

const [uploads, setUploads] = createStore<Upload[]>([]);
const cancels = new Map<number, AbortController>();
let newestId = 0;

/** The uploads of one page, the oldest first. Those that arrived are gone: their task goes on. */
export function uploadsAt(place: string): readonly Upload[] {
  return uploads.filter((one) => one.place === place);
}

/** Sends the file by `send`, which answers the UPID of the task that takes it; resolves when it ended, one way or the other. */
export async function startUpload(
  place: string,
  file: File,
  send: (sending: Sending) => Promise<string>,
): Promise<void> {
  newestId += 1;
  const id = newestId;
  const cancel = new AbortController();
  cancels.set(id, cancel);
  const { name, size } = file;
  setUploads(uploads.length, {
    ...{ id, place, name, size },
    ...{ sent: 0, speed: 0, state: 'sending', error: undefined },
  });
  const change = (part: Partial<Upload>) => setUploads((one) => one.id === id, part);
  const begun = performance.now();
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', warn);
  try {
    const upid = await send({
      signal: cancel.signal,
      onProgress: (sent, total) => {
        // A form around the file is a little larger than the file.
        const part = total > 0 ? Math.min(1, sent / total) : 0;
        change({ sent: part * size, speed: (sent / Math.max(1, performance.now() - begun)) * 1000 });
      },
    });
    watchTask(upid);
    dismissUpload(id);
  } catch (thrown) {
    change(cancel.signal.aborted ? { state: 'cancelled' } : { state: 'failed', error: thrown });
  } finally {
    removeEventListener('beforeunload', warn);
    cancels.delete(id);
  }
}

export function cancelUpload(id: number): void {
  cancels.get(id)?.abort();
}

/** Forgets an upload that has ended. */
export function dismissUpload(id: number): void {
  setUploads((all) => all.filter((one) => one.id !== id));
}
