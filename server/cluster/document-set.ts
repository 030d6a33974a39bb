// All documents in memory: answers reads and lists, keeps the checksum, commits what the state machine decided.
import { createHash } from 'node:crypto';
import type { DocumentKey, StoredDocument } from './cluster-store.ts';
import { compareNames, splitKey } from './document-key.ts';
import type { AppliedChange, DocumentView } from './state-machine.ts';

/** The newest state of one key as it is kept on disk; no text: deleted. */
export interface KeptKey {
  readonly key: DocumentKey;
  readonly version: number;
  readonly position: number;
  readonly document: StoredDocument | undefined;
  readonly text: string | undefined;
}

interface Kind {
  readonly byName: Map<string, StoredDocument>;
  /** Sorted, for lists. */
  readonly sorted: { readonly name: string; document: StoredDocument }[];
}

export class DocumentSet implements DocumentView {
  readonly #kinds = new Map<string, Kind>();
  readonly #last = new Map<DocumentKey, { version: number; digest: Buffer }>();
  // XOR of one digest per key: equal sets have equal sums whatever the order, and a change costs one digest.
  readonly #sum = Buffer.alloc(32);
  #position = 0;

  get position(): number {
    return this.#position;
  }

  read(key: DocumentKey): StoredDocument | undefined {
    const at = key.indexOf('/');
    return this.#kinds.get(key.slice(0, at))?.byName.get(key.slice(at + 1));
  }

  list(kind: string): StoredDocument[] {
    return this.#kinds.get(kind)?.sorted.map((entry) => entry.document) ?? [];
  }

  kinds(): string[] {
    return [...this.#kinds].flatMap(([name, { byName }]) => (byName.size > 0 ? [name] : [])).sort();
  }

  lastVersion(key: DocumentKey): number {
    return this.#last.get(key)?.version ?? 0;
  }

  fingerprint(): { position: number; checksum: string } {
    return { position: this.#position, checksum: this.#sum.toString('hex') };
  }

  /** Takes over changes that are stored already. */
  commit(changes: readonly AppliedChange[]): void {
    for (const change of changes) this.put(change);
  }

  /** Takes over one key; for loading and for commits. */
  put(kept: KeptKey): void {
    const { kind: kindName, name } = splitKey(kept.key);
    let kind = this.#kinds.get(kindName);
    if (kind === undefined) {
      kind = { byName: new Map(), sorted: [] };
      this.#kinds.set(kindName, kind);
    }
    place(kind, name, kept.document);
    this.#count(kept);
    this.#position = Math.max(this.#position, kept.position);
  }

  #count(kept: KeptKey): void {
    const before = this.#last.get(kept.key);
    if (before) xorInto(this.#sum, before.digest);
    const digest = createHash('sha256')
      .update(`${kept.key}\n${kept.version}\n${kept.text === undefined ? 'deleted' : `=${kept.text}`}`)
      .digest();
    xorInto(this.#sum, digest);
    this.#last.set(kept.key, { version: kept.version, digest });
  }
}

function place(kind: Kind, name: string, document: StoredDocument | undefined): void {
  const at = indexOf(kind.sorted, name);
  const entry = kind.sorted[at];
  const found = entry?.name === name;
  if (document === undefined) {
    kind.byName.delete(name);
    if (found) kind.sorted.splice(at, 1);
    return;
  }
  kind.byName.set(name, document);
  if (entry && found) entry.document = document;
  else kind.sorted.splice(at, 0, { name, document });
}

/** Where `name` is or belongs. */
function indexOf(sorted: Kind['sorted'], name: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareNames(sorted[middle]!.name, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function xorInto(sum: Buffer, digest: Buffer): void {
  for (let i = 0; i < sum.length; i++) sum[i]! ^= digest[i]!;
}
