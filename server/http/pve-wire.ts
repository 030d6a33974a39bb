// Replies in the API's formats: `/api2/json` and `/api2/extjs`, data and errors alike.
import { type ErrorReply, reasonPhrase } from './error-reply.ts';
import { ReplyRaw, ReplyWith } from './route.ts';

export type Format = 'json' | 'extjs';

/** A rendered reply, still without a connection. */
export interface WireReply {
  readonly status: number;
  /** Text for the reason phrase; undefined for the usual one. */
  readonly reason: string | undefined;
  readonly body: string | Buffer<ArrayBuffer>;
}

/** One npm client compares this text exactly. */
export const jsonType = 'application/json;charset=UTF-8';

export const apiHeaders: Readonly<Record<string, string>> = {
  'Content-Type': jsonType,
  'Cache-Control': 'no-store',
  Server: 'pve-api-daemon/3.0',
  'X-Content-Type-Options': 'nosniff',
};

/** The format and the rest of the path of `/api2/json/nodes/pve`; undefined when it is no path of the API. */
export function splitApiPath(pathname: string): { format: string; path: string } | undefined {
  const match = /^\/+api2\/+([^/]+)(\/.*)?$/.exec(pathname);
  return match?.[1] === undefined ? undefined : { format: match[1], path: match[2] ?? '/' };
}

/** Renders what a handler returned. */
export function renderReply(format: Format, result: unknown): WireReply {
  const beside = result instanceof ReplyWith ? result.beside : {};
  const data =
    result instanceof ReplyRaw
      ? result.json
      : (JSON.stringify(result instanceof ReplyWith ? result.data : result) ?? 'null');
  const extra = { ...(format === 'extjs' ? { success: 1, status: 200 } : {}), ...beside };
  const more = Object.entries(extra)
    .map(([name, value]) => `,${JSON.stringify(name)}:${JSON.stringify(value) ?? 'null'}`)
    .join('');
  const body = typeof data === 'string' ? `{"data":${data}${more}}` : wrapBytes(data, more);
  return { status: 200, reason: undefined, body };
}

/** Replies made of lists that handlers give again and again until they change: megabytes that need not be copied each time. */
const wrapped = new WeakMap<Buffer, Buffer<ArrayBuffer>>();

function wrapBytes(data: Buffer, more: string): Buffer<ArrayBuffer> {
  const kept = more === '' ? wrapped.get(data) : undefined;
  if (kept) return kept;
  const body = Buffer.concat([Buffer.from('{"data":'), data, Buffer.from(`${more}}`)]);
  if (more === '') wrapped.set(data, body);
  return body;
}

/** Renders an error. The published servers end `message` with a line feed, and one client insists on it. */
export function renderError(format: Format, error: ErrorReply): WireReply {
  const body = {
    data: null,
    message: `${error.message}\n`,
    ...(error.errors ? { errors: error.errors } : {}),
    code: error.code,
    ...(error.details ? { details: error.details } : {}),
  };
  if (format === 'extjs') {
    return {
      status: 200,
      reason: undefined,
      body: JSON.stringify({ ...body, success: 0, status: error.status, message: error.message }),
    };
  }
  return { status: error.status, reason: reasonPhrase(error.message), body: JSON.stringify(body) };
}
