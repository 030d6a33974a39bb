// One build at a time: waiting, taking over from the dead, giving back.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { quietContext } from '../server/core/work-context.ts';
import { withBuildLock } from './build-lock.ts';
import { isGone, processMark } from './process-mark.ts';

let folder: string;
let log: string[];
const clock = { now: () => 0, sleep: async () => void (await turn()) };
const lock = () => join(folder, 'lock');

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'));
  log = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const work = (signal?: AbortSignal) => ({ ...quietContext(signal), log: (line: string) => log.push(line) });

it('is held while the action runs and given back after it, also when it fails', async () => {
  const seen = await withBuildLock(folder, work(), async () => readFileSync(lock(), 'utf8'));
  expect(seen).toBe(processMark());
  await expect(withBuildLock(folder, work(), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(readdirSync(folder)).toEqual([]);
});

it('makes the second wait, and it says so once', async () => {
  const events: string[] = [];
  let release = () => {};
  const first = withBuildLock(folder, work(), async () => {
    events.push('first in');
    await new Promise<void>((resolve) => {
      release = resolve;
    });
    events.push('first out');
  });
  await turn();
  const second = withBuildLock(folder, work(), async () => void events.push('second in'), { clock });
  for (let i = 0; i < 5; i++) await turn();
  expect(events).toEqual(['first in']);
  release();
  await Promise.all([first, second]);
  expect(events).toEqual(['first in', 'first out', 'second in']);
  expect(log).toEqual([`waiting for another build (process ${process.pid})`]);
});

it('never lets two in at once, even when the lock was left by the dead', async () => {
  writeFileSync(lock(), `${process.pid}-1`);
  let inside = 0;
  let done = 0;
  const builds = Array.from({ length: 8 }, () =>
    withBuildLock(
      folder,
      work(),
      async () => {
        expect(++inside).toBe(1);
        await turn();
        inside--;
        done++;
      },
      { clock },
    ),
  );
  await Promise.all(builds);
  expect(done).toBe(8);
  expect(readdirSync(folder)).toEqual([]);
});

it.each(['', 'rubbish', '4194305-1'])('takes over a lock that says %j', async (text) => {
  writeFileSync(lock(), text);
  expect(await withBuildLock(folder, work(), async () => 'in')).toBe('in');
  expect(log).toEqual([]);
});

it('stops waiting when the build is stopped', async () => {
  writeFileSync(lock(), processMark());
  const stop = new AbortController();
  const waiting = withBuildLock(folder, work(stop.signal), async () => 'in');
  stop.abort();
  await expect(waiting).rejects.toThrow();
  expect(existsSync(lock())).toBe(true);
});

it('tells a living process from one that had its number', () => {
  expect(isGone(processMark())).toBe(false);
  expect(isGone(`${process.pid}-1`)).toBe(true);
  // Above the highest number that Linux gives out.
  expect(isGone(processMark(4_194_305))).toBe(true);
});
