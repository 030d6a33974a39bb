// The one mapping of error codes to HTTP. Which status, and why: docs/design/errors.md.
import { AppError, asAppError, type ErrorCode } from '../core/errors.ts';

/** Statuses that all known clients treat as a failure; several take any other for success. */
const statuses: Readonly<Record<ErrorCode, 400 | 401 | 403 | 500 | 501>> = {
  'invalid-input': 400,
  unauthenticated: 401,
  forbidden: 403,
  'not-found': 500,
  'already-exists': 500,
  'wrong-state': 500,
  busy: 500,
  unsupported: 501,
  'no-capacity': 500,
  'no-quorum': 500,
  unavailable: 500,
  timeout: 500,
  'command-failed': 500,
  cancelled: 500,
  internal: 500,
};

/** What an error becomes on the wire. */
export interface ErrorReply {
  readonly status: 400 | 401 | 403 | 500 | 501;
  /** The public text; clients find it in the reason phrase. */
  readonly message: string;
  readonly errors: Readonly<Record<string, string>> | undefined;
  /** Croft's own, beside the published fields: the exact code, for clients that know us. */
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>> | undefined;
}

/** The reply for anything thrown. What is not an AppError becomes `internal` without its text. */
export function errorReply(thrown: unknown): ErrorReply {
  const error = asAppError(thrown);
  const fields = error.fields && Object.keys(error.fields).length > 0 ? error.fields : undefined;
  return {
    status: statuses[error.code],
    message: publicText(error),
    errors: fields,
    code: error.code,
    details: error.data,
  };
}

/** Clients recognise what is missing by "does not exist" in the text: it is there, whoever threw the error. */
function publicText(error: AppError): string {
  if (error.code === 'not-found' && !error.message.includes('does not exist'))
    return `${error.message} (does not exist)`;
  return error.message;
}

const maxReasonLength = 500;

/** A text as reason phrase: one line of latin-1 without control characters, of bounded length. */
export function reasonPhrase(text: string): string {
  const line = text
    .slice(0, maxReasonLength * 2)
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/[\x00-\x1f\x7f-\x9f]/g, '')
    .replace(/[^\x20-\x7e\xa0-\xff]/g, '?')
    .trim();
  return line.length > maxReasonLength ? `${line.slice(0, maxReasonLength - 3)}...` : line;
}

/** The error for a method that this version does not have. */
export function notImplemented(verb: string, path: string): AppError {
  return new AppError('unsupported', `Method '${verb} ${path.slice(0, 200)}' not implemented`);
}
