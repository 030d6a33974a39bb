// A full state partition, for real: what is told, that nothing committed is lost, and that all goes on when there is room again.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../core/clock.ts';
import { asAppError } from '../core/errors.ts';
import { writeConfigBackup } from './config-backups.ts';
import { type Db, openDatabase } from './database.ts';
import { guarded } from './database-error.ts';
import { copyDatabase } from './online-copy.ts';
import { mainSchema } from './schemas.ts';

let folder: string;
let db: Db;
const open = () => openDatabase({ path: join(folder, 'croft.db'), schema: mainSchema, durability: 'full' });
const put = (key: string, bytes: number) =>
  guarded('store', () => db.prepare('INSERT INTO documents VALUES (?, 1, 1, ?)').run(key, 'x'.repeat(bytes)));
const keys = () => db.prepare('SELECT key FROM documents ORDER BY key').pluck().all();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'croft-full-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', folder]);
  db = open();
  put('before', 100);
});
afterEach(() => {
  db.close();
  execFileSync('umount', [folder]);
  rmSync(folder, { recursive: true });
});

function fill(): void {
  try {
    for (let i = 0; ; i++) writeFileSync(join(folder, `fill-${i}`), Buffer.alloc(4096));
  } catch {
    // Full.
  }
}
function makeRoom(): void {
  for (const name of readdirSync(folder).filter((one) => one.startsWith('fill-'))) rmSync(join(folder, name));
}

test('changes are refused with a reason, reading goes on, and so does writing when there is room', () => {
  fill();
  let error: unknown;
  try {
    put('big', 500_000);
  } catch (thrown) {
    error = thrown;
  }
  expect(asAppError(error)).toMatchObject({
    code: 'no-capacity',
    message: expect.stringContaining('the state partition'),
  });
  expect(keys()).toEqual(['before']);
  makeRoom();
  put('after', 500_000);
  expect(keys()).toEqual(['after', 'before']);
});

test('a database on a full disk opens, and what was committed is there', () => {
  fill();
  db.close();
  db = open();
  expect(keys()).toEqual(['before']);
});

test('copies and backups find no room, say so, and leave none of it taken', async () => {
  put('data', 900_000);
  const before = readdirSync(folder).sort();
  fill();
  await expect(copyDatabase(db, join(folder, 'copy.db'))).rejects.toMatchObject({ code: 'no-capacity' });
  makeRoom();
  expect(readdirSync(folder).sort()).toEqual(before);
  // Two megabytes are less than what is left to the daemon.
  await expect(writeConfigBackup({ db, dataDir: folder, clock: systemClock })).rejects.toMatchObject({
    code: 'no-capacity',
  });
  put('after', 100);
  expect(keys()).toEqual(['after', 'before', 'data']);
});
