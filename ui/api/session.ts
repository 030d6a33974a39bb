// The session: logging in, with a second factor where there is one; the ticket in PVE's cookie, the CSRF token in memory and in
// this tab's storage, renewal before expiry.
import { createSignal } from 'solid-js';
import { type Asked, readChallenge } from '../forms/second-factor.ts';
import { api, useHooks } from './client.ts';
import { ApiError, asApiError } from './errors.ts';

const cookieName = 'PVEAuthCookie';
const csrfKey = 'croft.csrf';
/** Tickets last two hours; renewed with a wide margin, so that a laptop that slept an hour is still logged in. */
const renewAfterMs = 40 * 60_000;

export type SessionState = 'unknown' | 'out' | 'in';

const [state, setState] = createSignal<SessionState>('unknown');
const [user, setUser] = createSignal('');
/** Why the user is at the log-in page without having asked for it. */
const [expired, setExpired] = createSignal(false);
/** Who was logged in when it ended by itself. */
let before = '';
let csrf: string | undefined;
let renewal: ReturnType<typeof setTimeout> | undefined;

export { expired as sessionExpired, state as sessionState, user as sessionUser };
/** `name@realm` of whoever was logged in when the session ended by itself; empty when nobody was. */
export const endedUser = (): string => (expired() ? before : '');

interface Ticket {
  readonly username: string;
  readonly ticket: string;
  readonly CSRFPreventionToken: string;
}

/** The password was right; the session begins with the answer to this. */
export interface Challenge {
  readonly username: string;
  readonly ticket: string;
  readonly asked: Asked;
}

/** What the daemon is asked with: a password, a ticket to be renewed, or the answer to a challenge. */
interface Proof {
  readonly username: string;
  readonly password: string;
  readonly realm?: string;
  readonly 'tfa-challenge'?: string;
}

async function prove(proof: Proof): Promise<Ticket | Challenge> {
  const { username, ticket, CSRFPreventionToken, NeedTFA } = await api('POST /access/ticket', { ...proof });
  if (ticket === undefined) throw new ApiError(401, '');
  if (NeedTFA === 1) return { username, ticket, asked: readChallenge(ticket) };
  if (CSRFPreventionToken === undefined) throw new ApiError(401, '');
  return { username, ticket, CSRFPreventionToken };
}

/** As `prove`, where a challenge would be a refusal. */
async function fetchTicket(proof: Proof): Promise<Ticket> {
  const answer = await prove(proof);
  if ('asked' in answer) throw new ApiError(401, '');
  return answer;
}

/** The user of a ticket, `PVE:root@pam:6740...::signature`; undefined when it does not look like one. */
function userOfTicket(ticket: string): string | undefined {
  return /^PVE:([^:\s]+@[^:\s]+):/.exec(ticket)?.[1];
}

function cookieTicket(): string | undefined {
  for (const part of document.cookie.split(';')) {
    const at = part.indexOf('=');
    if (part.slice(0, at).trim() !== cookieName) continue;
    try {
      return decodeURIComponent(part.slice(at + 1));
    } catch {
      return undefined;
    }
  }
  return undefined;
}

function writeCookie(value: string, attributes = ''): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the API's clients set this cookie by themselves, and the Cookie Store is not everywhere yet
  document.cookie = `${cookieName}=${value}; Secure; SameSite=Strict; path=/${attributes}`;
}

function keep(ticket: Ticket): void {
  writeCookie(encodeURIComponent(ticket.ticket));
  csrf = ticket.CSRFPreventionToken;
  try {
    sessionStorage.setItem(csrfKey, csrf);
  } catch {
    // Storage is blocked: the token lives in memory only, a reload renews it from the cookie.
  }
  setUser(ticket.username);
  setExpired(false);
  setState('in');
  clearTimeout(renewal);
  renewal = setTimeout(() => void renew(), renewAfterMs);
}

function forget(): void {
  clearTimeout(renewal);
  csrf = undefined;
  writeCookie('', '; max-age=0');
  try {
    sessionStorage.removeItem(csrfKey);
  } catch {
    // Nothing was kept then.
  }
  setUser('');
  setState('out');
}

/** Renews from the ticket in the cookie; false when there is none or it is no longer good. */
async function renew(): Promise<boolean> {
  const ticket = cookieTicket();
  const name = ticket === undefined ? undefined : userOfTicket(ticket);
  if (ticket === undefined || name === undefined) return false;
  try {
    keep(await fetchTicket({ username: name, password: ticket }));
    return true;
  } catch (thrown) {
    if (!asApiError(thrown).unreachable) return false;
    // The daemon is away, maybe restarting: the old ticket may still be good, try again soon.
    clearTimeout(renewal);
    renewal = setTimeout(() => void renew(), 15_000);
    setUser(name);
    try {
      csrf ??= sessionStorage.getItem(csrfKey) ?? undefined;
    } catch {
      // Without storage the next renewal brings a new token.
    }
    return csrf !== undefined;
  }
}

/** Called once at the start: takes over the session of the cookie, if any. */
export async function resumeSession(): Promise<void> {
  setState((await renew()) ? 'in' : 'out');
}

/** Logs in; answers a challenge when a second factor is wanted. Rejects with an ApiError. */
export async function logIn(
  username: string,
  password: string,
  realm: string,
): Promise<Challenge | undefined> {
  const answer = await prove({ username, password, ...(username.includes('@') ? {} : { realm }) });
  if ('asked' in answer) return answer;
  keep(answer);
  return undefined;
}

/** The second step; `answer` as the daemon takes it. Rejects with an ApiError; the challenge stays good for ten minutes. */
export async function answerChallenge({ username, ticket }: Challenge, answer: string): Promise<void> {
  keep(await fetchTicket({ username, password: answer, 'tfa-challenge': ticket }));
}

export function logOut(): void {
  setExpired(false);
  forget();
}

useHooks({
  csrfToken: () => csrf,
  unauthorized: () => void endUnlessAlive(),
});

let asking = false;

/** A wrong password given for a change is refused with the same status as an ended session: renewing tells which it was. */
async function endUnlessAlive(): Promise<void> {
  if (state() !== 'in' || asking) return;
  asking = true;
  try {
    if (await renew()) return;
    before = user();
    setExpired(true);
    forget();
  } finally {
    asking = false;
  }
}
