// Left copies of containers' files: gone by name at once, then for good; nothing else, and nothing behind a link.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { exec } from '../../core/exec.ts';
import { sweepCopies } from './sweep-copies.ts';

let base: string;
let scratch: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'croft-copies-'));
  scratch = join(base, 'scratch');
});
afterEach(() => rmSync(base, { recursive: true }));

const gone = 'gone-11111111-2222-4333-8444-555555555555';

test('copies go, and what is no copy stays', async () => {
  mkdirSync(join(base, 'outside'));
  writeFileSync(join(base, 'outside', 'kept'), '');
  for (const name of ['croft-backup-ct-100', 'croft-backup-ct-7', gone, 'other', 'croft-backup-ct-x'])
    mkdirSync(join(scratch, name, 'etc'), { recursive: true });
  symlinkSync(join(base, 'outside'), join(scratch, 'croft-backup-ct-100', 'away'));
  symlinkSync(join(base, 'outside'), join(scratch, 'croft-backup-ct-8'));
  const work = sweepCopies(exec, scratch);
  // A backup that begins now makes its copy anew.
  expect(readdirSync(scratch).filter((name) => /ct-\d/.test(name))).toEqual([]);
  mkdirSync(join(scratch, 'croft-backup-ct-100'));
  expect((await work).sort()).toEqual(
    ['croft-backup-ct-100', 'croft-backup-ct-7', 'croft-backup-ct-8', gone].sort(),
  );
  expect(readdirSync(scratch).sort()).toEqual(['croft-backup-ct-100', 'croft-backup-ct-x', 'other']);
  expect(existsSync(join(base, 'outside', 'kept'))).toBe(true);
});

test('without a folder there is nothing to do', async () => {
  expect(await sweepCopies(exec, join(base, 'none'))).toEqual([]);
});
