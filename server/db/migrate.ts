// Schema versions: numbered migrations, each in its own transaction, the number kept in SQLite's user_version.
import type { Db } from './database.ts';

/** One step of a schema. Never changed once released: a correction is a new migration. */
export interface Migration {
  /** What it brings, for people. */
  readonly name: string;
  readonly sql: string;
}

/** A file's schema: migration n (counted from 1) brings it from version n-1 to n. Append-only. */
export interface Schema {
  readonly migrations: readonly Migration[];
}

/** The version of an open file; 0 when it has no schema yet. */
export function schemaVersion(db: Db): number {
  return Number(db.pragma('user_version', { simple: true }));
}

/** Runs what is missing, up to `target`. One that fails leaves the file at the version before it. */
export function migrate(db: Db, schema: Schema, target: number = schema.migrations.length): void {
  for (let version = schemaVersion(db) + 1; version <= target; version++) {
    const migration = schema.migrations[version - 1];
    if (migration === undefined) return;
    db.transaction(() => {
      db.exec(migration.sql);
      db.pragma(`user_version = ${version}`);
    }).immediate();
  }
}
