// Parameters that a permission depends on are asked for first; everything else about the parameters is said to those who may.
import { expect, test } from 'vitest';
import { setPassword, updateAcl } from '../contract/access.ts';
import { createUser } from '../contract/access-users.ts';
import { auditorHeaders, rootHeaders, testApp } from './app-fixture.ts';
import { route } from './route.ts';

const { hono } = testApp({
  routes: [route(setPassword, () => null), route(createUser, () => null), route(updateAcl, () => null)],
});

async function call(verb: string, path: string, params: Record<string, string>, headers = auditorHeaders) {
  const body = new URLSearchParams(params);
  const response = await hono.request(`/api2/json${path}`, { method: verb, body, headers });
  const { errors } = (await response.json()) as { errors?: Record<string, string> };
  return { status: response.status, errors };
}

const missing = 'property is missing and it is not optional';

test.each([
  ['PUT', '/access/password', 'userid', { password: 'secret-words' }],
  ['POST', '/access/users', 'userid', { comment: 'x' }],
  ['PUT', '/access/acl', 'path', { roles: 'PVEAdmin' }],
])('%s %s without %s is a mistake, whoever asks', async (verb, path, name, params) => {
  const mistake = { status: 400, errors: { [name]: missing } };
  expect(await call(verb, path, params)).toEqual(mistake);
  expect(await call(verb, path, params, rootHeaders)).toMatchObject({ status: 400, errors: mistake.errors });
});

test('one that is malformed is, too; what is wrong with the others is not told to who may not', async () => {
  const wrong = await call('POST', '/access/users', { userid: 'nobody' });
  expect(wrong.status).toBe(400);
  expect(Object.keys(wrong.errors ?? {})).toEqual(['userid']);
  const user = { userid: 'a@pve', nonsense: '1' };
  expect(await call('POST', '/access/users', user)).toEqual({ status: 403, errors: undefined });
  expect(await call('POST', '/access/users', user, rootHeaders)).toMatchObject({
    status: 400,
    errors: { nonsense: expect.any(String) },
  });
});
