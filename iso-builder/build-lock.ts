// One build at a time in a cache folder: the second waits. A lock whose process is gone is taken over.
import { randomBytes } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../server/core/clock.ts';
import { AppError } from '../server/core/errors.ts';
import type { WorkContext } from '../server/core/work-context.ts';
import { isGone, processMark } from './process-mark.ts';

const pollMs = 500;

/** Does `action` while holding the lock of an existing folder. Waiting is said once, and ends when `work` aborts. */
export async function withBuildLock<T>(
  folder: string,
  work: WorkContext,
  action: () => Promise<T>,
  { mark = processMark(), clock = systemClock }: { mark?: string; clock?: Clock } = {},
): Promise<T> {
  const lock = join(folder, 'lock');
  let told = '';
  for (;;) {
    work.signal.throwIfAborted();
    const holder = tryLock(lock, mark);
    if (holder === undefined) break;
    if (isGone(holder)) {
      takeAway(lock, holder);
      continue;
    }
    if (told !== holder) work.log(`waiting for another build (process ${holder.split('-')[0]})`);
    told = holder;
    await clock.sleep(pollMs, work.signal);
  }
  try {
    return await action();
  } finally {
    if (readLock(lock) === mark) rmSync(lock, { force: true });
  }
}

/**
 * Undefined when the lock is ours now, else the mark of who has it. A hard link appears with its content: nobody ever
 * reads a lock that is empty yet.
 */
function tryLock(lock: string, mark: string): string | undefined {
  const own = `${lock}.${randomBytes(6).toString('hex')}`;
  try {
    writeFileSync(own, mark, { flag: 'wx' });
    linkSync(own, lock);
    return undefined;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) {
      throw new AppError('unavailable', `cannot make the lock ${lock}`, { cause: error });
    }
    return readLock(lock) ?? '';
  } finally {
    rmSync(own, { force: true });
  }
}

/** Of several that find the same dead lock, one moves it away; who moved a living one by that puts it back. */
function takeAway(lock: string, dead: string): void {
  const aside = `${lock}.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(lock, aside);
    if (readLock(aside) !== dead) linkSync(aside, lock);
  } catch {
    // Another was quicker; the next look at the lock tells.
  }
  rmSync(aside, { force: true });
}

function readLock(lock: string): string | undefined {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return undefined;
  }
}
