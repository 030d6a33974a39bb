// Turns SQLite's errors into the daemon's own.
import SqliteDatabase from 'better-sqlite3';
import { AppError, asAppError } from '../core/errors.ts';

const fullText =
  'There is no space left for the database: the state partition (or the disk with the daemon’s data) is full. The change was not stored; make room and try again.';

/** Any error of a database call as an AppError. `intention` stands in the private detail only. */
export function asDatabaseError(thrown: unknown, intention: string): AppError {
  if (!(thrown instanceof SqliteDatabase.SqliteError)) return noSpace(asAppError(thrown));
  const options = { detail: `${intention}: ${thrown.code}: ${thrown.message}`, cause: thrown };
  const family = thrown.code.split('_').slice(0, 2).join('_');
  switch (family) {
    case 'SQLITE_FULL':
      return new AppError('no-capacity', fullText, options);
    case 'SQLITE_CORRUPT':
    case 'SQLITE_NOTADB':
      return damagedDatabase(options.detail, thrown);
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

/** A full disk that the file system told, not SQLite: the same to whoever asked. */
function noSpace(error: AppError): AppError {
  return error.code === 'no-capacity' ? new AppError('no-capacity', fullText, { cause: error }) : error;
}

/** The error of a file that cannot be trusted. */
export function damagedDatabase(detail: string, cause?: unknown): AppError {
  return new AppError('unavailable', 'The database is damaged and was left as it is.', {
    detail,
    data: { problem: 'damaged' },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error of a file whose schema this version does not know. */
export function newerDatabase(path: string, found: number, known: number): AppError {
  return new AppError(
    'unavailable',
    `The database was written by a newer version of Croft (schema ${found}; this version knows ${known}).`,
    { detail: path, data: { problem: 'newer', found, known } },
  );
}

/** Is the error one of these two, that no restart heals? */
export function databaseProblem(error: unknown): 'damaged' | 'newer' | undefined {
  const problem = error instanceof AppError ? error.data?.['problem'] : undefined;
  return problem === 'damaged' || problem === 'newer' ? problem : undefined;
}

/** Runs a database call; what it throws is an AppError. */
export function guarded<T>(intention: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw asDatabaseError(error, intention);
  }
}
