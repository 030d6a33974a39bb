// Users: who exists, with what details and in which groups.
import type { DocumentWrite } from '../cluster/cluster-store.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import type { Caller } from '../http/route.ts';
import { type AccessWriter, withoutEmpty } from './access-writer.ts';
import { isRoot, permissionDenied } from './caller.ts';
import {
  passwordKey,
  readAs,
  sshKeysKey,
  tokenKey,
  twoFactorKey,
  type UserDocument,
  userKey,
} from './documents.ts';
import { rootUser, splitTokenId, splitUserId } from './user-id.ts';

export interface UserFields {
  readonly enable?: boolean | undefined;
  /** Seconds since the epoch; 0 for never. */
  readonly expire?: number | undefined;
  readonly comment?: string | undefined;
  readonly email?: string | undefined;
  readonly firstname?: string | undefined;
  readonly lastname?: string | undefined;
  readonly groups?: readonly string[] | undefined;
}

/** Privileges that let their holder see users: on all groups, or on a group the user is in. */
const seeing = ['User.Modify', 'Sys.Audit'] as const;

export class UserService {
  readonly #writer: AccessWriter;

  constructor(writer: AccessWriter) {
    this.#writer = writer;
  }

  /** The users that the caller may see, itself among them, sorted by id. */
  list(caller: Caller): { userid: string; user: UserDocument }[] {
    const all = seeing.some((privilege) => caller.may('/access/groups', privilege));
    const seesGroup = new Map<string, boolean>();
    const mayGroup = (group: string): boolean => {
      let may = seesGroup.get(group);
      if (may === undefined) {
        may = seeing.some((privilege) => caller.may(`/access/groups/${group}`, privilege));
        seesGroup.set(group, may);
      }
      return may;
    };
    return [...this.#writer.directory.users]
      .filter(([userid, user]) => all || userid === caller.userid || user.groups.some(mayGroup))
      .map(([userid, user]) => ({ userid, user }))
      .sort((a, b) => (a.userid < b.userid ? -1 : 1));
  }

  /** Throws `not-found`. */
  get(userid: string): UserDocument {
    const user = this.#writer.directory.users.get(userid);
    if (!user) throw new AppError('not-found', `no such user ('${userid}')`);
    return user;
  }

  /** Throws `already-exists`, or `invalid-input` for an unknown realm or group. `passwordHash` is for realm `pve`. */
  async create(userid: string, fields: UserFields, passwordHash?: string): Promise<void> {
    const realm = splitUserId(userid)?.realm;
    if (realm === undefined) throw invalidInput({ userid: 'not a valid user ID: write name@realm' });
    await this.#writer.change(() => {
      const { directory } = this.#writer;
      if (!directory.realms.has(realm))
        throw invalidInput({ userid: `auth domain '${realm}' does not exist` });
      if (directory.users.has(userid))
        throw new AppError('already-exists', `create user failed: user '${userid}' already exists`);
      const value = this.#document({ enable: true, expire: 0, groups: [] }, fields);
      // Whatever password, factors or keys an earlier user of the name had must not open or close the new one.
      const password = passwordKey(userid);
      const writes: DocumentWrite[] = [
        { key: userKey(userid), value, ifVersion: 0 },
        passwordHash === undefined
          ? { key: password, delete: true }
          : { key: password, value: { hash: passwordHash } },
        { key: twoFactorKey(userid), delete: true },
        { key: sshKeysKey(userid), delete: true },
      ];
      return writes;
    });
  }

  /** Changes the fields that are given; `append` adds to the groups instead of replacing them. */
  async update(caller: Caller, userid: string, fields: UserFields, append = false): Promise<void> {
    await this.#writer.change(() => {
      const { directory, store } = this.#writer;
      const old = this.get(userid);
      if (userid === rootUser) {
        if (!isRoot(directory, caller)) throw permissionDenied();
        if (fields.enable === false)
          throw new AppError('wrong-state', `user '${rootUser}' cannot be disabled`);
        if (fields.expire) throw new AppError('wrong-state', `user '${rootUser}' cannot expire`);
      }
      const groups =
        fields.groups === undefined ? undefined : append ? [...old.groups, ...fields.groups] : fields.groups;
      const stored = readAs<UserDocument>(store, userKey(userid));
      const value = this.#document(old, { ...fields, groups });
      return [{ key: userKey(userid), value, ifVersion: stored?.version ?? 0 }];
    });
  }

  /** Deletes the user with its grants, tokens, password, second factors and SSH keys, all at once. */
  async delete(userid: string): Promise<void> {
    if (userid === rootUser)
      throw new AppError('wrong-state', `delete user failed: user '${rootUser}' cannot be deleted`);
    await this.#writer.change(() => {
      this.get(userid);
      const tokens = [...this.#writer.directory.tokens.keys()].filter(
        (tokenid) => splitTokenId(tokenid)?.userid === userid,
      );
      return [
        { key: userKey(userid), delete: true, ifVersion: this.#writer.version(userKey(userid)) },
        { key: passwordKey(userid), delete: true },
        { key: twoFactorKey(userid), delete: true },
        { key: sshKeysKey(userid), delete: true },
        ...tokens.map((tokenid): DocumentWrite => ({ key: tokenKey(tokenid), delete: true })),
        ...this.#writer.droppingGrants(
          (entry) =>
            (entry.type === 'user' && entry.ugid === userid) ||
            (entry.type === 'token' && splitTokenId(entry.ugid)?.userid === userid),
        ),
      ];
    });
  }

  #document(old: UserDocument, fields: UserFields): UserDocument {
    for (const group of fields.groups ?? []) {
      if (!this.#writer.directory.groups.has(group))
        throw invalidInput({ groups: `no such group '${group}'` });
    }
    const text = withoutEmpty({
      comment: fields.comment ?? old.comment,
      email: fields.email ?? old.email,
      firstname: fields.firstname ?? old.firstname,
      lastname: fields.lastname ?? old.lastname,
    });
    return {
      ...text,
      enable: fields.enable ?? old.enable,
      expire: fields.expire ?? old.expire,
      groups: [...new Set(fields.groups ?? old.groups)].sort(),
    };
  }
}
