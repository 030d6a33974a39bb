// Schema 1 of the metrics file: series of values in rings of fixed length. Frozen.
import type { Migration } from '../../migrate.ts';

export const series: Migration = {
  name: 'series',
  sql: `
    CREATE TABLE series (
      id INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      -- JSON array of field names; only ever appended to: the order is that of the numbers in points.data.
      fields TEXT NOT NULL,
      updated_at INTEGER NOT NULL
    ) STRICT;

    -- One row is one slot of a ring; data: averages, then maxima, 8-byte little-endian floats, NaN for unknown.
    CREATE TABLE points (
      series_id INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
      archive INTEGER NOT NULL,
      slot INTEGER NOT NULL,
      start INTEGER NOT NULL,
      data BLOB NOT NULL,
      PRIMARY KEY (series_id, archive, slot)
    ) STRICT, WITHOUT ROWID;
  `,
};
