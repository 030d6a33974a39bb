// API tokens: made for a user, shown once, checked at each call.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { AppError, invalidInput } from '../core/errors.ts';
import type { Caller } from '../http/route.ts';
import { type AccessWriter, withoutEmpty } from './access-writer.ts';
import { isRoot, permissionDenied } from './caller.ts';
import { type TokenDocument, tokenKey } from './documents.ts';
import { isTokenName, joinTokenId, rootUser, splitTokenId } from './user-id.ts';

export interface TokenFields {
  readonly comment?: string | undefined;
  /** Seconds since the epoch; 0 for as long as the user. */
  readonly expire?: number | undefined;
  readonly privsep?: boolean | undefined;
}

/** What may be shown of a token. */
export interface TokenInfo {
  readonly tokenid: string;
  readonly comment?: string;
  readonly expire: number;
  readonly privsep: boolean;
}

export class TokenService {
  readonly #writer: AccessWriter;

  constructor(writer: AccessWriter) {
    this.#writer = writer;
  }

  /** The user's tokens, sorted; throws `not-found` for an unknown user. */
  list(userid: string): TokenInfo[] {
    this.#requireUser(userid);
    return [...this.#writer.directory.tokens]
      .filter(([tokenid]) => splitTokenId(tokenid)?.userid === userid)
      .map(([tokenid, token]) => infoOf(splitTokenId(tokenid)!.token, token))
      .sort((a, b) => (a.tokenid < b.tokenid ? -1 : 1));
  }

  /** Throws `not-found`. */
  get(userid: string, token: string): TokenInfo {
    return infoOf(token, this.#require(userid, token));
  }

  /** Makes a token and tells its secret, for the only time. Root's tokens are made by root alone. */
  async create(
    caller: Caller,
    userid: string,
    token: string,
    fields: TokenFields,
  ): Promise<{ tokenid: string; info: TokenInfo; secret: string }> {
    this.#protectRoot(caller, userid);
    if (!isTokenName(token))
      throw invalidInput({ tokenid: 'begin with a letter, then letters, digits, . - _, at most 64 in all' });
    const secret = newSecret();
    const tokenid = joinTokenId(userid, token);
    const value: TokenDocument = {
      ...withoutEmpty({ comment: fields.comment }),
      expire: fields.expire ?? 0,
      privsep: fields.privsep ?? true,
      hash: hashOf(secret),
    };
    await this.#writer.change(() => {
      this.#requireUser(userid);
      if (this.#writer.directory.tokens.has(tokenid))
        throw invalidInput({ tokenid: 'Token already exists.' });
      return [{ key: tokenKey(tokenid), value, ifVersion: 0 }];
    });
    return { tokenid, info: infoOf(token, value), secret };
  }

  /** Changes the fields given and clears those named in `clear` (`comment`, `expire`, `privsep`). */
  async update(
    caller: Caller,
    userid: string,
    token: string,
    fields: TokenFields,
    clear: readonly string[] = [],
  ): Promise<TokenInfo> {
    this.#protectRoot(caller, userid);
    for (const name of clear) {
      if (!['comment', 'expire', 'privsep'].includes(name))
        throw invalidInput({ delete: `unknown option '${name}'` });
    }
    const key = tokenKey(joinTokenId(userid, token));
    await this.#writer.change(() => {
      const old = this.#require(userid, token);
      const comment = clear.includes('comment') ? undefined : (fields.comment ?? old.comment);
      const value: TokenDocument = {
        ...withoutEmpty({ comment }),
        expire: clear.includes('expire') ? 0 : (fields.expire ?? old.expire),
        privsep: clear.includes('privsep') ? true : (fields.privsep ?? old.privsep),
        hash: old.hash,
      };
      return [{ key, value, ifVersion: this.#writer.version(key) }];
    });
    return this.get(userid, token);
  }

  /** Deletes the token and its grants, all at once. */
  async delete(caller: Caller, userid: string, token: string): Promise<void> {
    this.#protectRoot(caller, userid);
    const tokenid = joinTokenId(userid, token);
    await this.#writer.change(() => {
      this.#require(userid, token);
      return [
        { key: tokenKey(tokenid), delete: true, ifVersion: this.#writer.version(tokenKey(tokenid)) },
        ...this.#writer.droppingGrants((entry) => entry.type === 'token' && entry.ugid === tokenid),
      ];
    });
  }

  /** Is it the secret of this token? Says nothing of whether the token may be used now. */
  checkSecret(tokenid: string, secret: string): boolean {
    const stored = this.#writer.directory.tokens.get(tokenid)?.hash ?? noSecret;
    const right = timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(stored.padEnd(64).slice(0, 64)));
    return right && stored !== noSecret;
  }

  #protectRoot(caller: Caller, userid: string): void {
    if (userid === rootUser && !isRoot(this.#writer.directory, caller)) throw permissionDenied();
  }

  #requireUser(userid: string): void {
    if (!this.#writer.directory.users.has(userid))
      throw new AppError('not-found', `no such user ('${userid}')`);
  }

  #require(userid: string, token: string): TokenDocument {
    this.#requireUser(userid);
    const found = this.#writer.directory.tokens.get(joinTokenId(userid, token));
    if (!found) throw new AppError('not-found', `no such token '${token}' for user '${userid}'`);
    return found;
  }
}

/** What an unknown token is compared with: no SHA-256 is spelled so. */
const noSecret = '-'.repeat(64);

/** 128 random bits, written as clients expect a token's secret: in groups like a UUID. */
function newSecret(): string {
  return randomBytes(16)
    .toString('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function infoOf(tokenid: string, token: TokenDocument): TokenInfo {
  return {
    tokenid,
    ...withoutEmpty({ comment: token.comment }),
    expire: token.expire,
    privsep: token.privsep,
  };
}
