// Opening a database: made whole, held alone, refused when it is not what it should be, upgraded from every old schema.
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { writeConfigBackup } from './config-backups.ts';
import { openDatabase } from './database.ts';
import { databaseProblem, guarded } from './database-error.ts';
import { migrate, type Schema, schemaVersion } from './migrate.ts';
import { copyDatabase } from './online-copy.ts';
import { relaxedWrite } from './relaxed-write.ts';
import { mainSchema, metricsSchema } from './schemas.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'croft-db-'));
  path = join(folder, 'croft.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (schema: Schema = mainSchema) =>
  openDatabase({ path, schema, durability: 'full', busyTimeoutMs: 50 });

function refusal(run: () => unknown): AppError {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(AppError);
    return error as AppError;
  }
  throw new Error('it was opened');
}

describe('openDatabase', () => {
  test('makes a new file complete, readable by its owner only, and opens it again', () => {
    const db = open();
    expect(schemaVersion(db)).toBe(mainSchema.migrations.length);
    expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1);
    db.prepare("INSERT INTO documents VALUES ('guests/100', 1, 1, '{}')").run();
    db.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = open();
    expect(again.prepare('SELECT count(*) n FROM documents').get()).toEqual({ n: 1 });
    again.close();
    expect(readdirSync(folder)).toEqual(['croft.db']);
  });

  test('relaxed durability is for files of their own', () => {
    const db = openDatabase({ path, schema: metricsSchema, durability: 'relaxed' });
    expect(db.pragma('synchronous', { simple: true })).toBe(1);
    db.close();
  });

  test('a relaxed write leaves the connection durable, also when it fails', () => {
    const db = open();
    relaxedWrite(db, () => {
      expect(db.pragma('synchronous', { simple: true })).toBe(1);
    });
    expect(() => relaxedWrite(db, () => db.exec('nonsense'))).toThrow();
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    db.close();
  });

  test('a second opener is told that the file is in use', () => {
    const db = open();
    expect(refusal(() => open()).message).toContain('in use by another process');
    db.close();
  });

  test('an empty file is not taken for a new one', () => {
    writeFileSync(path, '');
    expect(refusal(() => open()).message).toContain('damaged');
    expect(statSync(path).size).toBe(0);
  });

  test('a file that is gone while its journal is there is not made anew', () => {
    writeFileSync(`${path}-wal`, 'x');
    expect(refusal(() => open()).message).toContain('damaged');
  });

  test('a file of another kind is left as it is', () => {
    writeFileSync(path, 'this is not a database, but long enough to have a header of one '.repeat(20));
    const before = readFileSync(path);
    expect(refusal(() => open()).message).toContain('damaged');
    expect(readFileSync(path)).toEqual(before);
  });

  test("another program's database is left as it is", () => {
    const other = new SqliteDatabase(path);
    other.exec('CREATE TABLE notes (text)');
    other.close();
    const before = readFileSync(path);
    expect(refusal(() => open()).detail).toContain('not written by Croft');
    expect(readFileSync(path)).toEqual(before);
  });

  test('damage inside the file is found when it is opened', () => {
    const db = open();
    const put = db.prepare('INSERT INTO documents VALUES (?, 1, ?, ?)');
    db.transaction(() => {
      for (let i = 1; i <= 500; i++) put.run(`guests/${i}`, i, JSON.stringify({ name: `guest-${i}` }));
    })();
    db.close();
    const bytes = readFileSync(path);
    bytes.fill(0xaa, 4096 * 3, 4096 * 20);
    writeFileSync(path, bytes);
    const error = refusal(() => open());
    expect(error.message).toContain('damaged');
    expect(readFileSync(path)).toEqual(bytes);
  });

  test('a file cut short is found when it is opened', () => {
    const db = open();
    db.prepare("INSERT INTO documents VALUES ('guests/100', 1, 1, ?)").run('x'.repeat(50_000));
    db.close();
    truncateSync(path, 4096 * 2);
    expect(refusal(() => open()).message).toContain('damaged');
  });

  test('a newer schema is refused and left as it is', () => {
    const newer: Schema = {
      migrations: [...mainSchema.migrations, { name: 'more', sql: 'CREATE TABLE more (x) ' }],
    };
    open(newer).close();
    const error = refusal(() => open());
    expect(error.message).toContain('newer version of Croft');
    expect(error.data).toEqual({
      problem: 'newer',
      found: mainSchema.migrations.length + 1,
      known: mainSchema.migrations.length,
    });
    open(newer).close();
  });

  test('an upgrade that fails leaves the file at its old schema, and a copy from before it', () => {
    const db = open();
    db.prepare("INSERT INTO documents VALUES ('guests/100', 1, 1, '{}')").run();
    db.close();
    const broken: Schema = {
      migrations: [...mainSchema.migrations, { name: 'broken', sql: 'DROP TABLE documents; nonsense' }],
    };
    refusal(() => open(broken));
    const again = open();
    expect(again.prepare('SELECT count(*) n FROM documents').get()).toEqual({ n: 1 });
    again.close();
    expect(readdirSync(folder)).toContain(`croft.db.schema-${mainSchema.migrations.length}`);
  });
});

