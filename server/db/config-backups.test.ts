// Backups of the configuration: whole while the daemon writes, few, daily, and put in place again when asked for.
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
import { setImmediate as nextTurn } from 'node:timers/promises';
import SqliteDatabase from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { configBackupName, listConfigBackups, readConfigBackupName } from './config-backup-files.ts';
import { changedSinceBackup, keepConfigBackups, writeConfigBackup } from './config-backups.ts';
import { type Db, openDatabase } from './database.ts';
import { copyDatabase } from './online-copy.ts';
import { restoreAsRequested, restoreRequestFile, restoreResultFile } from './restore-config.ts';
import { mainSchema } from './schemas.ts';

const start = Date.UTC(2026, 10, 21, 6, 41, 58);
const hour = 3600_000;
let dataDir: string;
let db: Db;
let now = start;
let sleeps: { ms: number; wake: () => void }[] = [];
const clock: Clock = {
  now: () => now,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      sleeps.push({ ms, wake: resolve });
      signal?.addEventListener('abort', () => reject(signal.reason));
    }),
};
const lines: string[] = [];
const note = (_facts: unknown, line?: string) => void lines.push(line ?? '');
const log = { info: note, warn: note, error: note };

const open = () => openDatabase({ path: join(dataDir, 'croft.db'), schema: mainSchema, durability: 'full' });
const put = (key: string, position: number, value = '{}') =>
  db.prepare('INSERT INTO documents VALUES (?, 1, ?, ?)').run(key, position, value);
const keysOf = (path: string): unknown[] => {
  const copy = new SqliteDatabase(path, { readonly: true });
  try {
    return copy.prepare('SELECT key FROM documents ORDER BY position').pluck().all();
  } finally {
    copy.close();
  }
};
const backupFolder = () => join(dataDir, 'config-backups');

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'croft-backups-'));
  now = start;
  sleeps = [];
  lines.length = 0;
  db = open();
});
afterEach(() => {
  db.close();
  rmSync(dataDir, { recursive: true, force: true });
});

test('names tell the time and nothing else passes for one', () => {
  expect(configBackupName(start + 999)).toBe('croft-20261121T064158Z.db');
  expect(readConfigBackupName('croft-20261121T064158Z.db')).toBe(start);
  for (const wrong of ['../croft-20261121T064158Z.db', 'croft-20261341T064158Z.db', 'croft.db', ''])
    expect(readConfigBackupName(wrong)).toBeUndefined();
});

describe('a backup', () => {
  test('is one private file with all that was committed', async () => {
    put('a', 1);
    const made = await writeConfigBackup({ db, dataDir, clock });
    expect(readdirSync(backupFolder())).toEqual([made.name]);
    expect(listConfigBackups(dataDir)).toEqual([made]);
    expect(statSync(join(backupFolder(), made.name)).mode & 0o777).toBe(0o600);
    expect(keysOf(join(backupFolder(), made.name))).toEqual(['a']);
  });

  test('the newest stay', async () => {
    for (let i = 0; i < 4; i++, now += 1000) await writeConfigBackup({ db, dataDir, clock, keep: 2 });
    expect(listConfigBackups(dataDir).map(({ at }) => at)).toEqual([start + 3000, start + 2000]);
  });

  test('50 MB are copied while the daemon goes on writing, and it never stands still', async () => {
    db.transaction(() => {
      for (let i = 0; i < 12_000; i++) put(`guests/${i}`, i, 'x'.repeat(4000));
    })();
    const target = join(dataDir, 'copy.db');
    let done = false;
    const copying = copyDatabase(db, target).finally(() => {
      done = true;
    });
    let longestMs = 0;
    let written = 0;
    for (let last = performance.now(); !done; last = performance.now()) {
      await nextTurn();
      longestMs = Math.max(longestMs, performance.now() - last);
      if (written < 3000) put(`late/${written}`, 20_000 + written++, 'y'.repeat(4000));
    }
    await copying;
    expect(written).toBeGreaterThan(0);
    // Checking the copy takes most of it: some 30 ms here, and this machine may be busy.
    expect(longestMs).toBeLessThan(1000);
    const keys = keysOf(target);
    expect(keys.slice(0, 12_000)).toEqual(Array.from({ length: 12_000 }, (_, i) => `guests/${i}`));
    expect(db.pragma('wal_autocheckpoint', { simple: true })).toBe(1000);
    expect(db.prepare('SELECT count(*) FROM documents').pluck().get()).toBe(12_000 + written);
  });

  test('two at once do not disturb each other', async () => {
    put('a', 1);
    await Promise.all([copyDatabase(db, join(dataDir, 'one.db')), copyDatabase(db, join(dataDir, 'two.db'))]);
    expect([keysOf(join(dataDir, 'one.db')), keysOf(join(dataDir, 'two.db'))]).toEqual([['a'], ['a']]);
    expect(db.pragma('wal_autocheckpoint', { simple: true })).toBe(1000);
  });

  test('of a database that is closed meanwhile is none', async () => {
    put('a', 1);
    const copying = copyDatabase(db, join(dataDir, 'copy.db'));
    await Promise.resolve();
    await Promise.resolve();
    put('b', 2);
    db.close();
    await expect(copying).rejects.toThrow();
    expect(readdirSync(dataDir)).toEqual(['croft.db']);
    db = open();
  });
});

