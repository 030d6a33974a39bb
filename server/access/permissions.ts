// Who has which privilege on which path: a pure evaluation over the grants, memoised for as long as they do not change.
import { type Privilege, privileges } from '../contract/permission.ts';
import { parentPath } from './acl-path.ts';
import type { AclEntry } from './documents.ts';
import { PoolMembers, poolPath } from './pools.ts';
import { noAccessRole } from './roles.ts';
import { rootUser } from './user-id.ts';

/** What the evaluation needs to know; it must not change during the life of a `Permissions`. */
export interface AccessFacts {
  readonly acl: readonly AclEntry[];
  readonly roles: ReadonlyMap<string, ReadonlySet<Privilege>>;
  /** Empty for a user that does not exist. */
  groupsOf(userid: string): readonly string[];
  /** The owner and separation of a token; undefined when there is no such token. */
  token(tokenid: string): { readonly userid: string; readonly privsep: boolean } | undefined;
  /** Without it there are no pools. */
  readonly pools?: PoolMembers;
}

/** Role to: does it reach what lies below the path? */
type RoleMap = ReadonlyMap<string, boolean>;
/** Privilege to: does it reach what lies below the path? */
export type PrivilegeMap = ReadonlyMap<Privilege, boolean>;

const noRoles: RoleMap = new Map();
const noPrivileges: PrivilegeMap = new Map();
const allPrivileges: PrivilegeMap = new Map(privileges.map((privilege) => [privilege, true]));

/**
 * Rules: the deepest path with a grant for somebody decides, grants above it count only when nothing nearer speaks and
 * only when they propagate; at one path a user's own grants replace those of its groups; `NoAccess` among the deciding
 * roles cancels the others. A privilege-separated token has what its own grants and its user's rights both give, any
 * other token has its user's. Roles on a pool are added to those of its members. `root@pam` may do everything.
 */
export class Permissions {
  readonly #facts: AccessFacts;
  readonly #pools: PoolMembers;
  readonly #principals = new Map<string, PrincipalRoles>();
  readonly #byRoles = new WeakMap<RoleMap, PrivilegeMap>();
  readonly #pooled = new WeakMap<RoleMap, WeakMap<RoleMap, RoleMap>>();
  readonly #intersections = new WeakMap<PrivilegeMap, WeakMap<PrivilegeMap, PrivilegeMap>>();

  constructor(facts: AccessFacts) {
    this.#facts = facts;
    this.#pools = facts.pools ?? new PoolMembers();
  }

  /** All privileges of a user (`name@realm`) or token (`name@realm!token`) on a normalized path. */
  privilegesOn(authId: string, path: string): PrivilegeMap {
    if (authId === rootUser) return allPrivileges;
    if (!authId.includes('!')) return this.#own('user', authId, path);
    const token = this.#facts.token(authId);
    if (!token) return noPrivileges;
    const ofUser = this.privilegesOn(token.userid, path);
    if (!token.privsep) return ofUser;
    return this.#both(ofUser, this.#own('token', authId, path));
  }

  /** Has the user or token the privilege on the path? */
  may(authId: string, path: string, privilege: Privilege): boolean {
    return this.privilegesOn(authId, path).has(privilege);
  }

  /**
   * The one answer of `may` for everything directly below `parent` (`/vms`); undefined where it can differ from one to
   * the next. For long lists, in which asking for each line would cost more than all the rest.
   */
  mayBelow(authId: string, parent: string, privilege: Privilege): boolean | undefined {
    if (authId === rootUser) return true;
    if (!authId.includes('!')) return this.#ownBelow('user', authId, parent, privilege);
    const token = this.#facts.token(authId);
    if (!token) return false;
    const ofUser = this.mayBelow(token.userid, parent, privilege);
    if (!token.privsep || ofUser === false) return ofUser;
    const own = this.#ownBelow('token', authId, parent, privilege);
    return own === false ? false : own === undefined ? undefined : ofUser;
  }

