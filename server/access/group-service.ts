// Groups of users. Membership is kept with the users.
import type { DocumentWrite } from '../cluster/cluster-store.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import type { Caller } from '../http/route.ts';
import { type AccessWriter, withoutEmpty } from './access-writer.ts';
import { type GroupDocument, groupKey, userKey } from './documents.ts';
import { isPlainId } from './user-id.ts';

export interface GroupInfo {
  readonly groupid: string;
  readonly comment?: string;
  readonly members: readonly string[];
}

const seeing = ['User.Modify', 'Sys.Audit', 'Group.Allocate'] as const;

export class GroupService {
  readonly #writer: AccessWriter;

  constructor(writer: AccessWriter) {
    this.#writer = writer;
  }

  /** The groups that the caller may see, sorted by id. */
  list(caller: Caller): GroupInfo[] {
    const members = this.#members();
    return [...this.#writer.directory.groups]
      .filter(([groupid]) => seeing.some((privilege) => caller.may(`/access/groups/${groupid}`, privilege)))
      .map(([groupid, group]) => ({ groupid, ...group, members: members.get(groupid) ?? [] }))
      .sort((a, b) => (a.groupid < b.groupid ? -1 : 1));
  }

  /** Throws `not-found`. */
  get(groupid: string): GroupInfo {
    return { groupid, ...this.#require(groupid), members: this.#members().get(groupid) ?? [] };
  }

  async create(groupid: string, comment?: string): Promise<void> {
    if (!isPlainId(groupid))
      throw invalidInput({ groupid: `group name '${groupid}' contains invalid characters` });
    await this.#writer.change(() => {
      if (this.#writer.directory.groups.has(groupid))
        throw new AppError('already-exists', `create group failed: group '${groupid}' already exists`);
      return [{ key: groupKey(groupid), value: withoutEmpty({ comment }), ifVersion: 0 }];
    });
  }

  async update(groupid: string, comment?: string): Promise<void> {
    await this.#writer.change(() => {
      const old = this.#require(groupid);
      const value = withoutEmpty({ comment: comment ?? old.comment });
      return [{ key: groupKey(groupid), value, ifVersion: this.#writer.version(groupKey(groupid)) }];
    });
  }

  /** Deletes the group with its grants and takes its members out of it, all at once. */
  async delete(groupid: string): Promise<void> {
    await this.#writer.change(() => {
      this.#require(groupid);
      const { directory } = this.#writer;
      const leaving = [...directory.users].filter(([, user]) => user.groups.includes(groupid));
      return [
        { key: groupKey(groupid), delete: true, ifVersion: this.#writer.version(groupKey(groupid)) },
        ...leaving.map(
          ([userid, user]): DocumentWrite => ({
            key: userKey(userid),
            value: { ...user, groups: user.groups.filter((group) => group !== groupid) },
            ifVersion: this.#writer.version(userKey(userid)),
          }),
        ),
        ...this.#writer.droppingGrants((entry) => entry.type === 'group' && entry.ugid === groupid),
      ];
    });
  }

  #require(groupid: string): GroupDocument {
    const group = this.#writer.directory.groups.get(groupid);
    if (!group) throw new AppError('not-found', `group '${groupid}' does not exist`);
    return group;
  }

  #members(): Map<string, string[]> {
    const members = new Map<string, string[]>();
    for (const [userid, user] of this.#writer.directory.users) {
      for (const group of user.groups) members.set(group, [...(members.get(group) ?? []), userid].sort());
    }
    return members;
  }
}
