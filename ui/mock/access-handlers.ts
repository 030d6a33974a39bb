// The mock's answers about logging in, users, second factors, groups, roles, permissions and pools.
import { privileges } from '../../server/contract/permission.ts';
import {
  grantFixtures,
  groupFixtures,
  type MockGrant,
  type MockPool,
  type MockUser,
  poolFixtures,
  roleFixtures,
  tokenFixtures,
  userFixtures,
} from './access-fixtures.ts';
import { type Handlers, Refusal } from './reply.ts';
import type { World } from './world.ts';

const now = () => Math.floor(Date.now() / 1000);
const listOf = (text: string | undefined) => (text ?? '').split(',').filter(Boolean);

/** What is there of it in one world. */
export class AccessMock {
  /** Who logged in last: the mock is for one at a time. */
  caller = 'root@pam';
  users = userFixtures(now());
  tokens = tokenFixtures(now());
  groups = groupFixtures();
  roles = roleFixtures();
  grants = grantFixtures();
  pools = poolFixtures();

  /** Nothing but who is there in any case. */
  empty(): void {
    this.users = [];
    this.user(this.caller);
    [this.tokens, this.grants, this.pools] = [[], [], []];
    this.groups.clear();
  }

  /** As at the start. */
  refill(): void {
    Object.assign(this, new AccessMock());
  }

  user(userid: string): MockUser {
    const found = this.users.find((one) => one.userid === userid);
    if (found) return found;
    if (userid !== this.caller) throw new Refusal(500, `no such user ('${userid}')`);
    const own: MockUser = { userid, enable: 1, expire: 0, groups: [], factors: [] };
    this.users.push(own);
    return own;
  }

  /** Grants on the path and above it, as far as a picture needs it. */
  heldBy(authId: string, path: string): Record<string, 0 | 1> {
    if (authId === 'root@pam') return Object.fromEntries(privileges.map((one) => [one, 1]));
    const groups = this.users.find((one) => one.userid === authId)?.groups ?? [];
    const counts = ({ path: at, ugid, propagate }: MockGrant) =>
      (ugid === authId || groups.includes(ugid)) &&
      (at === path || (propagate === 1 && path.startsWith(at === '/' ? '/' : `${at}/`)));
    const held: Record<string, 0 | 1> = {};
    for (const grant of this.grants.filter(counts))
      for (const one of this.roles.get(grant.roleid)?.privs ?? []) held[one] = grant.propagate;
    return held;
  }

  need(path: string, ...anyOf: string[]): void {
    const held = this.heldBy(this.caller, path);
    if (!anyOf.some((one) => one in held))
      throw new Refusal(403, `Permission check failed (${path}, ${anyOf.join('|')})`);
  }
}

const mocks = new WeakMap<World, AccessMock>();

export function accessOf(world: World): AccessMock {
  const known = mocks.get(world) ?? new AccessMock();
  mocks.set(world, known);
  return known;
}

export function accessHandlers(world: World): Handlers {
  const access = accessOf(world);
  return {
    ...loginHandlers(access),
    ...userHandlers(world, access),
    ...rightHandlers(world, access),
    ...poolHandlers(world, access),
  };
}

const codes = ['totp:123456', 'recovery:0123-4567-89ab-cdef'];

function loginHandlers(access: AccessMock): Handlers {
  return {
    'GET /access/domains': () => [
      { realm: 'pam', type: 'pam', comment: 'Linux users of this machine', default: 1 },
      { realm: 'pve', type: 'pve', comment: 'Croft users' },
    ],
    'POST /access/ticket': ({ params }) => {
      const { username = '', password = '', realm = 'pam' } = params;
      const user = username.includes('@') ? username : `${username}@${realm}`;
      const challenge = params['tfa-challenge'];
      const right = challenge ? codes.includes(password) : password === 'croft';
      if (!right && !password.startsWith(`PVE:${user}:`)) throw new Refusal(401, 'authentication failure');
      const factors = access.users.find((one) => one.userid === user)?.factors ?? [];
      if (password === 'croft' && factors.length > 0) {
        const asked = encodeURIComponent(JSON.stringify({ totp: true, recovery: [0, 1, 2] }));
        return {
          username: user,
          NeedTFA: 1,
          ticket: `PVE:!tfa!${asked}:${now().toString(16)}::mock`,
          CSRFPreventionToken: 'mock:token',
        };
      }
      // Not when a ticket is renewed: a picture may have made it another.
      if (!password.startsWith('PVE:')) access.caller = user;
      return {
        username: user,
        ticket: `PVE:${user}:${Date.now().toString(16)}::mock`,
        CSRFPreventionToken: 'mock:token',
      };
    },
    'PUT /access/password': ({ params }) => {
      if (access.caller !== 'root@pam' && params['confirmation-password'] !== 'croft')
        throw new Refusal(401, 'authentication failure');
      return null;
    },
  };
}

