// Locks of tasks: taken in one fixed order, each with a fair queue, so that tasks wait visibly and never deadlock.
import { AppError } from '../core/errors.ts';
import type { LockRef } from './task.ts';

export interface LockRequest {
  /** Who asks, for identity. */
  readonly owner: string;
  /** In words, for those who wait: `VM 100 - Start`. */
  readonly description: string;
  readonly locks: readonly LockRef[];
  /** Owners whose locks count as held already: the tasks that started this one. */
  readonly ancestors: ReadonlySet<string>;
  readonly signal: AbortSignal;
  /** Called when it has to wait, and again when the one in its way changes: that one's description, and who it is. */
  onWait(lock: LockRef, holder: string, owner: string): void;
}

interface Waiter {
  readonly request: LockRequest;
  readonly lock: LockRef;
  grant(): void;
}

interface Lock {
  holder: LockRequest;
  readonly waiting: Waiter[];
}

const scopeOrder: readonly LockRef['scope'][] = ['cluster', 'node', 'storage', 'guest', 'name'];

export class LockQueue {
  readonly #locks = new Map<string, Lock>();

  /**
   * Resolves with the release once all locks are held; rejects with `cancelled` when the signal aborts before, holding
   * none. The place in the first queue is taken before this returns. Locks of an ancestor are not waited for: a task
   * that starts several children on one object must start them one after the other.
   */
  async acquire(request: LockRequest): Promise<() => void> {
    const held: string[] = [];
    const release = () => {
      for (const key of held.splice(0).reverse()) this.#release(key);
    };
    try {
      for (const lock of inOrder(request.locks)) {
        const key = keyOf(lock);
        const present = this.#locks.get(key);
        if (present && request.ancestors.has(present.holder.owner)) continue;
        if (present === undefined) this.#locks.set(key, { holder: request, waiting: [] });
        else await this.#wait(request, lock, present);
        held.push(key);
      }
      return release;
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Are all locks free? For tests and for the daemon's own checks. */
  get idle(): boolean {
    return this.#locks.size === 0;
  }

  #wait(request: LockRequest, lock: LockRef, present: Lock): Promise<void> {
    return new Promise((resolve, reject) => {
      const cancelled = () => new AppError('cancelled', 'cancelled while waiting');
      if (request.signal.aborted) {
        reject(cancelled());
        return;
      }
      const leave = () => {
        present.waiting.splice(present.waiting.indexOf(waiter), 1);
        reject(cancelled());
      };
      const waiter: Waiter = {
        request,
        lock,
        grant: () => {
          request.signal.removeEventListener('abort', leave);
          resolve();
        },
      };
      present.waiting.push(waiter);
      request.signal.addEventListener('abort', leave, { once: true });
      request.onWait(lock, present.holder.description, present.holder.owner);
    });
  }

  #release(key: string): void {
    const lock = this.#locks.get(key);
    const next = lock?.waiting.shift();
    if (!lock || !next) {
      this.#locks.delete(key);
      return;
    }
    lock.holder = next.request;
    next.grant();
    for (const waiter of lock.waiting)
      waiter.request.onWait(waiter.lock, next.request.description, next.request.owner);
  }
}

function keyOf(lock: LockRef): string {
  return `${lock.scope} ${lock.id}`;
}

function inOrder(locks: readonly LockRef[]): LockRef[] {
  const unique = new Map(locks.map((lock) => [keyOf(lock), lock]));
  return [...unique.values()].sort(
    (a, b) =>
      scopeOrder.indexOf(a.scope) - scopeOrder.indexOf(b.scope) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
}

/** A lock in words: `guest 100`; `the cluster's firewall`, `the cluster` for no id. */
export function describeLock(lock: LockRef): string {
  if (lock.scope !== 'cluster') return `${lock.scope} ${lock.id}`;
  return lock.id === '' ? 'the cluster' : `the cluster's ${lock.id}`;
}
