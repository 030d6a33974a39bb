// The documents in the ClusterStore that say who exists and who may do what: their keys and shapes.
import type { ClusterStore, Json, StoredDocument } from '../cluster/cluster-store.ts';

/** `users/<userid>`. `root@pam` may be missing: it exists all the same. */
export type UserDocument = {
  readonly enable: boolean;
  /** Seconds since the epoch; 0 for never. */
  readonly expire: number;
  readonly comment?: string;
  readonly email?: string;
  readonly firstname?: string;
  readonly lastname?: string;
  /** The groups the user is in; membership is kept here only. */
  readonly groups: readonly string[];
};

/** `groups/<groupid>`. */
export type GroupDocument = { readonly comment?: string };

/** `roles/<roleid>`: roles that users made; the built-in ones are code. */
export type RoleDocument = { readonly privs: readonly string[] };

/** `tokens/<userid>!<token>`. Holds a hash, never the secret. */
export type TokenDocument = {
  readonly comment?: string;
  /** Seconds since the epoch; 0 for the user's own. */
  readonly expire: number;
  /** True: the token has only what its own ACL entries and its user's rights both give. */
  readonly privsep: boolean;
  /** SHA-256 of the secret, hexadecimal: enough for a secret of 128 random bits. */
  readonly hash: string;
};

/** `passwords/<userid>` of realm `pve`. */
export type PasswordDocument = { readonly hash: string };

/** `ssh-keys/<userid>`: the user's library, by name. */
export type SshKeysDocument = { readonly keys: readonly { readonly name: string; readonly key: string }[] };

/** `realms/<realm>`: overrides of the built-in realms. */
export type RealmDocument = { readonly type: string; readonly comment?: string; readonly default?: boolean };

/** One grant: `ugid` (of this type) has the role on the path, and below it when `propagate`. */
export type AclEntry = {
  readonly path: string;
  readonly type: 'user' | 'group' | 'token';
  readonly ugid: string;
  readonly roleid: string;
  readonly propagate: boolean;
};

/** `access/acl`: all grants in one document, so that one version number covers them all. */
export type AclDocument = { readonly entries: readonly AclEntry[] };

export const aclKey = 'access/acl';
export const userKey = (userid: string) => `users/${userid}`;
export const groupKey = (groupid: string) => `groups/${groupid}`;
export const roleKey = (roleid: string) => `roles/${roleid}`;
export const tokenKey = (tokenid: string) => `tokens/${tokenid}`;
export const passwordKey = (userid: string) => `passwords/${userid}`;
/** Its shape: `two-factor/factors.ts`. */
export const twoFactorKey = (userid: string) => `two-factor/${userid}`;

export const sshKeysKey = (userid: string) => `ssh-keys/${userid}`;

/** Kinds whose changes may change what somebody may do. */
export const accessKinds = ['users', 'groups', 'roles', 'tokens', 'access', 'realms'] as const;

/** Reads a document whose shape we wrote ourselves. */
export function readAs<T extends Json>(store: ClusterStore, key: string): StoredDocument<T> | undefined {
  return store.read(key) as StoredDocument<T> | undefined;
}

/** Lists a kind whose shape we wrote ourselves; `name` is the part of the key after the `/`. */
export function listAs<T extends Json>(
  store: ClusterStore,
  kind: string,
): { name: string; version: number; value: T }[] {
  return store.list(kind).map((document) => ({
    name: document.key.slice(kind.length + 1),
    version: document.version,
    value: document.value as T,
  }));
}
