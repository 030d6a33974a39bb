// Names of users (`name@realm`) and API tokens (`name@realm!token`): how they are split and what is allowed in them.

export interface UserName {
  readonly name: string;
  readonly realm: string;
}

const namePattern = /^[^\s:/\p{Cc}]+$/u;
const realmPattern = /^[A-Za-z][A-Za-z0-9._-]+$/;
const tokenNamePattern = /^[A-Za-z][A-Za-z0-9._-]+$/;

/** The user that always exists, may always do everything, and can be neither deleted nor disabled. */
export const rootUser = 'root@pam';

/** Splits at the last `@`; undefined when it is not a user id of at most 64 characters. */
export function splitUserId(userid: string): UserName | undefined {
  if (userid.length > 64) return undefined;
  const at = userid.lastIndexOf('@');
  if (at < 1) return undefined;
  const name = userid.slice(0, at);
  const realm = userid.slice(at + 1);
  if (!namePattern.test(name) || !realmPattern.test(realm) || name.includes('!')) return undefined;
  return { name, realm };
}

/** Splits `name@realm!token`; undefined when it is not a token id. */
export function splitTokenId(tokenid: string): { userid: string; token: string } | undefined {
  const at = tokenid.lastIndexOf('!');
  if (at < 1) return undefined;
  const userid = tokenid.slice(0, at);
  const token = tokenid.slice(at + 1);
  if (!isTokenName(token) || splitUserId(userid) === undefined) return undefined;
  return { userid, token };
}

/** Is it fit as the part of a token id after the `!`? At most 64 characters. */
export function isTokenName(token: string): boolean {
  return token.length <= 64 && tokenNamePattern.test(token);
}

/** `name@realm!token`. */
export function joinTokenId(userid: string, token: string): string {
  return `${userid}!${token}`;
}

/** Is it fit as the id of a group or role? */
export function isPlainId(id: string): boolean {
  return id.length <= 100 && /^[A-Za-z0-9._-]+$/.test(id);
}
