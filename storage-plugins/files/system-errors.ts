// What the operating system's errors on a storage mean for the caller.
import { AppError, asAppError } from '../../server/core/errors.ts';

/** Is it a system error with this code? */
export function hasErrno(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}

const brokenStorage = new Set([
  'EIO',
  'ESTALE',
  'EROFS',
  'ENOTCONN',
  'ETIMEDOUT',
  'EHOSTDOWN',
  'ENODEV',
  'EACCES',
]);

/** A thrown value as an AppError: no space is `no-capacity`, a storage that answers with errors `unavailable`. */
export function storageError(thrown: unknown, intention: string): AppError {
  const error = asAppError(thrown);
  if (error.code !== 'internal' || !(thrown instanceof Error)) return error;
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
  if (brokenStorage.has(code))
    return new AppError('unavailable', `${intention}: the storage answered ${code}`, {
      detail: thrown.message,
      cause: thrown,
    });
  return new AppError('internal', `${intention}: internal error`, {
    detail: thrown.stack ?? '',
    cause: thrown,
  });
}
