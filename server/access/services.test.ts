import { beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { hasCode } from '../core/errors.ts';
import { type TestAccess, testAccess } from './access-fixture.ts';
import type { AclChange } from './acl-service.ts';
import { callerOf } from './caller.ts';

let t: TestAccess;
const as = (userid: string, tokenid?: string) => callerOf(t.access.directory, userid, tokenid);
const root = () => as('root@pam');
const none: Omit<AclChange, 'path' | 'roles'> = {
  users: [],
  groups: [],
  tokens: [],
  propagate: true,
  remove: false,
};

async function give(path: string, role: string, to: Partial<AclChange>) {
  await t.access.acl.update(root(), { ...none, path, roles: [role], ...to });
}

beforeEach(() => {
  t = testAccess(createMemoryStore());
});

describe('users', () => {
  test('root@pam exists in an empty store and sees itself', () => {
    expect(t.access.users.list(root())).toEqual([
      { userid: 'root@pam', user: { enable: true, expire: 0, groups: [] } },
    ]);
  });

  test('are made once, with the API’s words when they exist or do not', async () => {
    const { users } = t.access;
    await users.create('joe@pve', { comment: 'hi', email: '' });
    expect(users.get('joe@pve')).toEqual({ enable: true, expire: 0, comment: 'hi', groups: [] });
    await expect(users.create('joe@pve', {})).rejects.toThrow("user 'joe@pve' already exists");
    await expect(users.update(root(), 'max@pve', {})).rejects.toThrow("no such user ('max@pve')");
    await expect(users.delete('max@pve')).rejects.toThrow("no such user ('max@pve')");
    await expect(users.create('joe@ldap', {})).rejects.toMatchObject({
      fields: { userid: "auth domain 'ldap' does not exist" },
    });
    await expect(users.create('joe@pve', {})).rejects.toSatisfy((e) => hasCode(e, 'already-exists'));
  });

  test('keep what an update does not name, and lose what it empties', async () => {
    const { users } = t.access;
    await users.create('joe@pve', { comment: 'hi', firstname: 'Joe' });
    await users.update(root(), 'joe@pve', { comment: '', expire: 99 });
    expect(users.get('joe@pve')).toEqual({ enable: true, expire: 99, firstname: 'Joe', groups: [] });
  });

  test('join groups that exist, by replacing or appending', async () => {
    const { users, groups } = t.access;
    await groups.create('a');
    await groups.create('b');
    await users.create('joe@pve', { groups: ['a'] });
    await users.update(root(), 'joe@pve', { groups: ['b'] }, true);
    expect(users.get('joe@pve').groups).toEqual(['a', 'b']);
    await users.update(root(), 'joe@pve', { groups: ['b'] });
    expect(groups.get('a').members).toEqual([]);
    await expect(users.update(root(), 'joe@pve', { groups: ['c'] })).rejects.toMatchObject({
      fields: { groups: "no such group 'c'" },
    });
  });

  test('root@pam can be neither deleted nor disabled, and is changed by root alone', async () => {
    const { users } = t.access;
    await expect(users.delete('root@pam')).rejects.toThrow('cannot be deleted');
    await expect(users.update(root(), 'root@pam', { enable: false })).rejects.toThrow('cannot be disabled');
    await expect(users.update(root(), 'root@pam', { expire: 5 })).rejects.toThrow('cannot expire');
    await users.create('adm@pve', {});
    await give('/', 'Administrator', { users: ['adm@pve'] });
    await expect(users.update(as('adm@pve'), 'root@pam', { email: 'x@example.org' })).rejects.toSatisfy((e) =>
      hasCode(e, 'forbidden'),
    );
    await users.update(root(), 'root@pam', { email: 'x@example.org' });
    expect(users.get('root@pam').email).toBe('x@example.org');
    // Not even a document written by other means takes root's rights away.
    await t.store.write('users/root@pam', { enable: false, expire: 1, groups: [] });
    expect(t.access.directory.userRefusal('root@pam', 1000)).toBeUndefined();
  });

  test('take grants, tokens and password with them, in one change of the store', async () => {
    const { users, tokens, directory } = t.access;
    await users.create('joe@pve', {}, 'some-hash');
    await users.create('joey@pve', {});
    await tokens.create(root(), 'joe@pve', 'ci', {});
    await give('/vms', 'PVEVMUser', { users: ['joe@pve', 'joey@pve'], tokens: ['joe@pve!ci'] });
    let positions = 0;
    const seen = new Set<number>();
    for (const kind of ['users', 'tokens', 'passwords', 'access'])
      t.store.watch(kind, ({ position }) => {
        positions += 1;
        seen.add(position);
      });
    await users.delete('joe@pve');
    expect(positions).toBe(4);
    expect(directory.acl.map((entry) => entry.ugid)).toEqual(['joey@pve']);
    expect([...directory.tokens.keys()]).toEqual([]);
    expect(t.store.read('passwords/joe@pve')).toBeUndefined();
  });

  test('made anew do not inherit a password left over', async () => {
    await t.store.write('passwords/joe@pve', { hash: 'old' });
    await t.access.users.create('joe@pve', {});
    expect(t.store.read('passwords/joe@pve')).toBeUndefined();
  });

  test('show themselves, and others to those who may see them', async () => {
    const { users, groups } = t.access;
    await groups.create('staff');
    for (const name of ['joe', 'max', 'sue']) await users.create(`${name}@pve`, {});
    await users.update(root(), 'max@pve', { groups: ['staff'] });
    const names = (who: string) => users.list(as(who)).map(({ userid }) => userid);
    expect(names('joe@pve')).toEqual(['joe@pve']);
    await give('/access/groups/staff', 'PVEUserAdmin', { users: ['joe@pve'] });
    expect(names('joe@pve')).toEqual(['joe@pve', 'max@pve']);
    await give('/access/groups', 'PVEAuditor', { users: ['sue@pve'] });
    expect(names('sue@pve')).toHaveLength(4);
  });

  test('two changes at once are both made', async () => {
    const { users, groups } = t.access;
    await users.create('joe@pve', {});
    for (const id of ['a', 'b', 'c']) await groups.create(id);
    await Promise.all(['a', 'b', 'c'].map((id) => users.update(root(), 'joe@pve', { groups: [id] }, true)));
    expect(users.get('joe@pve').groups).toEqual(['a', 'b', 'c']);
  });
});

describe('groups and roles', () => {
  test('a deleted group leaves its members and its grants', async () => {
    const { groups, users, directory } = t.access;
    await groups.create('staff', 'the staff');
    await users.create('joe@pve', { groups: ['staff'] });
    await give('/vms', 'PVEVMUser', { groups: ['staff'] });
    expect(as('joe@pve').may('/vms/100', 'VM.Console')).toBe(true);
    await groups.delete('staff');
    expect(as('joe@pve').may('/vms/100', 'VM.Console')).toBe(false);
    expect(users.get('joe@pve').groups).toEqual([]);
    expect(directory.acl).toEqual([]);
    await groups.create('staff');
    expect(as('joe@pve').may('/vms/100', 'VM.Console')).toBe(false);
  });

  test('say in the API’s words what is wrong', async () => {
    const { groups, roles } = t.access;
    await groups.create('a');
    await expect(groups.create('a')).rejects.toThrow("group 'a' already exists");
    await expect(groups.create('a b')).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(groups.update('x')).rejects.toThrow("group 'x' does not exist");
    await expect(groups.delete('x')).rejects.toThrow("group 'x' does not exist");
    await roles.create('mine', ['VM.Audit']);
    await expect(roles.create('mine', [])).rejects.toThrow("role 'mine' already exists");
    await expect(roles.create('PVEMine', [])).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(roles.create('other', ['VM.Monitor'])).rejects.toMatchObject({
      fields: { privs: "invalid privilege 'VM.Monitor'" },
    });
    await expect(roles.update('x', [], false)).rejects.toThrow("role 'x' does not exist");
    await expect(roles.update('PVEAdmin', [], false)).rejects.toThrow("'PVEAdmin' cannot be modified");
    await expect(roles.delete('NoAccess')).rejects.toThrow(
      "auto-generated role 'NoAccess' cannot be deleted",
    );
  });

  test('a changed role counts at once, a deleted one takes its grants along', async () => {
    const { roles, users, directory } = t.access;
    await roles.create('mine', ['VM.Audit']);
    await users.create('joe@pve', {});
    await give('/vms', 'mine', { users: ['joe@pve'] });
    const joe = as('joe@pve');
    expect(joe.may('/vms/100', 'VM.Console')).toBe(false);
    await roles.update('mine', ['VM.Console'], true);
    expect([...joe.privilegesOn('/vms/100')].sort()).toEqual(['VM.Audit', 'VM.Console']);
    await roles.update('mine', ['VM.Clone'], false);
    expect([...joe.privilegesOn('/vms/100')]).toEqual(['VM.Clone']);
    await roles.delete('mine');
    expect(directory.acl).toEqual([]);
    expect(roles.list()).toHaveLength(17);
  });
});

describe('grants', () => {
  test('are given once, changed by giving again, and taken', async () => {
    const { users, directory } = t.access;
    await users.create('joe@pve', {});
    await give('/vms/', 'PVEVMUser', { users: ['joe@pve'] });
    await give('/vms', 'PVEVMUser', { users: ['joe@pve'], propagate: false });
    expect(directory.acl).toEqual([
      { path: '/vms', type: 'user', ugid: 'joe@pve', roleid: 'PVEVMUser', propagate: false },
    ]);
    await give('/vms', 'PVEVMUser', { users: ['joe@pve'], remove: true });
    expect(directory.acl).toEqual([]);
  });

  test('name only what exists', async () => {
    await expect(give('/vms', 'PVEVMUser', { users: ['x@pve'] })).rejects.toThrow(
      "user 'x@pve' does not exist",
    );
    await expect(give('/vms', 'PVEVMUser', { groups: ['x'] })).rejects.toThrow("group 'x' does not exist");
    await expect(give('/vms', 'PVEVMUser', { tokens: ['x@pve!y'] })).rejects.toThrow('does not exist');
    await expect(give('/vms', 'x', { users: ['root@pam'] })).rejects.toThrow("role 'x' does not exist");
    await expect(give('/rubbish', 'PVEVMUser', { users: ['root@pam'] })).rejects.toMatchObject({
      fields: { path: "invalid ACL path '/rubbish'" },
    });
    await expect(give('/vms', 'PVEVMUser', {})).rejects.toMatchObject({ code: 'invalid-input' });
    await give('/vms', 'x', { users: ['gone@pve'], remove: true });
  });

  test('without Permissions.Modify only roles within one’s own rights can be dealt in', async () => {
    const { users, acl, directory } = t.access;
    await users.create('joe@pve', {});
    await users.create('max@pve', {});
    await give('/vms/100', 'PVEVMAdmin', { users: ['joe@pve'] });
    const change = { ...none, path: '/vms/100', users: ['max@pve'] };
    await acl.update(as('joe@pve'), { ...change, roles: ['PVEVMUser'] });
    for (const role of ['Administrator', 'PVEDatastoreUser', 'NoAccess'])
      await expect(acl.update(as('joe@pve'), { ...change, roles: [role] })).rejects.toMatchObject({
        code: 'forbidden',
      });
    await expect(
      acl.update(as('joe@pve'), { ...change, path: '/vms', roles: ['PVEVMUser'] }),
    ).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(directory.acl).toHaveLength(2);
    expect(acl.list(as('joe@pve'))).toHaveLength(2);
    expect(acl.list(as('max@pve'))).toHaveLength(0);
  });
});

describe('tokens', () => {
  test('tell their secret once and keep only a hash', async () => {
    const { tokens, users } = t.access;
    await users.create('joe@pve', {});
    const made = await tokens.create(root(), 'joe@pve', 'ci', { comment: 'c' });
    expect(made.secret).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(made).toMatchObject({ tokenid: 'joe@pve!ci', info: { comment: 'c', expire: 0, privsep: true } });
    expect(JSON.stringify(t.store.list('tokens'))).not.toContain(made.secret);
    expect(tokens.checkSecret('joe@pve!ci', made.secret)).toBe(true);
    expect(tokens.checkSecret('joe@pve!ci', `${made.secret}x`)).toBe(false);
    expect(tokens.checkSecret('joe@pve!other', made.secret)).toBe(false);
    expect(tokens.checkSecret('', '')).toBe(false);
  });

  test('are made, changed and deleted with the API’s words', async () => {
    const { tokens, users, directory } = t.access;
    await users.create('joe@pve', {});
    await tokens.create(root(), 'joe@pve', 'ci', { expire: 5, privsep: false });
    await expect(tokens.create(root(), 'joe@pve', 'ci', {})).rejects.toMatchObject({
      fields: { tokenid: 'Token already exists.' },
    });
    await expect(tokens.create(root(), 'max@pve', 'ci', {})).rejects.toThrow("no such user ('max@pve')");
    await expect(tokens.delete(root(), 'joe@pve', 'x')).rejects.toThrow(
      "no such token 'x' for user 'joe@pve'",
    );
    expect(await tokens.update(root(), 'joe@pve', 'ci', { comment: 'new' }, ['expire'])).toEqual({
      tokenid: 'ci',
      comment: 'new',
      expire: 0,
      privsep: false,
    });
    await give('/vms', 'PVEVMUser', { tokens: ['joe@pve!ci'] });
    await tokens.delete(root(), 'joe@pve', 'ci');
    expect(directory.acl).toEqual([]);
    expect(tokens.list('joe@pve')).toEqual([]);
  });

  test('of root@pam are for root alone, and not for its limited tokens', async () => {
    const { tokens, users } = t.access;
    await users.create('adm@pve', {});
    await give('/', 'Administrator', { users: ['adm@pve'] });
    await expect(tokens.create(as('adm@pve'), 'root@pam', 'x', {})).rejects.toMatchObject({
      code: 'forbidden',
    });
    await tokens.create(root(), 'root@pam', 'limited', {});
    await tokens.create(root(), 'root@pam', 'full', { privsep: false });
    await give('/', 'Administrator', { tokens: ['root@pam!limited'] });
    const limited = as('root@pam', 'root@pam!limited');
    for (const deed of [
      tokens.create(limited, 'root@pam', 'yy', { privsep: false }),
      tokens.update(limited, 'root@pam', 'limited', { privsep: false }),
      tokens.delete(limited, 'root@pam', 'full'),
    ])
      await expect(deed).rejects.toMatchObject({ code: 'forbidden' });
    await tokens.create(as('root@pam', 'root@pam!full'), 'root@pam', 'yy', {});
  });
});
