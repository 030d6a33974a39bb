// The one guard of all routes: does a declared permission hold for the caller?

import { readList } from '../contract/params.ts';
import type { Permission, PermissionCheck, Privilege } from '../contract/permission.ts';
import { AppError } from '../core/errors.ts';
import type { Authenticator } from './authenticator.ts';
import type { Caller } from './route.ts';

/** Parameters as they came, before they are checked against the schema. */
export type RawParams = Readonly<Record<string, unknown>>;

/** What the guard must know of users. */
export type UserLookup = Pick<Authenticator, 'groupsOf' | 'userExists' | 'actsAs'>;

/** Outcome of one check: undefined when it holds, otherwise what was missing, `/vms/100, VM.PowerMgmt`. */
type Lacking = string | undefined;

/**
 * Throws `forbidden` when the permission does not hold, `unauthenticated` for nobody where a user is needed.
 * A method without any entry in the contract is for root@pam alone.
 */
export function checkPermission(
  permission: Permission,
  caller: Caller,
  params: RawParams,
  users: UserLookup,
): void {
  if (permission.user === 'world') return;
  if (caller.userid === '') throw new AppError('unauthenticated', 'No ticket');
  if (permission.user === 'all') return;
  const lacking = permission.check
    ? evaluate(permission.check, { caller, params, users })
    : lackingOfRoot(caller);
  if (lacking !== undefined) throw new AppError('forbidden', `Permission check failed (${lacking})`);
}

/** Names of the parameters that a permission depends on: whose user, which path. */
export function paramsOfPermission({ check }: Permission): readonly string[] {
  return check ? [...new Set(paramsOfCheck(check))] : [];
}

function paramsOfCheck(check: PermissionCheck): string[] {
  switch (check[0]) {
    case 'and':
    case 'or':
      return (check.slice(1) as PermissionCheck[]).flatMap(paramsOfCheck);
    case 'perm':
    case 'perm-modify':
      return [...check[1].matchAll(/\{([^}]+)\}/g)].map((match) => match[1]!);
    case 'userid-param':
    case 'userid-group':
      return ['userid'];
  }
}

interface Scene {
  readonly caller: Caller;
  readonly params: RawParams;
  readonly users: UserLookup;
}

function evaluate(check: PermissionCheck, scene: Scene): Lacking {
  switch (check[0]) {
    case 'and':
      return firstLacking(check.slice(1) as PermissionCheck[], scene);
    case 'or':
      return lastLacking(check.slice(1) as PermissionCheck[], scene);
    case 'perm':
      return evaluatePerm(check, scene);
    case 'userid-param':
      return evaluateUserParam(check[1], scene);
    case 'userid-group':
      return evaluateUserGroup(check, scene);
    case 'perm-modify':
      return evaluateModify(check[1], scene);
  }
}

/** Of `and`: the first that does not hold. */
function firstLacking(checks: readonly PermissionCheck[], scene: Scene): Lacking {
  for (const check of checks) {
    const lacking = evaluate(check, scene);
    if (lacking !== undefined) return lacking;
  }
  return undefined;
}

/** Of `or`: nothing as soon as one holds, otherwise what the last lacked. */
function lastLacking(checks: readonly PermissionCheck[], scene: Scene): Lacking {
  let lacking: Lacking = 'nothing allows it';
  for (const check of checks) {
    lacking = evaluate(check, scene);
    if (lacking === undefined) return undefined;
  }
  return lacking;
}

function evaluatePerm(
  check: Extract<PermissionCheck, readonly ['perm', ...unknown[]]>,
  scene: Scene,
): Lacking {
  const [, template, privileges, ...rest] = check;
  const options = readOptions(rest);
  const required = options.get('require_param');
  if (typeof required === 'string' && scene.params[required] === undefined)
    return `${template}, needs ${required}`;
  const path = fillIn(template, scene.params);
  return options.get('any') === 1
    ? lackingAny(scene.caller, path, privileges)
    : lackingAll(scene.caller, path, privileges);
}

/** The pairs after the privileges: `'any', 1, 'require_param', 'pool'`. */
function readOptions(rest: readonly unknown[]): Map<unknown, unknown> {
  const options = new Map<unknown, unknown>();
  for (let i = 0; i + 1 < rest.length; i += 2) options.set(rest[i], rest[i + 1]);
  return options;
}

/** Ids of pools hold the names of the pools that they lie in, and rights reach down along them. */
const nestedPool = /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+){0,2}$/;