describe('a file that this version cannot use', () => {
  const known = mainSchema.migrations.length;
  const newer: Schema = {
    migrations: [...mainSchema.migrations, { name: 'more', sql: 'CREATE TABLE more (x)' }],
  };
  const put = (db: ReturnType<typeof open>, key: string) =>
    db.prepare('INSERT INTO documents VALUES (?, 1, 1, ?)').run(key, '{}');
  const keys = (db: ReturnType<typeof open>) =>
    db.prepare('SELECT key FROM documents ORDER BY key').pluck().all();
  /** A trial of a newer version: it upgrades, and writes something of its own. */
  function tryNewer(): void {
    const before = open();
    put(before, 'before');
    before.close();
    const trial = open(newer);
    put(trial, 'trial');
    trial.close();
  }

  test('after a trial that fell back, the copy from before it is in place, and the newer file beside', () => {
    tryNewer();
    expect(statSync(`${path}.schema-${known}`).mode & 0o777).toBe(0o600);
    const warned: unknown[] = [];
    const log = { info: () => {}, warn: (...words: unknown[]) => void warned.push(words) };
    const db = openDatabase({ path, schema: mainSchema, durability: 'full', allowReturn: true, log });
    expect(keys(db)).toEqual(['before']);
    expect(JSON.stringify(warned)).toContain('the trial fell back');
    db.close();
    const aside = new SqliteDatabase(`${path}.schema-${known + 1}-set-aside`, { readonly: true });
    expect(keys(aside)).toEqual(['before', 'trial']);
    aside.close();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    open().close();
  });

  test('without a trial it is never exchanged', () => {
    tryNewer();
    expect(databaseProblem(refusal(() => open()))).toBe('newer');
    expect(versionWith(newer)).toBe(known + 1);
  });

  function versionWith(schema: Schema): number {
    const db = open(schema);
    const version = schemaVersion(db);
    db.close();
    return version;
  }

  test.each(['missing', 'damaged', 'of another schema'])('a copy that is %s is not put in place', (what) => {
    tryNewer();
    const copy = `${path}.schema-${known}`;
    if (what === 'missing') rmSync(copy);
    else if (what === 'damaged') truncateSync(copy, 5000);
    else {
      const other = new SqliteDatabase(copy);
      other.pragma('user_version = 1');
      other.close();
    }
    const error = refusal(() =>
      openDatabase({ path, schema: mainSchema, durability: 'full', allowReturn: true, busyTimeoutMs: 50 }),
    );
    expect(databaseProblem(error)).toBe('newer');
    expect(error.message).toContain('Start the newer version again, or update.');
    expect(versionWith(newer)).toBe(known + 1);
  });

  test('the error of a damaged one names the newest good backup and the command', async () => {
    const clock = { ...systemClock, now: () => Date.UTC(2026, 10, 21, 6, 41, 58) };
    const db = open();
    put(db, 'a');
    const good = await writeConfigBackup({ db, dataDir: folder, clock });
    await writeConfigBackup({ db, dataDir: folder, clock: { ...clock, now: () => clock.now() + 1000 } });
    db.close();
    truncateSync(join(folder, 'config-backups', 'croft-20261121T064159Z.db'), 6000);
    writeFileSync(path, '');
    const error = refusal(() => open());
    expect(error.message).toContain(`2026-11-21 06:41 UTC: 'croft state restore ${good.name}'`);
    expect(error.data).toMatchObject({ problem: 'damaged', backup: good.name });
    rmSync(join(folder, 'config-backups'), { recursive: true });
    expect(refusal(() => open()).message).toContain('There is no good copy of it');
  });

  test('measured values are not worth a daemon that does not start: the file is put aside', () => {
    writeFileSync(path, 'no database');
    writeFileSync(`${path}-wal`, 'its journal');
    const db = openDatabase({ path, schema: mainSchema, durability: 'relaxed', unusable: 'set-aside' });
    expect(keys(db)).toEqual([]);
    db.close();
    expect(readFileSync(`${path}.damaged`, 'utf8')).toBe('no database');
  });
});

