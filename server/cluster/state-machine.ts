// The store's state machine, pure: a batch of writes, applied to documents as they are, gives changes or a conflict.
// Every implementation and every member of a cluster runs this same function over the same order of batches.
import { AppError } from '../core/errors.ts';
import type { DocumentChange, DocumentKey, DocumentWrite, StoredDocument } from './cluster-store.ts';
import { splitKey } from './document-key.ts';
import { checkValue } from './json-value.ts';

/** What the machine must know of the documents before a batch. */
export interface DocumentView {
  /** Position of the newest change; 0 before the first. */
  readonly position: number;
  read(key: DocumentKey): StoredDocument | undefined;
  /** The newest version the key ever had, also when it is deleted now; 0 when it never was. */
  lastVersion(key: DocumentKey): number;
}

/** A change with the JSON text of its value, made once for disk and checksum; undefined text for a deletion. */
export interface AppliedChange extends DocumentChange {
  readonly version: number;
  readonly text: string | undefined;
}

export interface Conflict {
  readonly key: DocumentKey;
  readonly expected: number;
  /** The version that is there; 0 when there is no document. */
  readonly actual: number;
}

/** A write whose key and value were found well formed; its value is frozen and shared with nobody. */
export type CheckedWrite = {
  readonly key: DocumentKey;
  readonly ifVersion: number | undefined;
  /** Undefined deletes. */
  readonly put: { readonly value: StoredDocument['value']; readonly text: string } | undefined;
};

/** Checks and copies writes; throws `invalid-input`. Done where the write enters, once, before any ordering. */
export function checkWrites(writes: readonly DocumentWrite[]): CheckedWrite[] {
  return writes.map((write) => {
    splitKey(write.key);
    if (write.ifVersion !== undefined && !(Number.isSafeInteger(write.ifVersion) && write.ifVersion >= 0)) {
      throw new AppError('invalid-input', 'A version is a whole number.');
    }
    const put = 'delete' in write ? undefined : checkValue(write.value);
    return { key: write.key, ifVersion: write.ifVersion, put };
  });
}

/** Applies a batch in order, all or nothing. Does not touch `view`: the caller stores the changes, then commits them. */
export function applyBatch(
  view: DocumentView,
  writes: readonly CheckedWrite[],
): { readonly changes: readonly AppliedChange[] } | { readonly conflict: Conflict } {
  const touched = new Map<DocumentKey, AppliedChange>();
  const changes: AppliedChange[] = [];
  for (const { key, ifVersion, put } of writes) {
    const earlier = touched.get(key);
    const current = earlier ? earlier.document : view.read(key);
    const actual = current?.version ?? 0;
    if (ifVersion !== undefined && ifVersion !== actual) {
      return { conflict: { key, expected: ifVersion, actual } };
    }
    if (put === undefined && current === undefined) continue;
    const version = (earlier ? earlier.version : view.lastVersion(key)) + 1;
    const change: AppliedChange = {
      key,
      version,
      position: view.position + changes.length + 1,
      document: put === undefined ? undefined : Object.freeze({ key, version, value: put.value }),
      text: put?.text,
    };
    touched.set(key, change);
    changes.push(change);
  }
  return { changes };
}

/** A conflict as the error callers get. */
export function conflictError(conflict: Conflict): AppError {
  const { key, expected, actual } = conflict;
  const message =
    expected === 0
      ? `'${key}' exists already`
      : actual === 0
        ? `'${key}' does not exist any more`
        : `'${key}' was changed meanwhile`;
  return new AppError('wrong-state', message, { data: { key, expected, actual } });
}
