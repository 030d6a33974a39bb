// Refusing whoever lacks a privilege, in the API's words.
import type { Privilege } from '../contract/permission.ts';
import { AppError } from '../core/errors.ts';
import type { NeededPrivilege } from './config-privileges.ts';
import type { Asker } from './guest-requests.ts';

/** Throws `forbidden` naming the first privilege that is missing. */
export function requireAll(asker: Asker, needed: readonly NeededPrivilege[]): void {
  const missing = needed.find(({ path, privilege }) => !asker.may(path, privilege));
  if (missing)
    throw new AppError('forbidden', `Permission check failed (${missing.path}, ${missing.privilege})`, {
      data: { ...missing },
    });
}

/** One of them is enough. */
export function requireAny(asker: Asker, path: string, privileges: readonly Privilege[]): void {
  if (privileges.some((privilege) => asker.may(path, privilege))) return;
  throw new AppError('forbidden', `Permission check failed (${path}, ${privileges.join('|')})`, {
    data: { path, privileges },
  });
}
