// The one way to the daemon: calls of the API with the session's cookie and CSRF token, typed by the contract.
import type { ApiMap } from '../../server/contract/index.ts';
import { ApiError, errorFromReply } from './errors.ts';

export type Scalar = string | number | boolean;
/** Parameters of a call; undefined ones are not sent, booleans go as 1 and 0, arrays as repeated names. */
export type Params = Readonly<Record<string, Scalar | readonly Scalar[] | undefined>>;
export type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';

export const apiBase = '/api2/json';

interface Hooks {
  csrfToken(): string | undefined;
  /** Called when the daemon says that nobody is logged in. */
  unauthorized(): void;
}

let hooks: Hooks = { csrfToken: () => undefined, unauthorized: () => {} };

/** Tells the client where the session is kept; called once by `session.ts`. */
export function useHooks(given: Hooks): void {
  hooks = given;
}

/** Parameters as the API's form encoding. */
export function encodeParams(params: Params): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue;
    const values = Array.isArray(value) ? (value as readonly Scalar[]) : [value as Scalar];
    for (const one of values) form.append(name, typeof one === 'boolean' ? (one ? '1' : '0') : String(one));
  }
  return form;
}

/**
 * Calls a method of the contract, for instance `api('GET /nodes/{node}/status', { node })`, and answers its `data`.
 * Parameters named in the path go there, the rest into the query or the body. Rejects with an ApiError.
 */
export async function api<M extends keyof ApiMap>(
  method: M,
  params: ApiMap[M]['params'],
  signal?: AbortSignal,
): Promise<ApiMap[M]['reply']> {
  return (await apiPart(method, params, signal)).data;
}

/** A part of a list, with what some methods say beside the data. */
export interface Part<T> {
  readonly data: T;
  /** How many there are in all. */
  readonly total?: number;
  /** Why there is nothing, or not all. */
  readonly reason?: string;
}

/** As `api`, with what stands beside the data. */
export function apiPart<M extends keyof ApiMap>(
  method: M,
  params: ApiMap[M]['params'],
  signal?: AbortSignal,
): Promise<Part<ApiMap[M]['reply']>> {
  const { verb, at, rest } = placeParams(method, params as Params);
  return send<ApiMap[M]['reply']>(verb, at, rest, signal);
}

/** Splits `GET /nodes/{node}/status` and puts the named parameters into the path, escaped. */
export function placeParams(method: string, params: Params): { verb: Verb; at: string; rest: Params } {
  const space = method.indexOf(' ');
  const rest: Record<string, Params[string]> = { ...params };
  const at = method.slice(space + 1).replace(/\{([^}]+)\}/g, (_, name: string) => {
    const value = rest[name];
    delete rest[name];
    return encodeURIComponent(String(value));
  });
  return { verb: method.slice(0, space) as Verb, at, rest };
}

async function send<T>(verb: Verb, at: string, params: Params, signal?: AbortSignal): Promise<Part<T>> {
  const inQuery = verb === 'GET' || verb === 'DELETE';
  const form = encodeParams(params);
  const query = inQuery && form.size > 0 ? `?${form}` : '';
  const headers: Record<string, string> = { accept: 'application/json' };
  const token = hooks.csrfToken();
  if (verb !== 'GET' && token !== undefined) headers['CSRFPreventionToken'] = token;

  let response: Response;
  let body: string;
  try {
    response = await fetch(`${apiBase}${at}${query}`, {
      method: verb,
      headers,
      credentials: 'same-origin',
      cache: 'no-store',
      ...(inQuery ? {} : { body: form }),
      ...(signal ? { signal } : {}),
    });
    body = await response.text();
  } catch (thrown) {
    if (signal?.aborted) throw thrown;
    throw new ApiError(0, '');
  }
  if (!response.ok) {
    if (response.status === 401 && at !== '/access/ticket') hooks.unauthorized();
    throw errorFromReply(response.status, response.statusText, body);
  }
  return partOf<T>(response.status, body);
}

/** The `data` of a reply's text. */
export function dataOf<T>(status: number, body: string): T {
  return partOf<T>(status, body).data;
}

/** The `data` of a reply's text, with what stands beside it. */
export function partOf<T>(status: number, body: string): Part<T> {
  let reply: unknown;
  try {
    reply = JSON.parse(body);
  } catch {
    throw new ApiError(status, 'The answer was not JSON');
  }
  if (typeof reply !== 'object' || reply === null) throw new ApiError(status, 'The answer was not JSON');
  const { data, total, reason } = reply as { data: T; total?: unknown; reason?: unknown };
  return {
    data,
    ...(typeof total === 'number' ? { total } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
  };
}

/** The CSRF token for calls that do not go through `call` (uploads). */
export function csrfToken(): string | undefined {
  return hooks.csrfToken();
}
