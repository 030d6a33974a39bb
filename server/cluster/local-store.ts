// A ClusterStore of one member, over whatever keeps its changes: the frame of the single-node and the memory store.
import { AppError } from '../core/errors.ts';
import { ChangeFeed } from './change-feed.ts';
import type {
  ClusterStore,
  DocumentChange,
  DocumentKey,
  DocumentWrite,
  Json,
  Member,
  Quorum,
  StoredDocument,
} from './cluster-store.ts';
import { DocumentSet, type KeptKey } from './document-set.ts';
import { type AppliedChange, applyBatch, checkWrites, conflictError } from './state-machine.ts';

/** Where a local store keeps its changes. */
export interface ChangeKeeper {
  /** Everything kept, deleted keys too. */
  load(): Iterable<KeptKey>;
  /** Keeps all of them or none; durable when it returns. Throws an AppError. */
  keep(changes: readonly AppliedChange[]): void;
}

export interface LocalStoreOptions {
  /** This node's name and the address it is reached at. */
  readonly node: string;
  readonly address: string;
  /** Gets what a watcher throws. */
  readonly onWatcherError?: (error: unknown) => void;
}

export class LocalStore implements ClusterStore {
  readonly #documents = new DocumentSet();
  readonly #keeper: ChangeKeeper;
  readonly #feed: ChangeFeed;
  readonly #members: readonly Member[];
  #closed = false;

  constructor(keeper: ChangeKeeper, options: LocalStoreOptions) {
    this.#keeper = keeper;
    this.#feed = new ChangeFeed(options.onWatcherError ?? (() => {}));
    this.#members = [
      Object.freeze({ name: options.node, id: 1, online: true, local: true, address: options.address }),
    ];
    for (const kept of keeper.load()) this.#documents.put(kept);
  }

  read(key: DocumentKey): StoredDocument | undefined {
    return this.#documents.read(key);
  }

  list(kind: string): StoredDocument[] {
    return this.#documents.list(kind);
  }

  kinds(): string[] {
    return this.#documents.kinds();
  }

  async write(key: DocumentKey, value: Json, ifVersion?: number): Promise<StoredDocument> {
    const changes = this.#apply([{ key, value, ifVersion }]);
    return changes[0]!.document!;
  }

  async delete(key: DocumentKey, ifVersion?: number): Promise<void> {
    this.#apply([{ key, delete: true, ifVersion }]);
  }

  async batch(writes: readonly DocumentWrite[]): Promise<void> {
    this.#apply(writes);
  }

  watch(kind: string, listener: (change: DocumentChange) => void): () => void {
    return this.#feed.watch(kind, listener);
  }

  fingerprint(): { position: number; checksum: string } {
    return this.#documents.fingerprint();
  }

  members(): Member[] {
    return [...this.#members];
  }

  quorum(): Quorum {
    return { quorate: true, votes: 1, expectedVotes: 1 };
  }

  close(): void {
    this.#closed = true;
    this.#feed.clear();
  }

  #apply(writes: readonly DocumentWrite[]): readonly AppliedChange[] {
    if (this.#closed) throw new AppError('unavailable', 'The configuration store is closed.');
    const result = applyBatch(this.#documents, checkWrites(writes));
    if ('conflict' in result) throw conflictError(result.conflict);
    if (result.changes.length > 0) {
      this.#keeper.keep(result.changes);
      this.#documents.commit(result.changes);
      this.#feed.publish(result.changes);
    }
    return result.changes;
  }
}
