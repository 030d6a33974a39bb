// The ClusterStore: small versioned JSON documents that hold all configuration; the truth of every guest, storage, user and job.

/** Anything that survives JSON unchanged. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * `kind/name`, for instance `guests/100`, `storages/local`, `users/root@pam`, `options/datacenter`.
 * Kind: `[a-z][a-z-]*`. Name: 1 to 200 characters, no `/`, no control characters.
 */
export type DocumentKey = string;

export interface StoredDocument<T extends Json = Json> {
  readonly key: DocumentKey;
  /** Starts at 1, grows by one with each write of this key; a key deleted and made anew goes on counting. */
  readonly version: number;
  readonly value: T;
}

export interface DocumentChange {
  readonly key: DocumentKey;
  /** Undefined when the document was deleted. */
  readonly document: StoredDocument | undefined;
  /** Position in the store's total order of changes; grows by one with each change. */
  readonly position: number;
}

/** One change of a batch. `ifVersion` 0 means: must not exist; undefined: whatever is there. */
export type DocumentWrite =
  | { readonly key: DocumentKey; readonly value: Json; readonly ifVersion?: number | undefined }
  | { readonly key: DocumentKey; readonly delete: true; readonly ifVersion?: number | undefined };

export interface Member {
  readonly name: string;
  readonly id: number;
  readonly online: boolean;
  readonly local: boolean;
  /** The address other nodes reach it at. */
  readonly address: string;
}

export interface Quorum {
  readonly quorate: boolean;
  readonly votes: number;
  readonly expectedVotes: number;
}

/**
 * Reads are local, synchronous and always work. Writes are durable and applied locally when their promise resolves;
 * they reject with `wrong-state` when `ifVersion` does not hold (data: key, expected, actual), with `no-quorum` when
 * the cluster cannot accept them, with `invalid-input` for a bad key or a value that is not JSON.
 */
export interface ClusterStore {
  read(key: DocumentKey): StoredDocument | undefined;
  /** All documents of a kind, sorted by name (numeric names by number). */
  list(kind: string): StoredDocument[];
  /** The kinds of which there are documents, sorted. */
  kinds(): string[];
  /** Writes one document; returns it with its new version. */
  write(key: DocumentKey, value: Json, ifVersion?: number): Promise<StoredDocument>;
  /** Deletes; without `ifVersion` deleting what does not exist is no error. */
  delete(key: DocumentKey, ifVersion?: number): Promise<void>;
  /** Several changes, all or none, in this order. */
  batch(writes: readonly DocumentWrite[]): Promise<void>;
  /** Calls back after each change of the kind, in order, never before the change is durable. Returns how to stop. */
  watch(kind: string, listener: (change: DocumentChange) => void): () => void;
  /** Position of the newest change and a checksum over all documents: equal on members that agree. */
  fingerprint(): { position: number; checksum: string };
  members(): Member[];
  quorum(): Quorum;
  close(): void;
}
