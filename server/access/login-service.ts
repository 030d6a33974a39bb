// Logging in with a password and a second factor, renewing a ticket with a ticket, and proving a password for a change.
import { type Clock, epochSeconds } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { AccessDirectory } from './access-directory.ts';
import type { AuditLog } from './audit.ts';
import { type Capabilities, capabilitiesOf } from './capabilities.ts';
import type { ConsoleTickets } from './console-tickets.ts';
import type { OneTimePasswords } from './one-time-passwords.ts';
import type { LoginLimiter } from './rate-limit.ts';
import type { Realm } from './realms/realm.ts';
import { isPrivilege } from './roles.ts';
import type { Tickets } from './tickets.ts';
import type { TwoFactorService } from './two-factor/two-factor-service.ts';
import { splitUserId } from './user-id.ts';

export interface LoginRequest {
  /** `name@realm`, or `name` with `realm` beside it. */
  readonly username: string;
  /**
   * The password, a valid ticket of the user to renew it, or, with `path`, a console ticket; with `tfaChallenge`, the answer
   * to it, `totp:123456`.
   */
  readonly password: string;
  readonly realm?: string | undefined;
  /** Only check that the user has `privs` on `path`; no new ticket is issued. */
  readonly path?: string | undefined;
  readonly privs?: readonly string[] | undefined;
  /** The second factor at once, beside the password. */
  readonly otp?: string | undefined;
  /** The `ticket` of an answer with `NeedTFA`. */
  readonly tfaChallenge?: string | undefined;
  /** The client's address; `local` over the local socket. */
  readonly address: string;
  readonly signal?: AbortSignal;
}

export interface LoginReply {
  readonly username: string;
  /** With `NeedTFA` it is only the challenge of the second step. */
  readonly ticket?: string;
  readonly CSRFPreventionToken?: string;
  /** A second factor is wanted. */
  readonly NeedTFA?: 1;
  /** Not with `NeedTFA`. */
  readonly cap?: Capabilities;
  readonly clustername?: string;
}

export interface LoginParts {
  readonly directory: AccessDirectory;
  readonly realms: ReadonlyMap<string, Realm>;
  readonly tickets: Tickets;
  readonly consoleTickets: ConsoleTickets;
  readonly oneTime: OneTimePasswords;
  readonly twoFactor: TwoFactorService;
  readonly limiter: LoginLimiter;
  readonly audit: AuditLog;
  readonly clock: Clock;
  /** The cluster's name, once there is a cluster. */
  readonly clusterName: () => string | undefined;
}

/** Says the same whatever was wrong, so that nobody learns which users exist. */
export function authenticationFailure(detail: string): AppError {
  return new AppError('unauthenticated', 'authentication failure', { detail });
}

export class LoginService {
  readonly #parts: LoginParts;

  constructor(parts: LoginParts) {
    this.#parts = parts;
  }

  /**
   * Throws `unauthenticated` ('authentication failure') for whatever is wrong with user, password or second factor,
   * `unavailable` or `timeout` when the realm cannot tell, `busy` when too many log in at once.
   */
  async login(request: LoginRequest): Promise<LoginReply> {
    const { tickets, twoFactor, audit } = this.#parts;
    const userid = fullName(request);
    if (request.tfaChallenge) {
      await this.#proveAnswer(userid, request, request.password, request.tfaChallenge);
      return this.#admit(userid, request, 'second factor');
    }
    const proof = await this.#prove(userid, request);
    const challenge = proof === 'password' ? twoFactor.challengeFor(userid) : undefined;
    if (proof === 'password' && request.otp) {
      await this.#proveAnswer(userid, request, request.otp);
    } else if (challenge !== undefined) {
      if (request.path !== undefined) this.#fail(userid, request, 'the second factor is missing');
      audit.record('password-right', userid, request.address, 'second factor wanted');
      return {
        username: userid,
        ticket: tickets.issueChallenge(userid, challenge),
        CSRFPreventionToken: tickets.issueCsrf(userid),
        NeedTFA: 1,
      };
    }
    if (request.path === undefined)
      return this.#admit(userid, request, proof === 'ticket' ? 'ticket renewed' : 'password');
    this.#requirePrivileges(userid, request);
    return this.#whatMay(userid);
  }

  /** Throws `unauthenticated` unless it is the user's own password (no ticket), as sensitive changes want it. */
  async confirmPassword(
    userid: string,
    password: string,
    address: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const request = { username: userid, password, address, ...(signal ? { signal } : {}) };
    await this.#prove(userid, request, { ticketsToo: false });
  }

