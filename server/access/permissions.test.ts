import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Privilege } from '../contract/permission.ts';
import type { AclEntry } from './documents.ts';
import { type AccessFacts, Permissions } from './permissions.ts';
import { PoolMembers } from './pools.ts';
import { builtInRoles } from './roles.ts';

const groups: Record<string, string[]> = {
  'joe@pve': ['staff'],
  'max@pve': ['staff', 'ops'],
  'sue@pve': ['staff', 'guests'],
};
const tokens: Record<string, { userid: string; privsep: boolean }> = {
  'max@pve!full': { userid: 'max@pve', privsep: false },
  'max@pve!sep': { userid: 'max@pve', privsep: true },
  'root@pam!sep': { userid: 'root@pam', privsep: true },
  'root@pam!full': { userid: 'root@pam', privsep: false },
};
const roles = new Map<string, ReadonlySet<Privilege>>([
  ...builtInRoles,
  ['customer', new Set<Privilege>(['VM.Audit', 'VM.PowerMgmt'])],
]);

/** `user:joe@pve /vms customer`, with `!` at the end for a grant that does not propagate. */
function grant(text: string): AclEntry {
  const [who = '', path = '', role = ''] = text.split(' ');
  const [type, ugid = ''] = who.split(/:(.*)/s);
  return {
    path,
    type: type as AclEntry['type'],
    ugid,
    roleid: role.replace('!', ''),
    propagate: !role.endsWith('!'),
  };
}

function facts(acl: readonly AclEntry[]): AccessFacts {
  return { acl, roles, groupsOf: (userid) => groups[userid] ?? [], token: (tokenid) => tokens[tokenid] };
}

function permissions(grants: readonly string[], pools = new PoolMembers()): Permissions {
  return new Permissions({ ...facts(grants.map(grant)), pools });
}

function held(on: Permissions, who: string, path: string): string {
  return [...on.privilegesOn(who, path).keys()].sort().join(' ');
}

const customer = 'VM.Audit VM.PowerMgmt';

