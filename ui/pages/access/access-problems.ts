// What can be wrong with what is typed about users, groups, roles, tokens, pools and permissions, as the daemon judges it. Pure.
import { type NewPassword, newPasswordProblems, type PasswordProblem } from '../../forms/new-password.ts';
import { asPath } from './acl-paths.ts';

export type AccessProblem =
  | PasswordProblem
  | 'userName'
  | 'email'
  | 'plainId'
  | 'tokenName'
  | 'poolId'
  | 'taken'
  | 'path'
  | 'whoFirst'
  | 'roleFirst'
  | 'description'
  | 'code';

type Problems<F> = Partial<Record<keyof F & string, AccessProblem>>;

/** What is there, without what is undefined. */
function only<F>(problems: { [K in keyof F & string]?: AccessProblem | undefined }): Problems<F> {
  const there = Object.entries(problems).filter(([, problem]) => problem !== undefined);
  return Object.fromEntries(there) as Problems<F>;
}

export interface UserForm extends NewPassword {
  readonly name: string;
  readonly realm: string;
  readonly firstname: string;
  readonly lastname: string;
  readonly email: string;
  readonly comment: string;
  readonly lastDay: string;
  readonly enable: boolean;
  readonly groups: readonly string[];
}

const longestUserId = 64;

/** `taken`: ids that are there; undefined for a user that is changed and keeps its name. */
export function userProblems(form: UserForm, taken: readonly string[] | undefined): Problems<UserForm> {
  const userid = `${form.name.trim()}@${form.realm}`;
  const name = /^[^\s:/!\p{Cc}]+$/u.test(form.name.trim()) && userid.length <= longestUserId;
  const withPassword = taken !== undefined && form.password !== '';
  return only<UserForm>({
    name: taken === undefined ? undefined : !name ? 'userName' : taken.includes(userid) ? 'taken' : undefined,
    email: form.email.trim() === '' || /^[^\s@]+@[^\s@]+$/.test(form.email.trim()) ? undefined : 'email',
    ...(withPassword ? newPasswordProblems(form) : {}),
  });
}

/** Ids of groups and roles. */
export function idProblem(id: string, taken: readonly string[]): AccessProblem | undefined {
  if (!/^[A-Za-z0-9._-]{1,100}$/.test(id)) return 'plainId';
  return taken.includes(id) ? 'taken' : undefined;
}

/** `taken`: the names of the user's tokens. */
export function tokenNameProblem(name: string, taken: readonly string[]): AccessProblem | undefined {
  if (!/^[A-Za-z][A-Za-z0-9._-]{1,63}$/.test(name)) return 'tokenName';
  return taken.includes(name) ? 'taken' : undefined;
}

/** Up to three names with slashes between them. */
export function poolIdProblem(id: string, taken: readonly string[]): AccessProblem | undefined {
  const names = id.split('/');
  const good = names.every((name) => /^[A-Za-z0-9._-]+$/.test(name) && name !== '.' && name !== '..');
  if (!good || names.length > 3 || id.length > 128) return 'poolId';
  return taken.includes(id) ? 'taken' : undefined;
}

export interface GrantForm {
  readonly path: string;
  readonly type: 'user' | 'group' | 'token';
  readonly ugid: string;
  readonly roleid: string;
  readonly propagate: boolean;
}

export function grantProblems(form: GrantForm): Problems<GrantForm> {
  return only<GrantForm>({
    path: asPath(form.path) === undefined ? 'path' : undefined,
    ugid: form.ugid.trim() === '' ? 'whoFirst' : undefined,
    roleid: form.roleid === '' ? 'roleFirst' : undefined,
  });
}
