// For tests: routes called as the app does, without a server: parameters read, the answer held against what is declared.
import { expect } from 'vitest';
import { readParams } from '../parameters.ts';
import type { Route } from '../route.ts';

/** Whether the caller has a privilege on a path. */
export type May = (path: string, privilege: string) => boolean;

/** Has just these: `/storage/local Datastore.Audit`. */
export const only =
  (...rights: string[]): May =>
  (where, privilege) =>
    rights.includes(`${where} ${privilege}`);

/** Calls `GET /nodes/{node}/...` of the routes. */
export async function callRoute(
  routes: readonly Route[],
  method: string,
  given: Record<string, unknown>,
  may: May = () => true,
): Promise<unknown> {
  const route = routes.find(({ declaration: d }) => `${d.verb} ${d.path}` === method);
  if (!route) throw new Error(`no route ${method}`);
  const params = readParams(route.declaration, given);
  const who = { userid: 'a@pam', tokenid: undefined, requester: 'a@pam' };
  const caller = { ...who, may, privilegesOn: () => new Set() };
  const request = { params, caller, signal: new AbortController().signal, address: '::1' };
  const reply: unknown = await route.handler(request as never);
  const { error } = route.declaration.returns.safeParse(reply);
  expect(error, `${method} answers what it declares`).toBeUndefined();
  return reply;
}
