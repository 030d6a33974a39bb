// Logging in with a password, renewing a ticket with a ticket, and proving a password for a change.
import { type Clock, epochSeconds } from '../core/clock.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import type { AccessDirectory } from './access-directory.ts';
import type { AuditLog } from './audit.ts';
import { type Capabilities, capabilitiesOf } from './capabilities.ts';
import type { ConsoleTickets } from './console-tickets.ts';
import type { OneTimePasswords } from './one-time-passwords.ts';
import type { LoginLimiter } from './rate-limit.ts';
import type { Realm } from './realms/realm.ts';
import { isPrivilege } from './roles.ts';
import type { Tickets } from './tickets.ts';
import { splitUserId } from './user-id.ts';

export interface LoginRequest {
  /** `name@realm`, or `name` with `realm` beside it. */
  readonly username: string;
  /** The password, a valid ticket of the user to renew it, or, with `path`, a console ticket. */
  readonly password: string;
  readonly realm?: string | undefined;
  /** Only check that the user has `privs` on `path`; no new ticket is issued. */
  readonly path?: string | undefined;
  readonly privs?: readonly string[] | undefined;
  readonly otp?: string | undefined;
  readonly tfaChallenge?: string | undefined;
  /** The client's address; `local` over the local socket. */
  readonly address: string;
  readonly signal?: AbortSignal;
}

export interface LoginReply {
  readonly username: string;
  readonly ticket?: string;
  readonly CSRFPreventionToken?: string;
  readonly cap: Capabilities;
  readonly clustername?: string;
}

export interface LoginParts {
  readonly directory: AccessDirectory;
  readonly realms: ReadonlyMap<string, Realm>;
  readonly tickets: Tickets;
  readonly consoleTickets: ConsoleTickets;
  readonly oneTime: OneTimePasswords;
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
   * Throws `unauthenticated` ('authentication failure') for whatever is wrong with user or password, `unavailable` or
   * `timeout` when the realm cannot tell, `busy` when too many log in at once.
   */
  async login(request: LoginRequest): Promise<LoginReply> {
    refuseSecondFactor(request);
    const { directory, tickets, audit, clusterName } = this.#parts;
    const userid = fullName(request);
    await this.#prove(userid, request);
    const answer = { username: userid, cap: capabilitiesOf(directory, userid), ...clusterFields() };
    if (request.path !== undefined) {
      this.#requirePrivileges(userid, request);
      return answer;
    }
    const renewal = tickets.read(request.password) !== undefined;
    audit.record('login', userid, request.address, renewal ? 'ticket renewed' : 'password');
    return {
      ...answer,
      ticket: tickets.issue(userid),
      CSRFPreventionToken: tickets.issueCsrf(userid),
    };

    function clusterFields(): { clustername?: string } {
      const name = clusterName();
      return name !== undefined && directory.permissions.may(userid, '/', 'Sys.Audit')
        ? { clustername: name }
        : {};
    }
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

  async #prove(userid: string, request: LoginRequest, how = { ticketsToo: true }): Promise<void> {
    const { limiter, audit } = this.#parts;
    let reason = 'wrong password';
    const right = await limiter.guard(
      request.address,
      userid,
      async () => {
        const proven =
          (how.ticketsToo && this.#provenByTicket(userid, request)) ||
          (how.ticketsToo && this.#parts.oneTime.redeem(userid, request.password)) ||
          (await this.#provenByPassword(userid, request));
        // The password comes first: so a refused or unknown user takes as long to refuse as a wrong password.
        const refusal = this.#parts.directory.userRefusal(userid, epochSeconds(this.#parts.clock));
        if (refusal !== undefined) reason = refusal;
        return proven && refusal === undefined;
      },
      request.signal,
    );
    if (right) return;
    // People type passwords into the name field: only what can be a user's name is recorded.
    const shown =
      splitUserId(userid) && this.#parts.realms.has(splitUserId(userid)!.realm)
        ? userid
        : '(not a user name)';
    audit.record('login-failed', shown, request.address, reason);
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

function refuseSecondFactor(request: LoginRequest): void {
  const text = 'two-factor authentication is not supported by this version';
  if (request.otp) throw invalidInput({ otp: text });
  if (request.tfaChallenge) throw invalidInput({ 'tfa-challenge': text });
}