  #admit(userid: string, request: LoginRequest, how: string): LoginReply {
    const { tickets, audit } = this.#parts;
    audit.record('login', userid, request.address, how);
    return {
      ...this.#whatMay(userid),
      ticket: tickets.issue(userid),
      CSRFPreventionToken: tickets.issueCsrf(userid),
    };
  }

  #whatMay(userid: string): LoginReply {
    const { directory, clusterName } = this.#parts;
    const clustername = clusterName();
    return {
      username: userid,
      cap: capabilitiesOf(directory, userid),
      ...(clustername !== undefined && directory.permissions.may(userid, '/', 'Sys.Audit')
        ? { clustername }
        : {}),
    };
  }

  /** How the request proves to come from the user; throws `unauthenticated` when it does not. */
  async #prove(
    userid: string,
    request: LoginRequest,
    how = { ticketsToo: true },
  ): Promise<'ticket' | 'password'> {
    let proof: 'ticket' | 'password' = 'password';
    await this.#guarded(userid, request, async () => {
      if (how.ticketsToo && this.#provenByTicket(userid, request)) {
        proof = 'ticket';
        return undefined;
      }
      const right =
        (how.ticketsToo && this.#parts.oneTime.redeem(userid, request.password)) ||
        (await this.#provenByPassword(userid, request));
      return right ? undefined : 'wrong password';
    });
    return proof;
  }

  /** Checks the answer of the second step, and with `challenge` that the first one was taken; throws `unauthenticated`. */
  async #proveAnswer(
    userid: string,
    request: LoginRequest,
    answer: string,
    challenge?: string,
  ): Promise<void> {
    const { tickets, twoFactor } = this.#parts;
    await this.#guarded(userid, request, async () => {
      if (challenge !== undefined && !tickets.checkChallenge(userid, challenge))
        return 'not a challenge of this user, or too old';
      return await twoFactor.refusalOf(userid, answer);
    });
  }

  /** Runs `attempt`, which says why it failed, slowed down by failures before it; throws `unauthenticated`. */
  async #guarded(
    userid: string,
    request: LoginRequest,
    attempt: () => Promise<string | undefined>,
  ): Promise<void> {
    let reason: string | undefined;
    await this.#parts.limiter.guard(
      request.address,
      userid,
      async () => {
        // The password comes first: so a refused or unknown user takes as long to refuse as a wrong password.
        const failure = await attempt();
        reason = this.#parts.directory.userRefusal(userid, epochSeconds(this.#parts.clock)) ?? failure;
        return reason === undefined;
      },
      request.signal,
    );
    if (reason !== undefined) this.#fail(userid, request, reason);
  }

  #fail(userid: string, request: LoginRequest, reason: string): never {
    // People type passwords into the name field: only what can be a user's name is recorded.
    const user = splitUserId(userid);
    const shown = user && this.#parts.realms.has(user.realm) ? userid : '(not a user name)';
    this.#parts.audit.record('login-failed', shown, request.address, reason);
    throw authenticationFailure(reason);
  }

  #provenByTicket(userid: string, request: LoginRequest): boolean {
    if (request.password.startsWith('PVE:'))
      return this.#parts.tickets.read(request.password)?.userid === userid;
    if (request.path !== undefined && request.password.startsWith('PVEVNC:')) {
      const claim = { requester: userid, path: request.path };
      return this.#parts.consoleTickets.confirms(request.password, claim);
    }
    return false;
  }

  async #provenByPassword(userid: string, request: LoginRequest): Promise<boolean> {
    const user = splitUserId(userid);
    const realm = user && this.#parts.realms.get(user.realm);
    if (!user || !realm) return false;
    // A damaged or old ticket is no password: PAM would only log and delay it.
    if (/^PVE(VNC)?:[^:]*:/.test(request.password) && request.password.includes('::')) return false;
    return await realm.authenticate({
      name: user.name,
      password: request.password,
      address: request.address === 'local' ? undefined : request.address,
      ...(request.signal ? { signal: request.signal } : {}),
    });
  }

  #requirePrivileges(userid: string, request: LoginRequest): void {
    const { directory, audit } = this.#parts;
    const held = directory.permissions.privilegesOn(userid, request.path ?? '/');
    for (const word of request.privs ?? []) {
      if (isPrivilege(word) && held.has(word)) continue;
      audit.record('denied', userid, request.address, `check of ${word} on ${request.path}`);
      throw authenticationFailure('lacks the privileges asked about');
    }
  }
}

function fullName(request: LoginRequest): string {
  const { username, realm } = request;
  if (realm === undefined || realm === '' || username.endsWith(`@${realm}`)) return username;
  return `${username}@${realm}`;
}