describe('the keeper', () => {
  const wake = async () => {
    sleeps.shift()?.wake();
    for (let i = 0; i < 200 && sleeps.length === 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 5));
  };

  test('writes one when the newest is a day old, and when it stops after changes', async () => {
    put('a', 1);
    const keeper = keepConfigBackups({ db, dataDir, clock, log });
    expect(listConfigBackups(dataDir)).toEqual([]);
    now += 60_000;
    await wake();
    expect(listConfigBackups(dataDir)).toHaveLength(1);
    now += 2 * hour;
    await wake();
    expect(listConfigBackups(dataDir)).toHaveLength(1);
    now += 23 * hour;
    await wake();
    expect(listConfigBackups(dataDir)).toHaveLength(2);
    put('b', 2);
    expect(changedSinceBackup(db, dataDir)).toBe(true);
    now += hour;
    await keeper.stop();
    expect(listConfigBackups(dataDir)).toHaveLength(3);
    expect(changedSinceBackup(db, dataDir)).toBe(false);
  });

  test('stops without one when nothing changed', async () => {
    put('a', 1);
    await writeConfigBackup({ db, dataDir, clock });
    const keeper = keepConfigBackups({ db, dataDir, clock, log });
    now += hour;
    await keeper.stop();
    expect(listConfigBackups(dataDir)).toHaveLength(1);
  });

  test('a failure is told and is no reason to stop', async () => {
    writeFileSync(join(dataDir, 'config-backups'), 'in the way');
    const keeper = keepConfigBackups({ db, dataDir, clock, log });
    await keeper.stop();
    expect(lines).toEqual([expect.stringContaining('the configuration could not be backed up')]);
  });
});

describe('a restore', () => {
  const ask = (name: string, at = start) =>
    writeFileSync(join(dataDir, restoreRequestFile), JSON.stringify({ name, at }));
  const restore = () => restoreAsRequested({ dataDir, schema: mainSchema, log });
  let name: string;
  beforeEach(async () => {
    put('old', 1);
    ({ name } = await writeConfigBackup({ db, dataDir, clock }));
    put('new', 2);
    db.close();
  });
  afterEach(() => {
    db = open();
  });

  test('nothing asked for, nothing done', () => {
    expect(restore()).toBeUndefined();
    expect(keysOf(join(dataDir, 'croft.db'))).toEqual(['old', 'new']);
  });

  test('puts the backup in place of a damaged file, journal and all, and tells what it did', () => {
    truncateSync(join(dataDir, 'croft.db'), 5000);
    writeFileSync(join(dataDir, 'croft.db-wal'), 'journal of the damaged file');
    ask(name);
    const result = restore();
    expect(result).toEqual({
      name,
      at: start,
      backupAt: start,
      setAside: ['croft.db.damaged-20261121T064158Z', 'croft.db.damaged-20261121T064158Z-wal'],
    });
    expect(JSON.parse(readFileSync(join(dataDir, restoreResultFile), 'utf8'))).toEqual(result);
    expect(keysOf(join(dataDir, 'croft.db'))).toEqual(['old']);
    expect(readFileSync(join(dataDir, 'croft.db.damaged-20261121T064158Z-wal'), 'utf8')).toContain('journal');
    expect(statSync(join(dataDir, 'croft.db')).mode & 0o777).toBe(0o600);
    expect(restore()).toBeUndefined();
  });

  test('cut off after each of its steps it is finished by the next start', () => {
    writeFileSync(join(dataDir, 'croft.db-wal'), '');
    ask(name);
    restore();
    const aside = 'croft.db.damaged-20261121T064158Z';
    // The request is still there: everything is done again, and what was put aside is not replaced by the restored file.
    ask(name);
    expect(restore()?.setAside).toEqual([aside, `${aside}-wal`]);
    expect(keysOf(join(dataDir, 'croft.db'))).toEqual(['old']);
    expect(keysOf(join(dataDir, aside))).toEqual(['old', 'new']);
  });

  test.each([
    ['a name that leads elsewhere', '../croft.db', 'is not the name of a backup'],
    ['a backup that is not there', 'croft-20200101T000000Z.db', 'there is no backup'],
  ])('%s changes nothing', (_what, wrong, text) => {
    ask(wrong);
    expect(restore()?.problem).toContain(text);
    expect(keysOf(join(dataDir, 'croft.db'))).toEqual(['old', 'new']);
    expect(restore()).toBeUndefined();
  });

  test('a damaged or newer backup changes nothing', () => {
    const path = join(backupFolder(), name);
    const copy = new SqliteDatabase(path);
    copy.pragma('user_version = 99');
    copy.close();
    ask(name);
    expect(restore()?.problem).toContain('newer version of Croft (schema 99');
    truncateSync(path, 5000);
    ask(name);
    expect(restore()?.problem).toContain('damaged');
    expect(keysOf(join(dataDir, 'croft.db'))).toEqual(['old', 'new']);
  });

  test('a request that is no JSON is dropped', () => {
    writeFileSync(join(dataDir, restoreRequestFile), '{');
    expect(restore()?.problem).toBeDefined();
    expect(restore()).toBeUndefined();
  });
});
