// What the system says of files here, where the command was typed, in words. (A daemon keeps its own paths to itself.)
import { getSystemErrorMessage } from 'node:util';
import { AppError, asAppError, type ErrorCode } from '../core/errors.ts';
import { printable } from './render.ts';

/** errno(3) to the code nearest in meaning; the others are `wrong-state`. */
const codes: Readonly<Record<string, ErrorCode>> = {
  ENOENT: 'not-found',
  EEXIST: 'already-exists',
  EACCES: 'forbidden',
  EPERM: 'forbidden',
};

/** As `asAppError`; a system call that failed on a file is told with the file's name: `/tmp/x: permission denied`. */
export function asLocalError(thrown: unknown): AppError {
  const { code, errno, path } = (thrown instanceof Error ? thrown : {}) as NodeJS.ErrnoException;
  const known = asAppError(thrown);
  if (known.code !== 'internal' || code === undefined || errno === undefined || path === undefined)
    return known;
  return new AppError(codes[code] ?? 'wrong-state', `${printable(path)}: ${getSystemErrorMessage(errno)}`, {
    cause: thrown,
  });
}
