// Turns SQLite's errors into the daemon's own.
import SqliteDatabase from 'better-sqlite3';
import { AppError, asAppError } from '../core/errors.ts';

/** Any error of a database call as an AppError. `intention` stands in the private detail only. */
export function asDatabaseError(thrown: unknown, intention: string): AppError {
  if (!(thrown instanceof SqliteDatabase.SqliteError)) return asAppError(thrown);
  const options = { detail: `${intention}: ${thrown.code}: ${thrown.message}`, cause: thrown };
  const family = thrown.code.split('_').slice(0, 2).join('_');
  switch (family) {
    case 'SQLITE_FULL':
      return new AppError('no-capacity', 'no space left for the database', options);
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return new AppError(
        'unavailable',
        'The database is damaged and was left as it is. Restore a copy, or move the file away to start afresh.',
        options,
      );
    case 'SQLITE_BUSY':
    case 'SQLITE_LOCKED':
      return new AppError('unavailable', 'The database is in use by another process.', options);
    case 'SQLITE_READONLY':
    case 'SQLITE_CANTOPEN':
    case 'SQLITE_IOERR':
    case 'SQLITE_PERM':
      return new AppError('unavailable', 'The database cannot be read or written.', options);
    default:
      return new AppError('internal', 'internal error', options);
  }
}

/** Runs a database call; what it throws is an AppError. */
export function guarded<T>(intention: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw asDatabaseError(error, intention);
  }
}
