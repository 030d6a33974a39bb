// Tells who sends a request: by API token, by ticket, or by the local socket; asked anew for every request.
import { type Clock, epochSeconds } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Authenticator, RequestFacts } from '../http/authenticator.ts';
import type { Caller } from '../http/route.ts';
import type { AccessDirectory } from './access-directory.ts';
import type { AuditLog } from './audit.ts';
import { actsAs, callerOf } from './caller.ts';
import { authenticationFailure } from './login-service.ts';
import type { Tickets } from './tickets.ts';
import type { TokenService } from './token-service.ts';
import { rootUser, splitTokenId } from './user-id.ts';

export interface AuthenticatorParts {
  readonly directory: AccessDirectory;
  readonly tickets: Tickets;
  readonly tokens: TokenService;
  readonly audit: AuditLog;
  readonly clock: Clock;
}

const tokenScheme = 'PVEAPIToken=';

/** The real one. Users and tokens that were disabled, deleted or expired are refused from the next request on. */
export function createAuthenticator(parts: AuthenticatorParts): Authenticator {
  const { directory, tickets, tokens, audit, clock } = parts;

  function byToken(facts: RequestFacts, credentials: string): Caller {
    const match = /^([^=]{1,130})=(\S{1,128})$/.exec(credentials);
    const tokenid = match?.[1] ?? '';
    const owner = splitTokenId(tokenid)?.userid;
    const right = tokens.checkSecret(tokenid, match?.[2] ?? '');
    const refusal = right ? directory.tokenRefusal(tokenid, epochSeconds(clock)) : 'invalid token value';
    if (owner === undefined || refusal !== undefined) {
      const shown = owner === undefined ? '(not a token id)' : tokenid;
      audit.record('login-failed', shown, facts.address, refusal ?? 'not a token id');
      throw authenticationFailure(refusal ?? 'not a token id');
    }
    return callerOf(directory, owner, tokenid);
  }

  function byTicket(facts: RequestFacts, text: string): Caller {
    const ticket = tickets.read(text);
    if (!ticket) throw new AppError('unauthenticated', 'permission denied - invalid PVE ticket');
    const refusal = directory.userRefusal(ticket.userid, epochSeconds(clock));
    if (refusal !== undefined) {
      audit.record('denied', ticket.userid, facts.address, refusal);
      throw new AppError('unauthenticated', 'permission denied - invalid PVE ticket', { detail: refusal });
    }
    if (facts.verb !== 'GET' && !tickets.checkCsrf(ticket.userid, facts.csrfToken ?? '')) {
      audit.record('denied', ticket.userid, facts.address, 'invalid CSRF token');
      throw new AppError('unauthenticated', 'Permission denied - invalid csrf token');
    }
    return callerOf(directory, ticket.userid);
  }

  return {
    authenticate: async (facts) => {
      if (facts.local) return callerOf(directory, rootUser);
      if (facts.authorization?.startsWith(tokenScheme))
        return byToken(facts, facts.authorization.slice(tokenScheme.length));
      if (facts.ticket !== undefined && facts.ticket !== '') return byTicket(facts, facts.ticket);
      return 'nobody';
    },
    groupsOf: (userid) => directory.users.get(userid)?.groups ?? [],
    actsAs: (caller, userid) => actsAs(directory, caller, userid),
    userExists: (userid) => directory.users.has(userid),
  };
}
