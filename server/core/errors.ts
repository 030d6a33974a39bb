// The one error type of the daemon: a code, a text for the caller, and a detail that stays in the daemon's log.

/**
 * What went wrong, by whose fault.
 *
 * Caller's: `invalid-input`, `unauthenticated`, `forbidden`, `not-found`, `already-exists`, `wrong-state`,
 * `busy`, `unsupported`. The world's: `no-capacity`, `no-quorum`, `unavailable`, `timeout`, `command-failed`.
 * Neither: `cancelled`. Ours: `internal`.
 */
export type ErrorCode =
  | 'invalid-input'
  | 'unauthenticated'
  | 'forbidden'
  | 'not-found'
  | 'already-exists'
  | 'wrong-state'
  | 'busy'
  | 'unsupported'
  | 'no-capacity'
  | 'no-quorum'
  | 'unavailable'
  | 'timeout'
  | 'command-failed'
  | 'cancelled'
  | 'internal';

export interface AppErrorOptions {
  /** For the daemon's log only; never sent to a client. */
  detail?: string;
  /** Machine-readable facts the caller may see, such as the state expected and found. */
  data?: Readonly<Record<string, unknown>>;
  /** Per-parameter texts of `invalid-input`: parameter name to the rule that it broke. */
  fields?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** Every failure that crosses a module boundary. `message` is public: it must hold no secret and no host path of ours. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: string | undefined;
  readonly data: Readonly<Record<string, unknown>> | undefined;
  readonly fields: Readonly<Record<string, string>> | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = options.detail;
    this.data = options.data;
    this.fields = options.fields;
  }
}

/** `invalid-input` about named parameters: `{ vmid: 'must be at least 100' }`. */
export function invalidInput(
  fields: Record<string, string>,
  message = 'Parameter verification failed.',
): AppError {
  return new AppError('invalid-input', message, { fields });
}

/** `not-found`, saying what was looked for, for instance `notFound('guest', 100)`. */
export function notFound(kind: string, id: string | number): AppError {
  return new AppError('not-found', `${kind} '${id}' does not exist`);
}

/** Any thrown value as an AppError; what is not one becomes `internal` with the original as its cause. */
export function asAppError(thrown: unknown): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof Error && (thrown.name === 'AbortError' || thrown.name === 'TimeoutError')) {
    return thrown.name === 'AbortError'
      ? new AppError('cancelled', 'cancelled', { cause: thrown })
      : new AppError('timeout', 'timed out', { cause: thrown });
  }
  if (isNoSpace(thrown)) return new AppError('no-capacity', 'no space left on the device', { cause: thrown });
  const text = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  return new AppError('internal', 'internal error', { detail: text, cause: thrown });
}

function isNoSpace(thrown: unknown): boolean {
  return (
    thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOSPC' || thrown.code === 'EDQUOT')
  );
}

/** Is this an AppError with the given code? */
export function hasCode(thrown: unknown, code: ErrorCode): boolean {
  return thrown instanceof AppError && thrown.code === code;
}
