// Changes of access documents: planned on what was read, written in one batch, planned again when somebody was faster.
import type { ClusterStore, DocumentWrite } from '../cluster/cluster-store.ts';
import { hasCode } from '../core/errors.ts';
import type { AccessDirectory } from './access-directory.ts';
import { type AclDocument, type AclEntry, aclKey, readAs } from './documents.ts';

const attempts = 8;

export class AccessWriter {
  readonly store: ClusterStore;
  readonly directory: AccessDirectory;

  constructor(store: ClusterStore, directory: AccessDirectory) {
    this.store = store;
    this.directory = directory;
  }

  /**
   * Runs `plan`, which reads, checks (throwing what the caller is told) and returns its writes, each with the version
   * that it read; then writes them all or none.
   */
  async change(plan: () => readonly DocumentWrite[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const writes = plan();
      if (writes.length === 0) return;
      try {
        await this.store.batch(writes);
        return;
      } catch (error) {
        if (!hasCode(error, 'wrong-state') || attempt >= attempts) throw error;
      } finally {
        this.directory.refresh();
      }
    }
  }

  /** The version of a document as a write's `ifVersion`: 0 when it does not exist. */
  version(key: string): number {
    return this.store.read(key)?.version ?? 0;
  }

  /** The writes that drop all grants for which `doomed` holds; none when there are none. */
  droppingGrants(doomed: (entry: AclEntry) => boolean): DocumentWrite[] {
    const document = readAs<AclDocument>(this.store, aclKey);
    const entries = document?.value.entries ?? [];
    const kept = entries.filter((entry) => !doomed(entry));
    if (kept.length === entries.length) return [];
    return [{ key: aclKey, value: { entries: kept }, ifVersion: document?.version }];
  }
}

/** A copy without the fields whose value is undefined or empty text: absent is how the documents say "none". */
export function withoutEmpty<T extends Record<string, unknown>>(
  fields: T,
): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''),
  ) as { [K in keyof T]?: NonNullable<T[K]> };
}