  #ownBelow(type: 'user' | 'token', id: string, parent: string, privilege: Privilege): boolean | undefined {
    const principal = this.#principal(type, id);
    const roles = principal.onAllBelow(parent);
    if (!roles) return undefined;
    const outside = this.#privilegesOf(roles).has(privilege);
    const inside = (pools: readonly string[]): boolean =>
      this.#privilegesOf(this.#withPools(roles, principal, pools)).has(privilege);
    return this.#pools.setsBelow(parent).every((pools) => inside(pools) === outside) ? outside : undefined;
  }

  #principal(type: 'user' | 'token', id: string): PrincipalRoles {
    let principal = this.#principals.get(id);
    if (!principal) {
      const groups = type === 'user' ? this.#facts.groupsOf(id) : [];
      principal = new PrincipalRoles(this.#facts.acl, type, id, new Set(groups));
      if (this.#principals.size >= 10_000) this.#principals.clear();
      this.#principals.set(id, principal);
    }
    return principal;
  }

  #own(type: 'user' | 'token', id: string, path: string): PrivilegeMap {
    const principal = this.#principal(type, id);
    return this.#privilegesOf(this.#withPools(principal.on(path), principal, this.#pools.poolsOf(path)));
  }

  #withPools(own: RoleMap, principal: PrincipalRoles, pools: readonly string[]): RoleMap {
    return pools.reduce((roles, pool) => this.#withPool(roles, principal.on(poolPath(pool))), own);
  }

  #withPool(own: RoleMap, ofPool: RoleMap): RoleMap {
    if (ofPool.size === 0 || own.has(noAccessRole)) return own;
    const made = memo(this.#pooled, own);
    const before = made.get(ofPool);
    if (before) return before;
    const roles = new Map(ofPool.has(noAccessRole) ? [] : own);
    for (const role of ofPool.keys()) if (!roles.has(role)) roles.set(role, false);
    made.set(ofPool, roles);
    return roles;
  }

  #privilegesOf(roles: RoleMap): PrivilegeMap {
    const before = this.#byRoles.get(roles);
    if (before) return before;
    const result = new Map<Privilege, boolean>();
    for (const [role, propagates] of roles.has(noAccessRole) ? [] : roles) {
      for (const privilege of this.#facts.roles.get(role) ?? []) {
        result.set(privilege, propagates || result.get(privilege) === true);
      }
    }
    this.#byRoles.set(roles, result);
    return result;
  }

  #both(a: PrivilegeMap, b: PrivilegeMap): PrivilegeMap {
    const made = memo(this.#intersections, a);
    const before = made.get(b);
    if (before) return before;
    const result = new Map<Privilege, boolean>();
    for (const [privilege, propagates] of b) {
      const other = a.get(privilege);
      if (other !== undefined) result.set(privilege, propagates && other);
    }
    made.set(b, result);
    return result;
  }
}

function memo<K extends WeakKey, L extends WeakKey, V>(
  map: WeakMap<K, WeakMap<L, V>>,
  key: K,
): WeakMap<L, V> {
  let inner = map.get(key);
  if (!inner) {
    inner = new WeakMap();
    map.set(key, inner);
  }
  return inner;
}

interface Grants {
  readonly own: Map<string, boolean>;
  readonly ofGroups: Map<string, boolean>;
}

/** The roles of one user or token. Memory grows with its grants, not with the paths asked about. */
class PrincipalRoles {
  readonly #grants = new Map<string, Grants>();
  readonly #inherited = new Map<string, RoleMap>();

  constructor(acl: readonly AclEntry[], type: 'user' | 'token', id: string, groups: ReadonlySet<string>) {
    for (const entry of acl) {
      const own = entry.type === type && entry.ugid === id;
      if (!own && !(entry.type === 'group' && groups.has(entry.ugid))) continue;
      let grants = this.#grants.get(entry.path);
      if (!grants) {
        grants = { own: new Map(), ofGroups: new Map() };
        this.#grants.set(entry.path, grants);
      }
      const target = own ? grants.own : grants.ofGroups;
      target.set(entry.roleid, entry.propagate || target.get(entry.roleid) === true);
    }
  }

  /** The roles that decide on the path itself. The same object for all paths with the same answer by inheritance. */
  on(path: string): RoleMap {
    const grants = this.#grants.get(path);
    if (!grants) return this.#below(parentPath(path));
    return grants.own.size > 0 ? grants.own : grants.ofGroups;
  }

  /** The roles that decide on everything below `parent`; undefined where some of it has grants of its own. */
  onAllBelow(parent: string): RoleMap | undefined {
    for (const path of this.#grants.keys()) if (path.startsWith(`${parent}/`)) return undefined;
    return this.#below(parent);
  }

  /** The roles that reach what lies below `path`. */
  #below(path: string | undefined): RoleMap {
    if (path === undefined) return noRoles;
    const grants = this.#grants.get(path);
    if (!grants) return this.#below(parentPath(path));
    let roles = this.#inherited.get(path);
    if (!roles) {
      roles = propagating(grants.own) ?? propagating(grants.ofGroups) ?? this.#below(parentPath(path));
      this.#inherited.set(path, roles);
    }
    return roles;
  }
}

function propagating(roles: RoleMap): RoleMap | undefined {
  const reaching = [...roles].filter(([, propagates]) => propagates);
  return reaching.length === 0 ? undefined : new Map(reaching);
}
