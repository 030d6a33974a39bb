// Error numbers of NBD, and the errors of ours that they stand for.
import { AppError, type ErrorCode } from '../../core/errors.ts';

/** The numbers that the protocol allows; they are those of Linux. */
export const Errno = {
  notPermitted: 1,
  inputOutput: 5,
  noMemory: 12,
  invalid: 22,
  noSpace: 28,
  overflow: 75,
  notSupported: 95,
  shutdown: 108,
} as const;

const meanings: ReadonlyMap<number, readonly [code: ErrorCode, words: string]> = new Map([
  [Errno.notPermitted, ['forbidden', 'it is not allowed']],
  [Errno.inputOutput, ['unavailable', 'input/output error']],
  [Errno.noMemory, ['no-capacity', 'it is out of memory']],
  [Errno.invalid, ['invalid-input', 'it does not take such a request']],
  [Errno.noSpace, ['no-capacity', 'no space is left']],
  [Errno.overflow, ['invalid-input', 'the request is too large']],
  [Errno.notSupported, ['unsupported', 'it cannot do that']],
  [Errno.shutdown, ['unavailable', 'it is shutting down']],
]);

/** What was asked for when a server said no. */
export interface FailedRequest {
  /** `read`, `tell what is used of`. */
  readonly verb: string;
  readonly exportName: string;
  readonly offset: number;
  readonly length: number;
}

/**
 * The error of a request that the server refused with `errno`; `text` is its own explanation, `at` the byte where it failed if
 * it said so. Its data: `errno`, `offset`, `length`, `at`.
 */
export function requestFailure(
  { verb, exportName, offset, length }: FailedRequest,
  errno: number,
  text: string,
  at: number | undefined,
): AppError {
  const [code, words] = meanings.get(errno) ?? (['unavailable', `error ${errno}`] as const);
  const where = `'${exportName}' at byte ${at ?? offset}`;
  return new AppError(code, `the block server cannot ${verb} ${where}: ${words}`, {
    detail: text === '' ? `${length} bytes` : `${length} bytes: ${text}`,
    data: { errno, offset, length, ...(at === undefined ? {} : { at }) },
  });
}

const errnos: Partial<Record<ErrorCode, number>> = {
  forbidden: Errno.notPermitted,
  'invalid-input': Errno.invalid,
  'no-capacity': Errno.noSpace,
  unsupported: Errno.notSupported,
  cancelled: Errno.shutdown,
};

/** What a client is told of a failure of ours: number, and public words only. */
export function errnoOf(error: unknown): { readonly errno: number; readonly text: string } {
  if (!(error instanceof AppError)) return { errno: Errno.inputOutput, text: 'internal error' };
  return { errno: errnos[error.code] ?? Errno.inputOutput, text: error.message };
}
