// Roles that users make, beside the built-in ones.
import type { Privilege } from '../contract/permission.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import type { AccessWriter } from './access-writer.ts';
import { roleKey } from './documents.ts';
import { builtInRoles, isPrivilege } from './roles.ts';
import { isPlainId } from './user-id.ts';

export interface RoleInfo {
  readonly roleid: string;
  /** Sorted. */
  readonly privs: readonly Privilege[];
  /** Built in: can be neither changed nor deleted. */
  readonly special: boolean;
}

export class RoleService {
  readonly #writer: AccessWriter;

  constructor(writer: AccessWriter) {
    this.#writer = writer;
  }

  /** All roles, sorted by id. */
  list(): RoleInfo[] {
    return [...this.#writer.directory.roles.keys()].sort().map((roleid) => this.get(roleid));
  }

  /** Throws `not-found`. */
  get(roleid: string): RoleInfo {
    const privs = this.#writer.directory.roles.get(roleid);
    if (!privs) throw new AppError('not-found', `role '${roleid}' does not exist`);
    return { roleid, privs: [...privs].sort(), special: builtInRoles.has(roleid) };
  }

  async create(roleid: string, privs: readonly string[]): Promise<void> {
    if (!isPlainId(roleid))
      throw invalidInput({ roleid: `role name '${roleid}' contains invalid characters` });
    if (/^PVE/i.test(roleid))
      throw invalidInput({ roleid: "names that begin with 'PVE' are kept for built-in roles" });
    const checked = checkPrivileges(privs);
    await this.#writer.change(() => {
      if (this.#writer.directory.roles.has(roleid))
        throw new AppError('already-exists', `create role failed: role '${roleid}' already exists`);
      return [{ key: roleKey(roleid), value: { privs: checked }, ifVersion: 0 }];
    });
  }

  /** Replaces the role's privileges, or adds to them. */
  async update(roleid: string, privs: readonly string[], append: boolean): Promise<void> {
    const checked = checkPrivileges(privs);
    await this.#writer.change(() => {
      const old = this.#requireCustom(roleid, 'modified');
      const value = { privs: [...new Set(append ? [...old.privs, ...checked] : checked)].sort() };
      return [{ key: roleKey(roleid), value, ifVersion: this.#writer.version(roleKey(roleid)) }];
    });
  }

  /** Deletes the role and every grant of it, all at once. */
  async delete(roleid: string): Promise<void> {
    await this.#writer.change(() => {
      this.#requireCustom(roleid, 'deleted');
      return [
        { key: roleKey(roleid), delete: true, ifVersion: this.#writer.version(roleKey(roleid)) },
        ...this.#writer.droppingGrants((entry) => entry.roleid === roleid),
      ];
    });
  }

  #requireCustom(roleid: string, deed: string): RoleInfo {
    const role = this.get(roleid);
    if (role.special) throw new AppError('wrong-state', `auto-generated role '${roleid}' cannot be ${deed}`);
    return role;
  }
}

function checkPrivileges(words: readonly string[]): Privilege[] {
  const privs: Privilege[] = [];
  for (const word of words) {
    if (!isPrivilege(word)) throw invalidInput({ privs: `invalid privilege '${word}'` });
    privs.push(word);
  }
  return [...new Set(privs)].sort();
}
