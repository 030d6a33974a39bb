// Routes over the access part of a test, called as a client calls them; for tests only.
import type { Access } from '../../access/access-service.ts';
import { createLogger } from '../../core/log.ts';
import { createApp } from '../app.ts';
import type { Route } from '../route.ts';

export interface Answer {
  readonly status: number;
  readonly data: unknown;
  readonly errors?: Record<string, string>;
  readonly message?: string;
}

/** As root over the local socket, unless `headers` say who calls. A list is the parameter given several times. */
export type Call = (
  verb: string,
  path: string,
  params?: Record<string, string | readonly string[]>,
  headers?: Record<string, string>,
) => Promise<Answer>;

/** Answers of the routes are checked against their declarations. The node is `pve1`. */
export function callRoutes(access: Access, routes: readonly Route[]): Call {
  const app = createApp({
    routes: [...routes],
    authenticator: access.authenticator,
    log: createLogger('silent'),
    nodes: { local: () => 'pve1', has: (node) => node === 'pve1' },
    version: '0.0.0',
    checkReplies: true,
  });
  return async (verb, path, params = {}, headers) => {
    const pairs = Object.entries(params).flatMap(([key, value]) =>
      [value].flat().map((one) => [key, one] as [string, string]),
    );
    const form = new URLSearchParams(pairs).toString();
    const inQuery = verb === 'GET' || verb === 'DELETE';
    const response = await app.hono.request(
      `http://localhost/api2/json${path}${inQuery && form ? `?${form}` : ''}`,
      {
        method: verb,
        headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
        ...(inQuery ? {} : { body: form }),
      },
      { local: headers === undefined },
    );
    return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
  };
}
