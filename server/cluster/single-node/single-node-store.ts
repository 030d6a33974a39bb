// The ClusterStore of a node that stands alone: SQLite keeps the documents, memory answers the reads.
import { AppError } from '../../core/errors.ts';
import type { Db } from '../../db/database.ts';
import { guarded } from '../../db/database-error.ts';
import { type DocumentRow, documentsTable } from '../../db/documents-table.ts';
import type { ClusterStore } from '../cluster-store.ts';
import type { KeptKey } from '../document-set.ts';
import { readValue } from '../json-value.ts';
import { LocalStore, type LocalStoreOptions } from '../local-store.ts';

export interface SingleNodeStoreOptions extends LocalStoreOptions {
  /** The main file, opened with durability `full`. The store does not close it. */
  readonly db: Db;
}

/** Loads all documents; throws `unavailable` when one of them cannot be read. */
export function openSingleNodeStore(options: SingleNodeStoreOptions): ClusterStore {
  const { db } = options;
  const table = documentsTable(db);
  const keep = db.transaction((rows: readonly DocumentRow[]) => {
    for (const row of rows) table.put(row);
  });
  return new LocalStore(
    {
      load: function* () {
        for (const row of table.all()) yield readRow(row);
      },
      keep: (changes) =>
        guarded('store documents', () =>
          keep.immediate(
            changes.map(({ key, version, position, text }) => ({
              key,
              version,
              position,
              value: text ?? null,
            })),
          ),
        ),
    },
    options,
  );
}

function readRow(row: DocumentRow): KeptKey {
  const { key, version, position } = row;
  if (row.value === null) return { key, version, position, document: undefined, text: undefined };
  try {
    const document = Object.freeze({ key, version, value: readValue(row.value) });
    return { key, version, position, document, text: row.value };
  } catch (error) {
    throw new AppError('unavailable', `The stored configuration of '${key}' cannot be read.`, {
      cause: error,
      detail: String(error),
    });
  }
}
