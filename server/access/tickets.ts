// Login tickets (`PVE:user@realm:HEXTIME::signature`), the CSRF tokens that go with them, and half tickets: challenges of a second factor.
import { createHmac, sign, timingSafeEqual, verify } from 'node:crypto';
import type { Clock } from '../core/clock.ts';
import { epochSeconds } from '../core/clock.ts';
import type { AuthKeys } from './auth-keys.ts';
import { splitUserId } from './user-id.ts';

/** Seconds that a ticket is good for. */
export const ticketLifetime = 2 * 3600;
/** Seconds in which a second factor must be given. */
const challengeLifetime = 10 * 60;
/** Seconds that a ticket may come from the future, for nodes whose clocks differ. */
const forgivenSkew = 300;

export interface Ticket {
  readonly userid: string;
  /** When it was issued, seconds since the epoch. */
  readonly issued: number;
}

/** Issues and checks tickets. It knows nothing of users: whether one may log in is asked elsewhere, at each call. */
export class Tickets {
  readonly #keys: AuthKeys;
  readonly #clock: Clock;

  constructor(keys: AuthKeys, clock: Clock) {
    this.#keys = keys;
    this.#clock = clock;
  }

  issue(userid: string): string {
    const text = `PVE:${userid}:${hexTime(epochSeconds(this.#clock))}`;
    return `${text}::${sign(null, Buffer.from(text), this.#keys.signingKey()).toString('base64')}`;
  }

  /** Who a ticket was issued to; undefined when it is forged, damaged, too old or from the future. */
  read(ticket: string): Ticket | undefined {
    if (ticket.length > 512) return undefined;
    const match = /^(PVE:([^:]+):([0-9A-F]{8}))::([A-Za-z0-9+/]+={0,2})$/.exec(ticket);
    if (!match) return undefined;
    const [, text, userid, time, signature] = match;
    const issued = Number.parseInt(time!, 16);
    if (!this.#fresh(issued) || splitUserId(userid!) === undefined) return undefined;
    const bytes = Buffer.from(signature!, 'base64');
    const genuine = this.#keys.verifyingKeys().some((key) => verify(null, Buffer.from(text!), key, bytes));
    return genuine ? { userid: userid!, issued } : undefined;
  }

  /**
   * `PVE:!tfa!<challenge, percent-encoded>:HEXTIME::signature`: proves that the user's password was right, and tells
   * clients what to ask for. It is no ticket: no user's name holds a `!`, and the signature covers the user's name too.
   */
  issueChallenge(userid: string, challenge: string): string {
    const text = `PVE:!tfa!${encodeURIComponent(challenge)}:${hexTime(epochSeconds(this.#clock))}`;
    const signature = sign(null, Buffer.from(`${text}:${userid}`), this.#keys.signingKey());
    return `${text}::${signature.toString('base64')}`;
  }

  /** Is it a challenge that was issued to this user, a moment ago? */
  checkChallenge(userid: string, ticket: string): boolean {
    if (ticket.length > 1024) return false;
    const match = /^(PVE:!tfa![^:]+:([0-9A-F]{8}))::([A-Za-z0-9+/]+={0,2})$/.exec(ticket);
    if (!match || !this.#fresh(Number.parseInt(match[2]!, 16), challengeLifetime)) return false;
    const bytes = Buffer.from(match[3]!, 'base64');
    const text = Buffer.from(`${match[1]}:${userid}`);
    return this.#keys.verifyingKeys().some((key) => verify(null, text, key, bytes));
  }

  /** A token that proves that a changing call comes from a page that could read the login's answer. */
  issueCsrf(userid: string): string {
    const time = hexTime(epochSeconds(this.#clock));
    return `${time}:${this.#csrfMac(time, userid)}`;
  }

  /** Is it a fresh CSRF token of this user? */
  checkCsrf(userid: string, token: string): boolean {
    const match = /^([0-9A-F]{8}):([A-Za-z0-9+/]{43})$/.exec(token);
    if (!match || !this.#fresh(Number.parseInt(match[1]!, 16))) return false;
    return timingSafeEqual(Buffer.from(this.#csrfMac(match[1]!, userid)), Buffer.from(match[2]!));
  }

  #csrfMac(time: string, userid: string): string {
    const mac = createHmac('sha256', this.#keys.csrfSecret()).update(`${time}:${userid}`).digest('base64');
    return mac.replace(/=+$/, '');
  }

  #fresh(issued: number, lifetime = ticketLifetime): boolean {
    const age = epochSeconds(this.#clock) - issued;
    return age >= -forgivenSkew && age < lifetime;
  }
}

function hexTime(seconds: number): string {
  return seconds.toString(16).toUpperCase().padStart(8, '0');
}
