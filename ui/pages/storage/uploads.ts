// Uploads that are under way: they go on while other pages are looked at.
import { createSignal } from 'solid-js';
import { createStore } from 'solid-js/store';
import { type UploadRequest, upload } from '../../api/upload.ts';
import { watchTask } from '../../live/watched.ts';

export interface Upload {
  readonly id: number;
  readonly node: string;
  readonly storage: string;
  readonly content: string;
  readonly name: string;
  readonly size: number;
  sent: number;
  /** Bytes a second, over the whole upload. */
  speed: number;
  state: 'sending' | 'failed' | 'cancelled' | 'done';
  error: unknown;
}

const [uploads, setUploads] = createStore<Upload[]>([]);
const [nextId, setNextId] = createSignal(1);
const cancels = new Map<number, AbortController>();

export { uploads };

/** Starts an upload; resolves when it ended, one way or the other. */
export async function startUpload(request: Omit<UploadRequest, 'onProgress' | 'signal'>): Promise<void> {
  const id = nextId();
  setNextId(id + 1);
  const cancel = new AbortController();
  cancels.set(id, cancel);
  const { node, storage, content, file } = request;
  setUploads(uploads.length, {
    id,
    node,
    storage,
    content,
    name: file.name,
    size: file.size,
    sent: 0,
    speed: 0,
    state: 'sending',
    error: undefined,
  });
  const change = (part: Partial<Upload>) => setUploads((one) => one.id === id, part);
  const begun = performance.now();
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', warn);
  try {
    const upid = await upload({
      ...request,
      signal: cancel.signal,
      onProgress: (sent, total) => {
        // The form around the file is a little larger than the file.
        const part = total > 0 ? Math.min(1, sent / total) : 0;
        change({ sent: part * file.size, speed: (sent / Math.max(1, performance.now() - begun)) * 1000 });
      },
    });
    change({ state: 'done', sent: file.size });
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
