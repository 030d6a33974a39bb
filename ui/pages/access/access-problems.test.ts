// What is wrong with what is typed.
import { expect, test } from 'vitest';
import {
  grantProblems,
  idProblem,
  poolIdProblem,
  tokenNameProblem,
  type UserForm,
  userProblems,
} from './access-problems.ts';

const user = (part: Partial<UserForm>): UserForm => ({
  ...{ name: 'joe', realm: 'pve', password: '', passwordAgain: '', firstname: '', lastname: '' },
  ...{ email: '', comment: '', lastDay: '', enable: true, groups: [] },
  ...part,
});

test.each([
  [{}, {}],
  [{ name: ' joe ' }, {}],
  [{ name: '' }, { name: 'userName' }],
  [{ name: 'a b' }, { name: 'userName' }],
  [{ name: 'a!b' }, { name: 'userName' }],
  [{ name: 'x'.repeat(61) }, { name: 'userName' }],
  [{ name: 'ann' }, { name: 'taken' }],
  [{ name: 'ann', realm: 'pam' }, {}],
  [{ email: 'joe' }, { email: 'email' }],
  [{ email: 'joe@example.org' }, {}],
  [{ password: 'short', passwordAgain: 'short' }, { password: 'passwordShort' }],
  [{ password: 'long enough', passwordAgain: '' }, { passwordAgain: 'passwordDiffers' }],
] as const)('a new user: %j', (part, problems) => {
  expect(userProblems(user(part), ['ann@pve'])).toEqual(problems);
});

test('a user that is there keeps its name, and has no password in this form', () => {
  expect(userProblems(user({ name: 'a b', password: 'x' }), undefined)).toEqual({});
  expect(userProblems(user({ email: '@' }), undefined)).toEqual({ email: 'email' });
});

test('ids', () => {
  expect(['staff', 'a.b-c_9', '', 'a b', 'x'.repeat(101), 'old'].map((id) => idProblem(id, ['old']))).toEqual(
    [undefined, undefined, 'plainId', 'plainId', 'plainId', 'taken'],
  );
  expect(['ci', 'c', '9x', 'a!b', 'old'].map((id) => tokenNameProblem(id, ['old']))).toEqual([
    undefined,
    'tokenName',
    'tokenName',
    'tokenName',
    'taken',
  ]);
  expect(
    ['a', 'a/b/c', 'a/b/c/d', '/a', 'a//b', '..', 'old'].map((id) => poolIdProblem(id, ['old'])),
  ).toEqual([undefined, undefined, 'poolId', 'poolId', 'poolId', 'poolId', 'taken']);
});

test('a permission needs a path, somebody and a role', () => {
  expect(grantProblems({ path: '', type: 'user', ugid: ' ', roleid: '', propagate: true })).toEqual({
    path: 'path',
    ugid: 'whoFirst',
    roleid: 'roleFirst',
  });
  expect(
    grantProblems({ path: 'vms/100', type: 'user', ugid: 'a@pve', roleid: 'r', propagate: true }),
  ).toEqual({});
});
