// Schema 1 of the main file: the documents of the ClusterStore. Frozen.
import type { Migration } from '../../migrate.ts';

export const documents: Migration = {
  name: 'documents',
  sql: `
    -- A deleted document stays as a row without a value: its version goes on counting when the key comes back.
    CREATE TABLE documents (
      key TEXT PRIMARY KEY,
      version INTEGER NOT NULL,
      position INTEGER NOT NULL,
      value TEXT
    ) STRICT;
  `,
};
