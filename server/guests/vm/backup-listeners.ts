// Who is told when the backup of a guest cannot go on.
import type { AppError } from '../../core/errors.ts';

export type BackupListener = (problem: AppError) => void;

export class BackupListeners {
  readonly #listeners = new Map<number, Set<BackupListener>>();

  /** Told once, until the returned function is called. `known`: what has been told before, so it is told to this one soon. */
  add(vmid: number, listener: BackupListener, known?: AppError): () => void {
    const listeners = this.#listeners.get(vmid) ?? new Set();
    this.#listeners.set(vmid, listeners);
    const forget = () => {
      listeners.delete(once);
      if (listeners.size === 0 && this.#listeners.get(vmid) === listeners) this.#listeners.delete(vmid);
    };
    const once = (problem: AppError) => {
      forget();
      listener(problem);
    };
    listeners.add(once);
    if (known) queueMicrotask(() => listeners.has(once) && once(known));
    return forget;
  }

  tell(vmid: number, problem: AppError): void {
    for (const listener of [...(this.#listeners.get(vmid) ?? [])]) listener(problem);
  }
}
