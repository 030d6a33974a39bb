// Update files on their way to nodes: they go on while other pages are looked at.
import { createStore } from 'solid-js/store';
import { asApiError } from '../../api/errors.ts';
import { uploadUpdate } from '../../api/upload.ts';
import { watchTask } from '../../live/watched.ts';

export interface UpdateUpload {
  readonly name: string;
  readonly size: number;
  sent: number;
  /** Bytes a second, over the whole upload. */
  speed: number;
  state: 'sending' | 'failed' | 'cancelled';
  error: unknown;
}

/** By node: one at a time. */
const [uploads, setUploads] = createStore<Record<string, UpdateUpload | undefined>>({});
const cancels = new Map<string, AbortController>();

export function uploadOf(node: string): UpdateUpload | undefined {
  return uploads[node];
}

/** Sends the file; resolves when it ended, one way or the other. Nothing while another is on its way. */
export async function startUpdateUpload(node: string, file: File): Promise<void> {
  if (uploads[node]?.state === 'sending') return;
  const cancel = new AbortController();
  cancels.set(node, cancel);
  setUploads(node, {
    name: file.name,
    size: file.size,
    sent: 0,
    speed: 0,
    state: 'sending',
    error: undefined,
  });
  const begun = performance.now();
  const warn = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', warn);
  try {
    const upid = await uploadUpdate({
      node,
      file,
      signal: cancel.signal,
      onProgress: (sent) =>
        setUploads(node, { sent, speed: (sent / Math.max(1, performance.now() - begun)) * 1000 }),
    });
    watchTask(upid);
    setUploads(node, undefined);
  } catch (thrown) {
    setUploads(
      node,
      cancel.signal.aborted ? { state: 'cancelled' } : { state: 'failed', error: asApiError(thrown) },
    );
  } finally {
    removeEventListener('beforeunload', warn);
    cancels.delete(node);
  }
}

export function cancelUpdateUpload(node: string): void {
  cancels.get(node)?.abort();
}

/** Forgets an upload that has ended. */
export function dismissUpdateUpload(node: string): void {
  setUploads(node, undefined);
}
