// Passwords that log in once, within minutes: handed out by root on the machine itself, for a root that has no password yet.
import { createHash, randomInt } from 'node:crypto';
import type { Clock } from '../core/clock.ts';

/** Letters and digits that nobody mistakes for one another. */
const alphabet = 'abcdefghjkmnpqrstuvwxyz23456789';
/** 16 letters of 31: 79 bits. */
const groups = 4;
const groupLength = 4;
const lifetimeMs = 10 * 60_000;
const mostWaiting = 100;

/** Kept in memory, as hashes only. */
export class OneTimePasswords {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, { readonly userid: string; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new one for the user, `abcd-efgh-jkmn-pqrs`; good once, for ten minutes. */
  issue(userid: string): { readonly password: string; readonly until: number } {
    const oldest = this.#waiting.keys().next().value;
    if (this.#waiting.size >= mostWaiting && oldest !== undefined) this.#waiting.delete(oldest);
    const group = () =>
      Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join('');
    const password = Array.from({ length: groups }, group).join('-');
    const until = this.#clock.now() + lifetimeMs;
    this.#waiting.set(hash(password), { userid, until });
    return { password, until };
  }

  /** Uses the password up if it is one that waits; was it this user's, and in time? */
  redeem(userid: string, password: string): boolean {
    const key = hash(password.slice(0, 64));
    const found = this.#waiting.get(key);
    if (!found || found.userid !== userid) return false;
    this.#waiting.delete(key);
    return found.until >= this.#clock.now();
  }
}

function hash(password: string): string {
  return createHash('sha256').update(password).digest('base64');
}
