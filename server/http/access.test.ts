// The guard of all routes: each kind of permission expression, and every declared method against nobody and a user without privileges.
import { describe, expect, it } from 'vitest';
import { declarations } from '../contract/index.ts';
import { methodName } from '../contract/method.ts';
import type { Permission } from '../contract/permission.ts';
import { checkPermission, type RawParams } from './access.ts';
import { authenticator, callerWith } from './app-fixture.ts';
import { nobody } from './authenticator.ts';
import type { Caller } from './route.ts';

function outcome(permission: Permission, caller: Caller, params: RawParams = {}): string {
  try {
    checkPermission(permission, caller, params, authenticator);
    return 'allowed';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const audit = callerWith('a@pve', { '/vms/100': ['VM.Audit'] });

describe('perm', () => {
  const both: Permission = { check: ['perm', '/vms/{vmid}', ['VM.Audit', 'VM.PowerMgmt']] };
  const any: Permission = { check: ['perm', '/vms/{vmid}', ['VM.Audit', 'VM.PowerMgmt'], 'any', 1] };

  it('wants all privileges, or any', () => {
    expect(outcome(both, audit, { vmid: 100 })).toBe('Permission check failed (/vms/100, VM.PowerMgmt)');
    expect(outcome(any, audit, { vmid: 100 })).toBe('allowed');
    expect(outcome(any, audit, { vmid: 101 })).toBe(
      'Permission check failed (/vms/101, VM.Audit|VM.PowerMgmt)',
    );
  });

  it('is not misled by parameters that change the path', () => {
    for (const vmid of ['100/..', '..', '../vms/100', '', undefined])
      expect(outcome(any, audit, { vmid })).toBe('Parameter verification failed.');
  });

  it('with require_param grants nothing when the parameter is not there', () => {
    const pool: Permission = { check: ['perm', '/pool/{pool}', ['VM.Allocate'], 'require_param', 'pool'] };
    expect(outcome(pool, audit)).toBe('Permission check failed (/pool/{pool}, needs pool)');
    expect(outcome(pool, audit, { pool: 'p' })).toBe('Permission check failed (/pool/p, VM.Allocate)');
  });

  it('goes down into pools within pools, and nowhere else', () => {
    const pool: Permission = { check: ['perm', '/pool/{poolid}', ['Pool.Audit']] };
    const owner = callerWith('o@pve', { '/pool/a/b': ['Pool.Audit'] });
    expect(outcome(pool, owner, { poolid: 'a/b' })).toBe('allowed');
    expect(outcome(pool, owner, { poolid: 'a/b/c' })).toBe('allowed');
    expect(outcome(pool, owner, { poolid: 'a' })).toBe('Permission check failed (/pool/a, Pool.Audit)');
    for (const poolid of ['a/b/..', 'a/b/c/d', 'a//b', '/a/b', 'a/b/', '..', 'a/./b', 'a/b\n'])
      expect(outcome(pool, owner, { poolid }), poolid).toBe('Parameter verification failed.');
  });
});

describe('and, or', () => {
  const yes = ['perm', '/vms/100', ['VM.Audit']] as const;
  const no = ['perm', '/vms/100', ['VM.Backup']] as const;
  it.each([
    [['and', yes, no], false],
    [['and', yes, yes], true],
    [['or', no, yes], true],
    [['or', no, no], false],
    [['or', no, ['and', yes, yes]], true],
  ] as const)('%j', (check, allowed) => {
    expect(outcome({ check: check as Permission['check'] & object }, audit) === 'allowed').toBe(allowed);
  });
});

describe('about users', () => {
  const self: Permission = { check: ['userid-param', 'self'] };
  const realm: Permission = { check: ['userid-param', 'Realm.AllocateUser'] };
  const group: Permission = { check: ['userid-group', ['User.Modify']] };
  const create: Permission = { check: ['userid-group', ['User.Modify'], 'groups_param', 'create'] };

  it('self is the own user, and no token of it', () => {
    expect(outcome(self, audit, { userid: 'a@pve' })).toBe('allowed');
    expect(outcome(self, audit, { userid: 'b@pve' })).not.toBe('allowed');
    expect(outcome(self, callerWith('a@pve', {}, 'a@pve!t'), { userid: 'a@pve' })).not.toBe('allowed');
    expect(outcome(self, audit)).not.toBe('allowed');
  });

  it('a realm is that of the user', () => {
    const allocator = callerWith('x@pve', { '/access/realm/pve': ['Realm.AllocateUser'] });
    expect(outcome(realm, allocator, { userid: 'n@pve' })).toBe('allowed');
    expect(outcome(realm, allocator, { userid: 'n@pam' })).not.toBe('allowed');
    expect(outcome(realm, allocator, { userid: 'pve' })).not.toBe('allowed');
    expect(outcome(realm, allocator, { userid: 'n@pve/../pve' })).not.toBe('allowed');
  });

  it('a group is one that the user is in, or all', () => {
    const staff = callerWith('s@pve', { '/access/groups/staff': ['User.Modify'] });
    const all = callerWith('s@pve', { '/access/groups': ['User.Modify'] });
    expect(outcome(group, staff, { userid: 'member@pve' })).toBe('allowed');
    expect(outcome(group, staff, { userid: 'other@pve' })).not.toBe('allowed');
    expect(outcome(group, all, { userid: 'other@pve' })).toBe('allowed');
    expect(outcome(create, staff, { userid: 'new@pve', groups: 'staff' })).toBe('allowed');
    expect(outcome(create, staff, { userid: 'new@pve', groups: 'staff,admins' })).not.toBe('allowed');
    expect(outcome(create, staff, { userid: 'new@pve' })).not.toBe('allowed');
  });
});

describe('giving roles', () => {
  const modify: Permission = { check: ['perm-modify', '{path}'] };
  it('needs Permissions.Modify, or to own the kind of object', () => {
    const owner = callerWith('o@pve', { '/vms/100': ['VM.Allocate'], '/nodes': ['Permissions.Modify'] });
    expect(outcome(modify, owner, { path: '/vms/100' })).toBe('allowed');
    expect(outcome(modify, owner, { path: '/nodes/pve' })).toBe('allowed');
    for (const path of ['/vms', '/vms/101', '/storage/x', '/', '', '/vms/100/../101', '/vms/100/..'])
      expect(outcome(modify, owner, { path }), path).not.toBe('allowed');
  });
});

describe('without any entry', () => {
  it('only root@pam may, and its tokens when they have all of its privileges', () => {
    const may = (caller: Caller) => outcome({}, caller) === 'allowed';
    expect(may(callerWith('root@pam', { '/': 'all' }))).toBe(true);
    expect(may(callerWith('admin@pve', { '/': 'all' }))).toBe(false);
    expect(may(callerWith('root@pam', { '/': 'all' }, 'root@pam!t'))).toBe(true);
    expect(may(callerWith('root@pam', { '/': ['Sys.Audit'] }, 'root@pam!t'))).toBe(false);
  });
});

describe('every declared method', () => {
  const powerless = callerWith('nothing@pve', {});
  const root = callerWith('root@pam', { '/': 'all' });
  const params = {
    node: 'pve',
    vmid: 100,
    storage: 'local',
    userid: 'other@pve',
    path: '/vms/100',
    groups: 'g',
    newid: 101,
    poolid: 'office',
  };

  it.each(declarations.map((declaration) => [methodName(declaration), declaration] as const))(
    '%s lets in whom it should',
    (_name, { permission }) => {
      const open = permission.user === 'world';
      const forAll = permission.user !== undefined;
      expect(outcome(permission, nobody, params) === 'allowed').toBe(open);
      expect(outcome(permission, powerless, params) === 'allowed').toBe(forAll);
      expect(outcome(permission, root, params)).toBe('allowed');
    },
  );
});