describe('a full disk', () => {
  test('is told as such, nothing is lost, and the daemon goes on', () => {
    const db = open();
    const put = db.prepare('INSERT INTO documents VALUES (?, 1, 1, ?)');
    put.run('before', '{}');
    db.pragma(`max_page_count = ${Number(db.pragma('page_count', { simple: true })) + 2}`);
    const error = refusal(() => guarded('store', () => put.run('big', 'x'.repeat(100_000))));
    expect(error.code).toBe('no-capacity');
    expect(error.message).toContain('the state partition');
    expect(db.prepare('SELECT key FROM documents').pluck().all()).toEqual(['before']);
    expect(() => relaxedWrite(db, () => void put.run('big', 'x'.repeat(100_000)))).toThrow();
    expect(db.inTransaction).toBe(false);
    expect(db.pragma('synchronous', { simple: true })).toBe(2);
    db.pragma('max_page_count = 100000');
    put.run('after', 'x'.repeat(100_000));
    db.close();
  });

  test('a copy that cannot be written leaves the database as it was', async () => {
    const db = open();
    const copied = copyDatabase(db, join(folder, 'missing-folder', 'copy.db'));
    await expect(copied).rejects.toBeInstanceOf(AppError);
    db.prepare("INSERT INTO documents VALUES ('a', 1, 1, '{}')").run();
    expect(db.pragma('wal_autocheckpoint', { simple: true })).toBe(1000);
    db.close();
  });
});

/** What each old version of the main file looked like, with data in it. Append-only: one entry for each migration. */
const oldMainFiles: readonly { sql: string; check(db: ReturnType<typeof open>): void }[] = [
  {
    sql: `INSERT INTO documents VALUES ('guests/100', 3, 7, '{"name":"web"}'), ('guests/101', 2, 6, NULL)`,
    check: (db) => {
      expect(db.prepare('SELECT * FROM documents ORDER BY key').all()).toEqual([
        { key: 'guests/100', version: 3, position: 7, value: '{"name":"web"}' },
        { key: 'guests/101', version: 2, position: 6, value: null },
      ]);
    },
  },
  {
    sql: `INSERT INTO tasks (id, upid, node, type, object_id, requester, description, cancellable, params, state, created_at)
            VALUES (1, 'UPID:a:1:1:1:demo::root@pam:', 'a', 'demo', '', 'root@pam', 'Demo', 1, '{}', 'running', 5);
          INSERT INTO task_steps VALUES (1, 0, 'begin', 'done');
          INSERT INTO task_log VALUES (1, 1, 'hello');`,
    check: (db) => {
      expect(db.prepare('SELECT upid, state, warnings, step_state FROM tasks').all()).toEqual([
        { upid: 'UPID:a:1:1:1:demo::root@pam:', state: 'running', warnings: 0, step_state: '{}' },
      ]);
      expect(db.prepare('SELECT text FROM task_log').all()).toEqual([{ text: 'hello' }]);
    },
  },
];

describe('upgrades of the main file', () => {
  test('every released schema has its entry here', () => {
    expect(oldMainFiles).toHaveLength(mainSchema.migrations.length);
  });

  for (let version = 1; version <= mainSchema.migrations.length; version++) {
    test(`from schema ${version}, data and all`, () => {
      const upTo = { migrations: mainSchema.migrations.slice(0, version) };
      const old = open(upTo);
      for (const file of oldMainFiles.slice(0, version)) old.exec(file.sql);
      old.close();
      const db = open();
      expect(schemaVersion(db)).toBe(mainSchema.migrations.length);
      for (const file of oldMainFiles.slice(0, version)) file.check(db);
      expect(db.pragma('foreign_key_check')).toEqual([]);
      db.close();
    });
  }

  test('a schema reached step by step equals the one made at once', () => {
    const shape = (db: ReturnType<typeof open>) =>
      db.prepare('SELECT type, name, sql FROM sqlite_schema ORDER BY type, name').all();
    const stepwise = openDatabase({ path: ':memory:', schema: { migrations: [] }, durability: 'full' });
    for (let version = 1; version <= mainSchema.migrations.length; version++) {
      migrate(stepwise, mainSchema, version);
    }
    const whole = openDatabase({ path: ':memory:', schema: mainSchema, durability: 'full' });
    expect(shape(stepwise)).toEqual(shape(whole));
  });
});