describe('rules of permissions', () => {
  test('root@pam may do everything, whatever is granted', () => {
    const on = permissions(['user:root@pam / NoAccess']);
    expect(on.privilegesOn('root@pam', '/vms/100').size).toBe(47);
  });

  test('nobody has anything without a grant', () => {
    expect(held(permissions([]), 'joe@pve', '/')).toBe('');
    expect(held(permissions(['user:joe@pve / Administrator']), 'eve@pve', '/')).toBe('');
  });

  test('a grant reaches what lies below, but not paths that only begin alike', () => {
    const on = permissions(['user:joe@pve /vms/10 customer']);
    expect(held(on, 'joe@pve', '/vms/10')).toBe(customer);
    expect(held(on, 'joe@pve', '/vms/100')).toBe('');
    expect(held(on, 'joe@pve', '/vms')).toBe('');
  });

  test('a grant that does not propagate stays on its path', () => {
    const on = permissions(['user:joe@pve /vms customer!']);
    expect(held(on, 'joe@pve', '/vms')).toBe(customer);
    expect(held(on, 'joe@pve', '/vms/100')).toBe('');
    expect(on.privilegesOn('joe@pve', '/vms').get('VM.Audit')).toBe(false);
  });

  test('a deeper grant replaces what is inherited', () => {
    const on = permissions(['user:joe@pve / Administrator', 'user:joe@pve /vms/100 customer']);
    expect(held(on, 'joe@pve', '/vms/100')).toBe(customer);
    expect(on.may('joe@pve', '/vms/101', 'VM.Allocate')).toBe(true);
  });

  test("a deeper group's grant replaces the user's own from above", () => {
    const on = permissions(['user:joe@pve / Administrator', 'group:staff /vms customer']);
    expect(held(on, 'joe@pve', '/vms/100')).toBe(customer);
  });

  test("at one path the user's own grant replaces those of its groups", () => {
    const on = permissions(['group:staff /vms Administrator', 'user:joe@pve /vms customer']);
    expect(held(on, 'joe@pve', '/vms')).toBe(customer);
    expect(on.may('sue@pve', '/vms', 'VM.Allocate')).toBe(true);
  });

  test("an own grant that does not propagate leaves the groups' grant to what lies below", () => {
    const on = permissions(['group:staff /vms PVEVMUser', 'user:joe@pve /vms customer!']);
    expect(held(on, 'joe@pve', '/vms')).toBe(customer);
    expect(on.may('joe@pve', '/vms/100', 'VM.Console')).toBe(true);
  });

  test('several groups add up, and NoAccess of one cancels them', () => {
    const both = ['group:staff /vms customer', 'group:ops /vms PVETemplateUser'];
    expect(held(permissions(both), 'max@pve', '/vms/1')).toBe('VM.Audit VM.Clone VM.PowerMgmt');
    const cancelled = permissions([...both, 'group:ops /vms NoAccess']);
    expect(held(cancelled, 'max@pve', '/vms/1')).toBe('');
    expect(held(cancelled, 'joe@pve', '/vms/1')).toBe(customer);
  });

  test('NoAccess above is replaced by a grant below', () => {
    const on = permissions(['user:joe@pve / NoAccess', 'user:joe@pve /vms/100 customer']);
    expect(held(on, 'joe@pve', '/vms/101')).toBe('');
    expect(held(on, 'joe@pve', '/vms/100')).toBe(customer);
  });

  test('a token without separation has what its user has', () => {
    const on = permissions(['group:ops /vms customer']);
    expect(held(on, 'max@pve!full', '/vms/100')).toBe(customer);
    expect(on.privilegesOn('root@pam!full', '/').size).toBe(47);
  });

  test('a separated token has what its own grants and its user both give', () => {
    const on = permissions(['group:ops /vms customer', 'token:max@pve!sep / PVEVMUser']);
    expect(held(on, 'max@pve!sep', '/vms/100')).toBe(customer);
    expect(held(on, 'max@pve!sep', '/')).toBe('');
    expect(held(permissions(['group:ops /vms customer']), 'max@pve!sep', '/vms')).toBe('');
    expect(held(permissions(['token:root@pam!sep /vms customer']), 'root@pam!sep', '/vms/7')).toBe(customer);
  });

  test('grants to a token say nothing about a user, nor the other way round', () => {
    const on = permissions(['token:max@pve!sep / Administrator', 'user:max@pve!sep / Administrator']);
    expect(held(on, 'max@pve', '/')).toBe('');
    expect(held(on, 'max@pve!unknown', '/')).toBe('');
  });

  test('roles on a pool are added for its members', () => {
    const pools = new PoolMembers([{ id: 'office', vms: [100], storage: [] }]);
    const on = permissions(['user:joe@pve /pool/office customer'], pools);
    expect(held(on, 'joe@pve', '/vms/100')).toBe(customer);
    expect(held(on, 'joe@pve', '/vms/101')).toBe('');
    const more = permissions(['user:joe@pve /vms PVETemplateUser', 'user:joe@pve /pool customer'], pools);
    expect(held(more, 'joe@pve', '/vms/100')).toBe('VM.Audit VM.Clone VM.PowerMgmt');
    const none = permissions(['user:joe@pve /vms customer', 'user:joe@pve /pool NoAccess'], pools);
    expect(held(none, 'joe@pve', '/vms/100')).toBe('');
    const kept = permissions(['user:joe@pve /vms NoAccess', 'user:joe@pve /pool customer'], pools);
    expect(held(kept, 'joe@pve', '/vms/100')).toBe('');
  });

  test('roles on a pool reach the members of pools within it, and those of every pool that a storage is in', () => {
    const pools = new PoolMembers([
      { id: 'a', vms: [100], storage: ['shared'] },
      { id: 'a/b', vms: [101], storage: [] },
      { id: 'c', vms: [102], storage: ['shared'] },
    ]);
    const on = permissions(
      [
        'user:joe@pve /pool/a customer',
        'user:joe@pve /pool/a/b PVETemplateUser!',
        'user:max@pve /pool/a/b customer',
      ],
      pools,
    );
    expect(held(on, 'joe@pve', '/vms/100')).toBe(customer);
    expect(held(on, 'joe@pve', '/vms/101')).toBe('VM.Audit VM.Clone');
    expect(held(on, 'joe@pve', '/vms/102')).toBe('');
    expect(held(on, 'max@pve', '/vms/100')).toBe('');
    expect(held(on, 'max@pve', '/vms/101')).toBe(customer);
    const both = permissions(
      [
        'user:joe@pve /pool/a PVEDatastoreUser',
        'user:joe@pve /pool/c PVEPoolUser',
        'user:max@pve /pool/a NoAccess',
        'user:max@pve /pool/c PVEDatastoreUser',
      ],
      pools,
    );
    expect(held(both, 'joe@pve', '/storage/shared')).toBe(
      'Datastore.AllocateSpace Datastore.Audit Pool.Audit',
    );
    expect(held(both, 'max@pve', '/storage/shared')).toBe('');
  });

  test('one answer for all below a path takes pools in: none where they make a difference', () => {
    const pools = new PoolMembers([{ id: 'a', vms: [100], storage: [] }]);
    const on = permissions(
      [
        'user:joe@pve / PVEAuditor',
        'user:max@pve /vms PVEAuditor',
        'user:max@pve /pool/a NoAccess',
        'user:sue@pve /pool/a customer',
      ],
      pools,
    );
    expect(on.mayBelow('joe@pve', '/vms', 'VM.Audit')).toBe(true);
    expect(on.mayBelow('max@pve', '/vms', 'VM.Audit')).toBeUndefined();
    expect(on.mayBelow('sue@pve', '/vms', 'VM.Audit')).toBeUndefined();
    expect(on.mayBelow('sue@pve', '/vms', 'VM.Clone')).toBe(false);
    expect(on.mayBelow('sue@pve', '/storage', 'Datastore.Audit')).toBe(false);
  });
});

