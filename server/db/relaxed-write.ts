// Commits that need not survive a power cut, in a file where all others must.
import type { Db } from './database.ts';

/**
 * Runs `work` as one transaction that does not wait for the disk: a crash of the daemon keeps it, a power cut may lose
 * it, and the next ordinary commit makes it safe too (the journal is written in order). For log lines and progress.
 * Inside another transaction it is simply part of that.
 */
export function relaxedWrite(db: Db, work: () => void): void {
  if (db.inTransaction) {
    work();
    return;
  }
  db.pragma('synchronous = NORMAL');
  try {
    db.transaction(work).immediate();
  } finally {
    db.pragma('synchronous = FULL');
  }
}