function userHandlers(world: World, access: AccessMock): Handlers {
  const shown = ({ factors: _factors, locked, groups, ...user }: MockUser) => ({
    ...user,
    groups: groups.join(','),
    'realm-type': user.userid.endsWith('@pam') ? 'pam' : 'pve',
    ...(locked ? { 'totp-locked': 1 } : {}),
    tokens: access.tokens.filter((one) => one.userid === user.userid),
  });
  const token = (params: Readonly<Record<string, string>>) =>
    access.tokens.find((one) => one.userid === params['userid'] && one.tokenid === params['tokenid']);
  return {
    'GET /access/users': async () => {
      await world.before('access');
      access.user(access.caller);
      return access.users.map(shown);
    },
    'POST /access/users': ({ params }) => {
      access.need('/access/groups', 'User.Modify');
      if (access.users.some((one) => one.userid === params['userid']))
        throw new Refusal(500, `create user failed: user '${params['userid']}' already exists`);
      const { userid = '', groups, enable, expire, password: _, ...texts } = params;
      access.users.push({
        ...{ userid, ...texts, groups: listOf(groups), factors: [] },
        ...{ enable: enable === '0' ? 0 : 1, expire: Number(expire ?? 0) },
      });
      return null;
    },
    'PUT /access/users/{userid}': ({ params }) => {
      access.need('/access/groups', 'User.Modify');
      const { userid = '', groups, enable, expire, append, ...texts } = params;
      const user = access.user(userid);
      Object.assign(user, texts);
      if (groups !== undefined)
        user.groups = append === '1' ? [...user.groups, ...listOf(groups)] : listOf(groups);
      if (enable !== undefined) user.enable = enable === '1' ? 1 : 0;
      if (expire !== undefined) user.expire = Number(expire);
      return null;
    },
    'DELETE /access/users/{userid}': ({ params }) => {
      access.users = access.users.filter((one) => one.userid !== params['userid']);
      return null;
    },
    'GET /access/users/{userid}/token': async ({ params }) => {
      await world.before('access');
      return access.tokens.filter((one) => one.userid === params['userid']);
    },
    'POST /access/users/{userid}/token/{tokenid}': ({ params }) => {
      const { userid = '', tokenid = '', comment = '', expire, privsep } = params;
      const made = {
        userid,
        tokenid,
        comment,
        expire: Number(expire ?? 0),
        privsep: privsep === '0' ? 0 : 1,
      } as const;
      access.tokens.push(made);
      return {
        'full-tokenid': `${userid}!${tokenid}`,
        info: made,
        value: 'b6a1f7c2-5d0e-4c3f-9a4b-2f1e0d9c8b7a',
      };
    },
    'PUT /access/users/{userid}/token/{tokenid}': ({ params }) => {
      const found = token(params);
      if (!found) throw new Refusal(500, 'no such token');
      found.comment = params['comment'] ?? '';
      if (params['expire'] !== undefined) found.expire = Number(params['expire']);
      found.privsep = params['privsep'] === '0' ? 0 : 1;
      return found;
    },
    'DELETE /access/users/{userid}/token/{tokenid}': ({ params }) => {
      access.tokens = access.tokens.filter((one) => one !== token(params));
      return null;
    },
    'GET /access/tfa': () =>
      access.users
        .filter((one) => one.factors.length > 0)
        .map(({ userid, factors }) => ({ userid, entries: factors })),
    'GET /access/tfa/{userid}': async ({ params }) => {
      await world.before('access');
      return access.user(params['userid'] ?? '').factors;
    },
    'POST /access/tfa/{userid}': ({ params }) => {
      const { factors } = access.user(params['userid'] ?? '');
      if (params['type'] === 'totp') {
        if (params['value'] !== '123456')
          throw new Refusal(400, 'Parameter verification failed.', {
            value: 'not a code that the app shows now',
          });
        const id = String(factors.length);
        factors.push({
          id,
          type: 'totp',
          description: params['description'] ?? '',
          created: now(),
          enable: 1,
        });
        return { id };
      }
      factors.push({ id: 'recovery', type: 'recovery', description: '', created: now(), enable: 1 });
      const key = (i: number) =>
        [0, 1, 2, 3].map((j) => (4096 + ((i * 7919 + j * 104_729) % 61_000)).toString(16)).join('-');
      return { id: 'recovery', recovery: Array.from({ length: 10 }, (_, i) => key(i)) };
    },
    'PUT /access/tfa/{userid}/{id}': ({ params }) => {
      const found = access.user(params['userid'] ?? '').factors.find((one) => one.id === params['id']);
      if (found && params['description'] !== undefined) found.description = params['description'];
      if (found && params['enable'] !== undefined) found.enable = params['enable'] === '1' ? 1 : 0;
      return null;
    },
    'DELETE /access/tfa/{userid}/{id}': ({ params }) => {
      const user = access.user(params['userid'] ?? '');
      user.factors = user.factors.filter((one) => one.id !== params['id']);
      return null;
    },
    'PUT /access/users/{userid}/unlock-tfa': ({ params }) => {
      const user = access.user(params['userid'] ?? '');
      const was = user.locked ?? false;
      user.locked = false;
      return was ? 1 : 0;
    },
  };
}

