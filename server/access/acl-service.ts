// Grants: who has which role on which path.
import { AppError, invalidInput } from '../core/errors.ts';
import type { Caller } from '../http/route.ts';
import type { AccessWriter } from './access-writer.ts';
import { isAclPath, modifyPrivileges, normalizeAclPath } from './acl-path.ts';
import { permissionDenied } from './caller.ts';
import { type AclDocument, type AclEntry, aclKey, readAs } from './documents.ts';

export interface AclChange {
  readonly path: string;
  readonly roles: readonly string[];
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Full token ids. */
  readonly tokens: readonly string[];
  readonly propagate: boolean;
  /** Take the roles away instead of giving them. */
  readonly remove: boolean;
}

export class AclService {
  readonly #writer: AccessWriter;

  constructor(writer: AccessWriter) {
    this.#writer = writer;
  }

  /** All grants for who may audit `/access`; else those on paths where the caller may change grants. */
  list(caller: Caller): AclEntry[] {
    const all = caller.may('/access', 'Sys.Audit') || caller.may('/access', 'Permissions.Modify');
    return this.#writer.directory.acl.filter(
      (entry) => all || modifyPrivileges(entry.path).some((privilege) => caller.may(entry.path, privilege)),
    );
  }

  /**
   * Gives or takes every named role to or from every named user, group and token. A caller without
   * `Permissions.Modify` on the path can only deal in roles within its own rights there.
   */
  async update(caller: Caller, change: AclChange): Promise<void> {
    const path = normalizeAclPath(change.path);
    if (path === undefined || !isAclPath(path))
      throw invalidInput({ path: `invalid ACL path '${change.path}'` });
    if (change.users.length + change.groups.length + change.tokens.length === 0) {
      const text = "either 'users', 'groups' or 'tokens' is required.";
      throw invalidInput({ users: text, groups: text, tokens: text });
    }
    await this.#writer.change(() => {
      const named = this.#named(path, change);
      this.#requireRights(caller, path, change);
      const document = readAs<AclDocument>(this.#writer.store, aclKey);
      const before = document?.value.entries ?? [];
      const keys = new Set(named.map(identity));
      const others = before.filter((entry) => !keys.has(identity(entry)));
      const entries = change.remove ? others : [...others, ...named].sort(byIdentity);
      return [{ key: aclKey, value: { entries }, ifVersion: document?.version ?? 0 }];
    });
  }

  #named(path: string, change: AclChange): AclEntry[] {
    const { directory } = this.#writer;
    const check = (known: { has(id: string): boolean }, ids: readonly string[], kind: string) => {
      // What is gone may still be taken away.
      const missing = change.remove ? undefined : ids.find((id) => !known.has(id));
      if (missing !== undefined) throw new AppError('not-found', `${kind} '${missing}' does not exist`);
    };
    check(directory.roles, change.roles, 'role');
    check(directory.users, change.users, 'user');
    check(directory.groups, change.groups, 'group');
    check(directory.tokens, change.tokens, 'token');
    const { propagate } = change;
    const entry = (type: AclEntry['type'], ugid: string, roleid: string): AclEntry => {
      return { path, type, ugid, roleid, propagate };
    };
    return change.roles.flatMap((roleid) => [
      ...change.users.map((ugid) => entry('user', ugid, roleid)),
      ...change.groups.map((ugid) => entry('group', ugid, roleid)),
      ...change.tokens.map((ugid) => entry('token', ugid, roleid)),
    ]);
  }

  #requireRights(caller: Caller, path: string, change: AclChange): void {
    if (caller.may(path, 'Permissions.Modify')) return;
    if (!modifyPrivileges(path).some((privilege) => caller.may(path, privilege)))
      throw permissionDenied(`${path}, ${modifyPrivileges(path).join('|')}`);
    const own = caller.privilegesOn(path);
    for (const roleid of change.roles) {
      for (const privilege of this.#writer.directory.roles.get(roleid) ?? []) {
        if (!own.has(privilege)) throw permissionDenied(`${path}, ${privilege}`);
      }
      // A role without privileges, as NoAccess, would take rights away from others.
      if ((this.#writer.directory.roles.get(roleid)?.size ?? 0) === 0)
        throw permissionDenied(`${path}, Permissions.Modify`);
    }
  }
}

function identity(entry: AclEntry): string {
  return `${entry.path}\n${entry.type}\n${entry.ugid}\n${entry.roleid}`;
}

function byIdentity(a: AclEntry, b: AclEntry): number {
  const [x, y] = [identity(a), identity(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
