// Callers as the routes see them: a user or one of its tokens, with rights looked up afresh at each question.
import { AppError } from '../core/errors.ts';
import type { Caller } from '../http/route.ts';
import type { AccessDirectory } from './access-directory.ts';
import { rootUser } from './user-id.ts';

/** The caller for a user, or for one of its tokens. */
export function callerOf(directory: AccessDirectory, userid: string, tokenid?: string): Caller {
  const authId = tokenid ?? userid;
  return {
    userid,
    tokenid,
    requester: authId,
    may: (path, privilege) => directory.permissions.may(authId, path, privilege),
    mayBelow: (parent, privilege) => directory.permissions.mayBelow(authId, parent, privilege),
    privilegesOn: (path) => new Set(directory.permissions.privilegesOn(authId, path).keys()),
  };
}

/**
 * Is the caller the user itself, with all of its rights? A privilege-separated token is not: else it could make itself
 * a token without limits.
 */
export function actsAs(directory: AccessDirectory, caller: Caller, userid: string): boolean {
  if (caller.userid === '' || caller.userid !== userid) return false;
  return caller.tokenid === undefined || directory.tokens.get(caller.tokenid)?.privsep === false;
}

/** Is the caller root@pam itself, or a token with all of its rights? */
export function isRoot(directory: AccessDirectory, caller: Caller): boolean {
  return actsAs(directory, caller, rootUser);
}

/** `forbidden`, in the API's own words; `what` is the path and the privileges that are missing. */
export function permissionDenied(what?: string): AppError {
  const detail = what === undefined ? '' : ` (${what})`;
  return new AppError('forbidden', `Permission check failed${detail}`);
}