function rightHandlers(world: World, access: AccessMock): Handlers {
  const usual = ['/', '/access', '/access/groups', '/mapping', '/nodes', '/pool', '/sdn', '/storage', '/vms'];
  return {
    'GET /access/groups': () =>
      [...access.groups].map(([groupid, comment]) => ({
        groupid,
        comment,
        users: access.users.flatMap((one) => (one.groups.includes(groupid) ? [one.userid] : [])).join(','),
      })),
    'POST /access/groups': ({ params }) => {
      access.need('/access/groups', 'Group.Allocate');
      access.groups.set(params['groupid'] ?? '', params['comment'] ?? '');
      return null;
    },
    'PUT /access/groups/{groupid}': ({ params }) => {
      access.groups.set(params['groupid'] ?? '', params['comment'] ?? '');
      return null;
    },
    'DELETE /access/groups/{groupid}': ({ params }) => {
      access.groups.delete(params['groupid'] ?? '');
      return null;
    },
    'GET /access/roles': () =>
      [...access.roles].map(([roleid, { privs, special }]) => ({
        ...{ roleid, privs: privs.join(',') },
        special: special ? 1 : 0,
      })),
    'POST /access/roles': ({ params }) => {
      access.need('/access', 'Sys.Modify');
      access.roles.set(params['roleid'] ?? '', { privs: listOf(params['privs']), special: false });
      return null;
    },
    'PUT /access/roles/{roleid}': ({ params }) => {
      access.roles.set(params['roleid'] ?? '', { privs: listOf(params['privs']), special: false });
      return null;
    },
    'DELETE /access/roles/{roleid}': ({ params }) => {
      access.roles.delete(params['roleid'] ?? '');
      return null;
    },
    'GET /access/acl': async () => {
      await world.before('access');
      return access.grants;
    },
    'PUT /access/acl': ({ params }) => {
      const { path = '', roles = '' } = params;
      access.need(path, 'Permissions.Modify');
      const type = params['users'] ? 'user' : params['groups'] ? 'group' : 'token';
      const ugid = params[`${type}s`] ?? '';
      access.grants = access.grants.filter(
        (one) => !(one.path === path && one.type === type && one.ugid === ugid && one.roleid === roles),
      );
      if (params['delete'] !== '1')
        access.grants.push({
          path,
          type,
          ugid,
          roleid: roles,
          propagate: params['propagate'] === '0' ? 0 : 1,
        });
      return null;
    },
    'GET /access/permissions': ({ params }) => {
      const who = params['userid'] ?? access.caller;
      if (who !== access.caller) access.need('/access', 'Sys.Audit');
      const paths = params['path'] === undefined ? usual : [params['path']];
      return Object.fromEntries(paths.map((path) => [path, access.heldBy(who, path)]));
    },
  };
}

function poolHandlers(world: World, access: AccessMock): Handlers {
  const named = (poolid: string | undefined) => {
    const pool = access.pools.find((one) => one.poolid === poolid);
    if (!pool) throw new Refusal(500, `pool '${poolid}' does not exist`);
    return pool;
  };
  const membersOf = ({ poolid, storage }: MockPool) =>
    [...world.resources.values()].filter(
      (one) => one.pool === poolid || (one.type === 'storage' && storage.includes(one.storage ?? '')),
    );
  const shown = ({ poolid, comment }: MockPool) => ({ poolid, ...(comment ? { comment } : {}) });
  return {
    'GET /pools': async ({ params }) => {
      await world.before('pools');
      if (params['poolid'] === undefined) return access.pools.map(shown);
      const pool = named(params['poolid']);
      return [{ ...shown(pool), members: membersOf(pool) }];
    },
    'POST /pools': ({ params }) => {
      access.pools.push({ poolid: params['poolid'] ?? '', comment: params['comment'] ?? '', storage: [] });
      return null;
    },
    'PUT /pools': ({ params }) => {
      const pool = named(params['poolid']);
      const out = params['delete'] === '1';
      for (const vmid of listOf(params['vms'])) {
        const guest = world.guest(Number(vmid));
        const { pool: _before, ...rest } = guest ?? {};
        if (guest && out) world.resources.set(guest.id, rest as typeof guest);
        world.change(guest?.id ?? '', out ? {} : { pool: pool.poolid });
      }
      const storage = listOf(params['storage']);
      pool.storage = [...pool.storage.filter((one) => !storage.includes(one)), ...(out ? [] : storage)];
      if (params['comment'] !== undefined) pool.comment = params['comment'];
      return null;
    },
    'DELETE /pools': ({ params }) => {
      const pool = named(params['poolid']);
      const held = membersOf(pool).map((one) => one.vmid ?? one.storage);
      if (held.length > 0)
        throw new Refusal(500, `pool '${pool.poolid}' is not empty (contains ${held.join(', ')})`);
      access.pools = access.pools.filter((one) => one !== pool);
      return null;
    },
  };
}
