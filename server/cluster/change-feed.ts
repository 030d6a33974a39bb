// Tells watchers of changes, each in order, whatever the watchers do meanwhile.
import type { DocumentChange } from './cluster-store.ts';
import { splitKey } from './document-key.ts';

export type ChangeListener = (change: DocumentChange) => void;

export class ChangeFeed {
  readonly #listeners = new Map<string, Set<{ readonly listener: ChangeListener }>>();
  readonly #onError: (error: unknown) => void;
  #queue: DocumentChange[] = [];
  #delivering = false;

  /** `onError` gets what a listener throws; the others are told all the same. */
  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  watch(kind: string, listener: ChangeListener): () => void {
    const entry = { listener };
    const all = this.#listeners.get(kind) ?? new Set();
    this.#listeners.set(kind, all.add(entry));
    return () => void all.delete(entry);
  }

  /** Delivers before it returns, except to a caller that is a listener itself: its changes come after the present one. */
  publish(changes: readonly DocumentChange[]): void {
    for (const { key, document, position } of changes) this.#queue.push({ key, document, position });
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = 0; next < this.#queue.length; next++) this.#deliver(this.#queue[next]!);
    } finally {
      this.#queue = [];
      this.#delivering = false;
    }
  }

  clear(): void {
    this.#listeners.clear();
  }

  #deliver(change: DocumentChange): void {
    const listeners = this.#listeners.get(splitKey(change.key).kind);
    for (const entry of [...(listeners ?? [])]) {
      if (!listeners?.has(entry)) continue; // ended by a listener called just before
      try {
        // A listener may be an async function: its rejection must not end the daemon.
        const result: unknown = entry.listener(change);
        if (result instanceof Promise) result.catch(this.#onError);
      } catch (error) {
        this.#onError(error);
      }
    }
  }
}
