// Each user's library of SSH public keys, to pick from where a guest is made or told who may log in.
import { AppError, invalidInput } from '../core/errors.ts';
import type { Caller } from '../http/route.ts';
import type { AccessWriter } from './access-writer.ts';
import { isRoot, permissionDenied } from './caller.ts';
import { readAs, type SshKeysDocument, sshKeysKey } from './documents.ts';
import { readSshPublicKey, renderSshPublicKey, type SshPublicKey } from './ssh-public-key.ts';
import { rootUser } from './user-id.ts';

/** Of one user: as many as can be looked through, and one small document. */
const mostKeys = 100;
const namePattern = /^[A-Za-z0-9_][A-Za-z0-9_.@+-]{0,63}$/;

export interface StoredSshKey extends SshPublicKey {
  readonly name: string;
  /** As a line of authorized_keys. */
  readonly key: string;
}

export class SshKeyService {
  readonly #writer: AccessWriter;

  constructor(writer: AccessWriter) {
    this.#writer = writer;
  }

  /** By name. Throws `not-found` for an unknown user. */
  list(userid: string): StoredSshKey[] {
    this.#requireUser(userid);
    return this.#read(userid).flatMap(({ name, key }) => {
      const read = readSshPublicKey(key);
      return typeof read === 'string' ? [] : [{ ...read, name, key }];
    });
  }

  /**
   * Adds the keys of a text of one key a line; `name` is for a single one, the others get theirs from their comments. Answers the
   * names of those that were added, and of those that were there under some name: all are added, or none.
   */
  async add(
    caller: Caller,
    userid: string,
    text: string,
    name: string | undefined,
  ): Promise<{ added: string[]; known: string[] }> {
    this.#protectRoot(caller, userid);
    const given = readKeys(text);
    if (name !== undefined && given.length > 1) throw invalidInput({ name: 'is for one key only' });
    if (name !== undefined && !namePattern.test(name))
      throw invalidInput({
        name: 'letters, digits and . _ @ + - only, at most 64, and none of . @ + - first',
      });
    let result = { added: [] as string[], known: [] as string[] };
    await this.#writer.change(() => {
      this.#requireUser(userid);
      const before = this.#read(userid);
      result = { added: [], known: [] };
      const keys = [...before];
      for (const key of given) {
        const known = keys.find((one) => one.key.split(' ')[1] === key.body);
        if (known) {
          result.known.push(known.name);
          continue;
        }
        if (name !== undefined && keys.some((one) => one.name === name))
          throw invalidInput({ name: `there is a key '${name}' already` });
        const free = name ?? freeName(key, new Set(keys.map((one) => one.name)));
        keys.push({ name: free, key: renderSshPublicKey(key) });
        result.added.push(free);
      }
      if (keys.length > mostKeys) throw invalidInput({ key: `a user can have at most ${mostKeys} keys` });
      if (result.added.length === 0) return [];
      const sorted = keys.sort((a, b) => (a.name < b.name ? -1 : 1));
      return [{ key: sshKeysKey(userid), value: { keys: sorted }, ifVersion: this.#version(userid) }];
    });
    return result;
  }

  /** Throws `not-found`. Guests that have the key keep it. */
  async delete(caller: Caller, userid: string, name: string): Promise<void> {
    this.#protectRoot(caller, userid);
    await this.#writer.change(() => {
      this.#requireUser(userid);
      const before = this.#read(userid);
      const keys = before.filter((one) => one.name !== name);
      if (keys.length === before.length)
        throw new AppError('not-found', `no such SSH key '${name}' of user '${userid}'`);
      return [{ key: sshKeysKey(userid), value: { keys }, ifVersion: this.#version(userid) }];
    });
  }

  #read(userid: string): SshKeysDocument['keys'] {
    return readAs<SshKeysDocument>(this.#writer.store, sshKeysKey(userid))?.value.keys ?? [];
  }

  #version(userid: string): number {
    return this.#writer.version(sshKeysKey(userid));
  }

  /** Keys let people in: whoever could add to root's would be let in where root's are taken. */
  #protectRoot(caller: Caller, userid: string): void {
    if (userid === rootUser && !isRoot(this.#writer.directory, caller)) throw permissionDenied();
  }

  #requireUser(userid: string): void {
    if (!this.#writer.directory.users.has(userid))
      throw new AppError('not-found', `no such user ('${userid}')`);
  }
}

/** Each once; empty lines and comments between them are nothing. */
function readKeys(text: string): SshPublicKey[] {
  const keys = new Map<string, SshPublicKey>();
  for (const [index, line] of text.split(/\r\n|[\r\n]/).entries()) {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) continue;
    const key = readSshPublicKey(trimmed);
    if (typeof key === 'string') throw invalidInput({ key: `line ${index + 1} ${key}` });
    if (!keys.has(key.body)) keys.set(key.body, key);
  }
  if (keys.size === 0) throw invalidInput({ key: 'there is no key in it' });
  return [...keys.values()];
}

/** Out of the comment where there is one: most say whose the key is. */
function freeName({ comment, type }: SshPublicKey, taken: ReadonlySet<string>): string {
  const tidy = comment
    .replace(/[^A-Za-z0-9_.@+-]+/g, '-')
    .replace(/^[^A-Za-z0-9_]+/, '')
    .slice(0, 56);
  const base = tidy || type.replace(/@.*$/, '');
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}