/** The rules once more, told the long way round: path by path from the top, without any memory. */
function slowly(acl: readonly AclEntry[], who: string, path: string): Set<Privilege> {
  const steps = [
    '/',
    ...path
      .split('/')
      .slice(1)
      .map((_, i, all) => `/${all.slice(0, i + 1).join('/')}`),
  ];
  let now = new Map<string, boolean>();
  for (const step of path === '/' ? ['/'] : steps) {
    const here = acl.filter((e) => e.path === step && (e.propagate || step === path));
    const own = here.filter((e) => e.type === (who.includes('!') ? 'token' : 'user') && e.ugid === who);
    const ofGroups = here.filter((e) => e.type === 'group' && (groups[who] ?? []).includes(e.ugid));
    const deciding = own.length > 0 ? own : ofGroups;
    if (deciding.length > 0) now = new Map(deciding.map((e) => [e.roleid, e.propagate]));
  }
  if (now.has('NoAccess')) return new Set();
  return new Set([...now.keys()].flatMap((role) => [...(roles.get(role) ?? [])]));
}

describe('properties of permissions', () => {
  const path = fc.constantFrom(
    '/',
    '/vms',
    '/vms/100',
    '/vms/200',
    '/storage',
    '/storage/local',
    '/sdn/zones/z/v',
  );
  const someone = fc.constantFrom<[AclEntry['type'], string]>(
    ['user', 'joe@pve'],
    ['user', 'max@pve'],
    ['group', 'staff'],
    ['group', 'ops'],
    ['token', 'max@pve!sep'],
  );
  const role = fc.constantFrom('NoAccess', 'customer', 'PVEVMUser', 'PVEAuditor', 'Administrator');
  const entry = fc
    .record({ path, someone, roleid: role, propagate: fc.boolean() })
    .map(({ someone: [type, ugid], ...rest }): AclEntry => ({ type, ugid, ...rest }));
  /** As the store has it: one entry for each path, holder and role. */
  const acl = fc.uniqueArray(entry, {
    maxLength: 14,
    selector: (e) => `${e.path} ${e.type} ${e.ugid} ${e.roleid}`,
  });
  const who = fc.constantFrom('joe@pve', 'max@pve', 'sue@pve', 'eve@pve');

  test('agree with the rules told the long way round, in any order of questions', () => {
    fc.assert(
      fc.property(
        acl,
        fc.array(fc.tuple(who, path), { minLength: 1, maxLength: 8 }),
        (entries, questions) => {
          const on = new Permissions(facts(entries));
          for (const [user, at] of questions) {
            expect(new Set(on.privilegesOn(user, at).keys())).toEqual(slowly(entries, user, at));
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('a separated token never has more than its user', () => {
    fc.assert(
      fc.property(acl, path, (entries, at) => {
        const on = new Permissions(facts(entries));
        const ofUser = on.privilegesOn('max@pve', at);
        for (const privilege of on.privilegesOn('max@pve!sep', at).keys())
          expect(ofUser.has(privilege)).toBe(true);
        expect(on.privilegesOn('max@pve!full', at)).toBe(ofUser);
      }),
      { numRuns: 300 },
    );
  });

  test('the order of grants does not matter', () => {
    fc.assert(
      fc.property(acl, who, path, (entries, user, at) => {
        const there = new Permissions(facts(entries)).privilegesOn(user, at);
        const back = new Permissions(facts([...entries].reverse())).privilegesOn(user, at);
        expect(new Map([...there].sort())).toEqual(new Map([...back].sort()));
      }),
      { numRuns: 300 },
    );
  });
});

test('checking 5,000 guests takes microseconds each', () => {
  const many = Array.from({ length: 2000 }, (_, i) => `user:u${i}@pve /vms/${100 + i} customer`);
  const on = permissions([...many, 'group:staff /vms PVEAuditor']);
  on.may('joe@pve', '/vms/100', 'VM.Audit');
  const started = performance.now();
  let seen = 0;
  for (let vmid = 100; vmid < 5100; vmid += 1) if (on.may('joe@pve', `/vms/${vmid}`, 'VM.Audit')) seen += 1;
  expect(seen).toBe(5000);
  // About 1 µs each on a quiet machine; the bound leaves room for a busy one.
  expect((performance.now() - started) / 5000).toBeLessThan(0.05);
});

describe('one answer for everything below a path', () => {
  const parts = fc.record({
    who: fc.constantFrom(
      'user:joe@pve',
      'user:max@pve',
      'group:staff',
      'group:ops',
      'token:max@pve!sep',
      'token:root@pam!sep',
    ),
    path: fc.constantFrom('/', '/vms', '/vms/100', '/vms/101', '/storage', '/pool', '/pool/a'),
    role: fc.constantFrom('Administrator', 'customer', 'customer!', 'NoAccess', 'PVEAuditor', 'PVEAuditor!'),
  });

  test('is that of each, wherever there is one', () => {
    let told = 0;
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 6 }), (grants) => {
        const granted = grants.map(({ who, path, role }) => `${who} ${path} ${role}`);
        const on = permissions(granted, new PoolMembers([{ id: 'a', vms: [100], storage: [] }]));
        for (const who of [
          'root@pam',
          'joe@pve',
          'max@pve',
          'eve@pve',
          ...Object.keys(tokens),
          'max@pve!gone',
        ]) {
          const answer = on.mayBelow(who, '/vms', 'VM.Audit');
          if (answer === undefined) continue;
          told += 1;
          for (const vmid of [100, 101, 102]) expect(on.may(who, `/vms/${vmid}`, 'VM.Audit')).toBe(answer);
        }
      }),
    );
    expect(told).toBeGreaterThan(100);
  });

  test('is none where one of them has a grant of its own', () => {
    const on = permissions(['user:joe@pve / Administrator', 'group:staff /vms/100 NoAccess']);
    expect(on.mayBelow('joe@pve', '/vms', 'VM.Audit')).toBeUndefined();
    expect(on.mayBelow('joe@pve', '/storage', 'Datastore.Audit')).toBe(true);
  });
});