/** `/vms/{vmid}` with the parameter's value; a value that would change the path's depth is refused, but for pools. */
function fillIn(template: string, params: RawParams): string {
  return template.replace(/\{([^}]+)\}/g, (_match, name: string) => {
    const value = params[name];
    if (value === undefined || value === '') {
      throw new AppError('invalid-input', 'Parameter verification failed.', {
        fields: { [name]: 'property is missing and it is not optional' },
      });
    }
    const text = String(value);
    const nests = template === `/pool/{${name}}` && nestedPool.test(text);
    if ((text.includes('/') && !nests) || text.split('/').some((part) => part === '.' || part === '..')) {
      throw new AppError('invalid-input', 'Parameter verification failed.', {
        fields: { [name]: 'invalid format - must not hold a slash' },
      });
    }
    return text;
  });
}

function lackingAll(caller: Caller, path: string, privileges: readonly Privilege[]): Lacking {
  const missing = privileges.filter((privilege) => !caller.may(path, privilege));
  return missing.length === 0 ? undefined : `${path}, ${missing.join(', ')}`;
}

function lackingAny(caller: Caller, path: string, privileges: readonly Privilege[]): Lacking {
  return privileges.some((privilege) => caller.may(path, privilege))
    ? undefined
    : `${path}, ${privileges.join('|')}`;
}

/**
 * `self`: the request is about the caller's own user. A token does not count as its user here: with fewer privileges
 * than its user it could otherwise give itself all of them.
 */
function evaluateUserParam(rule: 'self' | 'Realm.AllocateUser', scene: Scene): Lacking {
  const userid = String(scene.params['userid'] ?? '');
  if (rule === 'self') {
    return scene.users.actsAs(scene.caller, userid) ? undefined : 'not the own user';
  }
  const realm = userid.slice(userid.lastIndexOf('@') + 1);
  if (!userid.includes('@') || !/^[A-Za-z][A-Za-z0-9._-]*$/.test(realm)) return 'userid names no realm';
  return lackingAny(scene.caller, `/access/realm/${realm}`, [rule]);
}

/**
 * About a user: one of the privileges on all groups, or on a group that the user is in. With `groups_param` the groups
 * given must all be allowed too, and for `create` the user is not there yet.
 */
function evaluateUserGroup(
  check: Extract<PermissionCheck, readonly ['userid-group', ...unknown[]]>,
  scene: Scene,
): Lacking {
  const [, privileges, ...rest] = check;
  const { caller, params, users } = scene;
  if (lackingAny(caller, '/access/groups', privileges) === undefined) return undefined;
  const allowed = (group: string): boolean =>
    /^[A-Za-z0-9._-]+$/.test(group) &&
    lackingAny(caller, `/access/groups/${group}`, privileges) === undefined;
  const lacking = `/access/groups, ${privileges.join('|')}`;
  const mode = readOptions(rest).get('groups_param');
  if (mode !== undefined) {
    const given = readList(params['groups'] === undefined ? undefined : String(params['groups']));
    if (given.length === 0 || !given.every(allowed)) return lacking;
  }
  if (mode !== 'create') {
    const userid = String(params['userid'] ?? '');
    if (!users.userExists(userid) || !users.groupsOf(userid).some(allowed)) return lacking;
  }
  return undefined;
}

/** Giving roles on a path: Permissions.Modify there, or the privilege that rules over that kind of object. */
function evaluateModify(template: string, scene: Scene): Lacking {
  const path = template.replace(/\{([^}]+)\}/g, (_match, name: string) => String(scene.params[name] ?? ''));
  if (!/^\/([A-Za-z0-9@._/-]*)$/.test(path) || /\/\.{1,2}(\/|$)/.test(path)) return 'path is not valid';
  const normal = `/${path.split('/').filter(Boolean).join('/')}`;
  const owning: Privilege[] = ['Permissions.Modify'];
  if (/^\/storage\/./.test(normal)) owning.push('Datastore.Allocate');
  if (/^\/vms\/./.test(normal)) owning.push('VM.Allocate');
  if (/^\/pool\/./.test(normal)) owning.push('Pool.Allocate');
  return lackingAny(scene.caller, normal, owning);
}

/** root@pam; a token of root needs what root has at the top, so that a token with fewer privileges stays below. */
function lackingOfRoot(caller: Caller): Lacking {
  const root = caller.userid === 'root@pam';
  const full =
    caller.tokenid === undefined || (caller.may('/', 'Permissions.Modify') && caller.may('/', 'Sys.Modify'));
  return root && full ? undefined : 'only root@pam may do this';
}
