// Queries of the table `documents`.
import type { Db } from './database.ts';

/** One row; `value` is JSON text, null for a deleted document. */
export interface DocumentRow {
  readonly key: string;
  readonly version: number;
  readonly position: number;
  readonly value: string | null;
}

export interface DocumentsTable {
  /** Every row, deleted ones too. */
  all(): IterableIterator<DocumentRow>;
  put(row: DocumentRow): void;
}

export function documentsTable(db: Db): DocumentsTable {
  const all = db.prepare<[], DocumentRow>('SELECT key, version, position, value FROM documents');
  const put = db.prepare<[DocumentRow]>(
    `INSERT INTO documents (key, version, position, value) VALUES (@key, @version, @position, @value)
     ON CONFLICT (key) DO UPDATE SET version = @version, position = @position, value = @value`,
  );
  return { all: () => all.iterate(), put: (row) => void put.run(row) };
}
