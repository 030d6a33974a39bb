// What the daemon and the process of an isolated storage tell each other, and errors as plain data. Passed by structured clone.
import type { Storage } from '../../../storage-plugins/plugin.ts';
import { AppError, asAppError, type ErrorCode } from '../../core/errors.ts';

export type StorageMethod = keyof Storage;

/** Which plugin to open. `folder`: that of a plugin which does not come with Croft. */
export interface PluginSource {
  readonly type: string;
  readonly folder?: string | undefined;
}

export interface PlainError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail?: string | undefined;
  readonly data?: Readonly<Record<string, unknown>> | undefined;
  readonly fields?: Readonly<Record<string, string>> | undefined;
}

/** In the place of a stream, among arguments and as a result. */
export interface StreamMark {
  readonly streamNumber: number;
}

/** About one stream, in either direction. `taken`: one chunk more may come. `unwanted`: nobody reads it any more. */
export type StreamMessage =
  | { readonly kind: 'chunk'; readonly stream: number; readonly bytes: Uint8Array }
  | { readonly kind: 'end'; readonly stream: number }
  | { readonly kind: 'broken'; readonly stream: number; readonly error: PlainError }
  | { readonly kind: 'taken'; readonly stream: number }
  | { readonly kind: 'unwanted'; readonly stream: number };

export type ToChild =
  /** The first message, once. Without `id` only the declaration is asked for. */
  | {
      readonly kind: 'open';
      readonly plugin: PluginSource;
      readonly id?: string;
      readonly options: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'call';
      readonly call: number;
      readonly method: StorageMethod;
      readonly args: readonly unknown[];
      /** It was cancelled before it began. */
      readonly aborted: boolean;
    }
  | { readonly kind: 'abort'; readonly call: number }
  | StreamMessage;

export type ToParent =
  | { readonly kind: 'declared'; readonly declaration: unknown }
  | { readonly kind: 'refused'; readonly error: PlainError }
  | { readonly kind: 'result'; readonly call: number; readonly value: unknown }
  | { readonly kind: 'failed'; readonly call: number; readonly error: PlainError }
  | { readonly kind: 'log'; readonly call: number; readonly line: string }
  | { readonly kind: 'progress'; readonly call: number; readonly fraction: number }
  | StreamMessage;

export function isStreamMark(value: unknown): value is StreamMark {
  return typeof value === 'object' && value !== null && 'streamNumber' in value;
}

export function isStreamMessage(message: ToChild | ToParent): message is StreamMessage {
  return ['chunk', 'end', 'broken', 'taken', 'unwanted'].includes(message.kind);
}

const codes: Readonly<Record<ErrorCode, true>> = {
  ...{
    'invalid-input': true,
    unauthenticated: true,
    forbidden: true,
    'not-found': true,
    'already-exists': true,
  },
  ...{ 'wrong-state': true, busy: true, unsupported: true, 'no-capacity': true, 'no-quorum': true },
  ...{ unavailable: true, timeout: true, 'command-failed': true, cancelled: true, internal: true },
};

/** Plugins that do not come with Croft cannot have our class: theirs are known by name and code. */
function isForeignAppError(thrown: unknown): thrown is AppError {
  return (
    thrown instanceof Error && thrown.name === 'AppError' && 'code' in thrown && String(thrown.code) in codes
  );
}

/** Without its cause: what is not an AppError has become `internal` with its text as the detail. */
export function plainError(thrown: unknown): PlainError {
  const { code, message, detail, data, fields } = isForeignAppError(thrown) ? thrown : asAppError(thrown);
  return { code, message, detail, data: asPlain(data), fields: asPlain(fields) };
}

function asPlain<T>(value: T | undefined): T | undefined {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as T);
}

export function readPlainError({ code, message, detail, data, fields }: PlainError): AppError {
  return new AppError(code, message, {
    ...(detail === undefined ? {} : { detail }),
    ...(data === undefined ? {} : { data }),
    ...(fields === undefined ? {} : { fields }),
  });
}
