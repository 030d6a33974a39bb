// A read view of the access documents: users, groups, roles, tokens, grants, realms and pools, kept in memory and always current.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { Privilege } from '../contract/permission.ts';
import {
  type AclDocument,
  type AclEntry,
  accessKinds,
  aclKey,
  type GroupDocument,
  listAs,
  type RealmDocument,
  type RoleDocument,
  readAs,
  type TokenDocument,
  type UserDocument,
} from './documents.ts';
import { Permissions } from './permissions.ts';
import { type Pool, PoolMembers, type PoolsDocument, poolsKey, readPools } from './pools.ts';
import { builtInRoles, isPrivilege } from './roles.ts';
import { rootUser, splitTokenId } from './user-id.ts';

interface View {
  readonly users: ReadonlyMap<string, UserDocument>;
  readonly groups: ReadonlyMap<string, GroupDocument>;
  readonly roles: ReadonlyMap<string, ReadonlySet<Privilege>>;
  readonly tokens: ReadonlyMap<string, TokenDocument>;
  readonly acl: readonly AclEntry[];
  readonly realms: ReadonlyMap<string, RealmDocument>;
  readonly pools: ReadonlyMap<string, Pool>;
  readonly poolMembers: PoolMembers;
  readonly permissions: Permissions;
}

const builtInRealms: Readonly<Record<string, RealmDocument>> = {
  pam: { type: 'pam', comment: 'Linux PAM standard authentication', default: true },
  pve: { type: 'pve', comment: 'Croft authentication server' },
};

/** Read-only; whoever writes access documents calls `refresh` after the write, changes made elsewhere arrive by watching. */
export class AccessDirectory {
  readonly #store: ClusterStore;
  readonly #stops: (() => void)[];
  #view: View | undefined;

  constructor(store: ClusterStore) {
    this.#store = store;
    this.#stops = accessKinds.map((kind) => store.watch(kind, () => this.refresh()));
  }

  /** Forgets what was read. */
  refresh(): void {
    this.#view = undefined;
  }

  close(): void {
    for (const stop of this.#stops) stop();
  }

  get users(): ReadonlyMap<string, UserDocument> {
    return this.#current().users;
  }
  get groups(): ReadonlyMap<string, GroupDocument> {
    return this.#current().groups;
  }
  /** Built-in and custom roles. */
  get roles(): ReadonlyMap<string, ReadonlySet<Privilege>> {
    return this.#current().roles;
  }
  /** By full token id. */
  get tokens(): ReadonlyMap<string, TokenDocument> {
    return this.#current().tokens;
  }
  get acl(): readonly AclEntry[] {
    return this.#current().acl;
  }
  get realms(): ReadonlyMap<string, RealmDocument> {
    return this.#current().realms;
  }
  /** By id, sorted. */
  get pools(): ReadonlyMap<string, Pool> {
    return this.#current().pools;
  }
  get poolMembers(): PoolMembers {
    return this.#current().poolMembers;
  }
  get permissions(): Permissions {
    return this.#current().permissions;
  }

  /** Why this user may not be let in at `nowSeconds`; undefined when it may. */
  userRefusal(userid: string, nowSeconds: number): string | undefined {
    const user = this.users.get(userid);
    if (!user) return `no such user ('${userid}')`;
    if (!user.enable) return `user '${userid}' is disabled`;
    if (user.expire !== 0 && user.expire <= nowSeconds) return `user '${userid}' access expired`;
    return undefined;
  }

  /** Why this token may not be used at `nowSeconds`, its user's state included; undefined when it may. */
  tokenRefusal(tokenid: string, nowSeconds: number): string | undefined {
    const token = this.tokens.get(tokenid);
    const owner = splitTokenId(tokenid)?.userid;
    if (!token || owner === undefined) return `no such token ('${tokenid}')`;
    if (token.expire !== 0 && token.expire <= nowSeconds) return `token '${tokenid}' access expired`;
    return this.userRefusal(owner, nowSeconds);
  }

  #current(): View {
    this.#view ??= this.#read();
    return this.#view;
  }

  #read(): View {
    const store = this.#store;
    const users = new Map(listAs<UserDocument>(store, 'users').map(({ name, value }) => [name, value]));
    users.set(rootUser, { groups: [], ...users.get(rootUser), enable: true, expire: 0 });
    const groups = new Map(listAs<GroupDocument>(store, 'groups').map(({ name, value }) => [name, value]));
    const roles = new Map(builtInRoles);
    for (const { name, value } of listAs<RoleDocument>(store, 'roles')) {
      if (!builtInRoles.has(name)) roles.set(name, new Set(value.privs.filter(isPrivilege)));
    }
    const tokens = new Map(listAs<TokenDocument>(store, 'tokens').map(({ name, value }) => [name, value]));
    const written = readAs<AclDocument>(store, aclKey)?.value.entries ?? [];
    const acl = written.filter((entry) => roles.has(entry.roleid));
    const realms = new Map(Object.entries(builtInRealms));
    for (const { name, value } of listAs<RealmDocument>(store, 'realms')) {
      realms.set(name, { ...realms.get(name), ...value });
    }
    const pools = readPools(readAs<PoolsDocument>(store, poolsKey)?.value);
    const poolMembers = new PoolMembers(pools.values());
    const permissions = new Permissions({
      acl,
      roles,
      pools: poolMembers,
      groupsOf: (userid) => users.get(userid)?.groups.filter((group) => groups.has(group)) ?? [],
      token: (tokenid) => {
        const token = tokens.get(tokenid);
        const owner = splitTokenId(tokenid)?.userid;
        return token && owner !== undefined ? { userid: owner, privsep: token.privsep } : undefined;
      },
    });
    return { users, groups, roles, tokens, acl, realms, pools, poolMembers, permissions };
  }
}
