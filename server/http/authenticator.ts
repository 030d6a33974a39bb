// Who is asking: the facts of a request that tell it, and the interface of the part that reads them.
import type { IncomingMessage } from 'node:http';
import type { Verb } from '../contract/method.ts';
import type { Caller } from './route.ts';

/** What a request shows of its sender. */
export interface RequestFacts {
  /** The ticket of cookie `PVEAuthCookie`, or of an `Authorization: PVEAuthCookie=...` header; percent-decoded. */
  readonly ticket: string | undefined;
  /** Header `CSRFPreventionToken`: wanted with a ticket for everything but GET, never with an API token. */
  readonly csrfToken: string | undefined;
  /** Header `Authorization` as it came, for instance `PVEAPIToken=root@pam!name=secret`. */
  readonly authorization: string | undefined;
  readonly verb: Verb;
  /** The client's address; `local` over the local socket. */
  readonly address: string;
  /** Came over the local socket, which only root can open. */
  readonly local: boolean;
}

/** Reads the facts of requests. Given to the app; implemented by the access part. */
export interface Authenticator {
  /**
   * The caller; `nobody` when the request shows no credentials at all. Throws `unauthenticated` when it shows some that
   * do not hold: a wrong, expired or revoked ticket or token, a missing or wrong CSRF token.
   * Not asked for methods that are open to the world.
   */
  authenticate(facts: RequestFacts): Promise<Caller | 'nobody'>;
  /** Groups of a user, for the permission checks that are about a user; none for an unknown user. */
  groupsOf(userid: string): readonly string[];
  /** Is the caller this user with all of its rights? Not a token that was given fewer. */
  actsAs(caller: Caller, userid: string): boolean;
  /** Does the user exist? */
  userExists(userid: string): boolean;
}

/** The caller of methods that are open to the world. */
export const nobody: Caller = {
  userid: '',
  tokenid: undefined,
  requester: '',
  may: () => false,
  privilegesOn: () => new Set(),
};

const cookieName = 'PVEAuthCookie';

/** The ticket that a request carries, if any. `header` gives a header by its lower-case name. */
function readTicket(header: (name: string) => string | undefined): string | undefined {
  const authorization = header('authorization');
  if (authorization?.startsWith(`${cookieName}=`)) return decode(authorization.slice(cookieName.length + 1));
  for (const pair of header('cookie')?.split(';') ?? []) {
    const at = pair.indexOf('=');
    if (at > 0 && pair.slice(0, at).trim() === cookieName) return decode(pair.slice(at + 1).trim());
  }
  return undefined;
}

/** Clients send tickets encoded and not; a ticket itself never holds a `%`. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** All facts of a request. */
export function readFacts(
  verb: Verb,
  header: (name: string) => string | undefined,
  address: string,
  local: boolean,
): RequestFacts {
  return {
    ticket: readTicket(header),
    csrfToken: header('csrfpreventiontoken'),
    authorization: header('authorization'),
    verb,
    address,
    local,
  };
}

/** The address of Node's request, without the prefix of IPv4 in IPv6. */
export function addressOf(incoming: IncomingMessage | undefined, local: boolean): string {
  if (local) return 'local';
  return (incoming?.socket.remoteAddress ?? 'unknown').replace(/^::ffff:/, '');
}
