// Refusing whoever lacks a privilege, in the API's words.
import type { Privilege } from '../contract/permission.ts';
import { AppError } from '../core/errors.ts';
import type { NeededPrivilege } from './config-privileges.ts';
import type { Asker } from './guest-requests.ts';

const rootOnlyKeys = new Set(['args']);

/** Throws `forbidden` naming the first privilege that is missing. */
export function requireAll(asker: Asker, needed: readonly NeededPrivilege[]): void {
  const missing = needed.find(({ path, privilege }) => !asker.may(path, privilege));
  if (missing)
    throw new AppError('forbidden', `Permission check failed (${missing.path}, ${missing.privilege})`, {
      data: { ...missing },
    });
}

/**
 * What only root@pam may set, as with the API's peers: words on QEMU's command line can open anything of the node. A token of root needs
 * what root has at the top.
 */
export function requireRootFor(asker: Asker, changed: readonly string[]): void {
  const key = changed.find((name) => rootOnlyKeys.has(name));
  if (key === undefined || isRoot(asker)) return;
  throw new AppError('forbidden', `only root@pam may set '${key}'`, { data: { key } });
}

/** root@pam; a token of root only with what root has at the top. */
export function isRoot(asker: Asker): boolean {
  const [user, token] = asker.requester.split('!');
  const full = asker.may('/', 'Permissions.Modify') && asker.may('/', 'Sys.Modify');
  return user === 'root@pam' && (token === undefined || full);
}

/** One of them is enough. */
export function requireAny(asker: Asker, path: string, privileges: readonly Privilege[]): void {
  if (privileges.some((privilege) => asker.may(path, privilege))) return;
  throw new AppError('forbidden', `Permission check failed (${path}, ${privileges.join('|')})`, {
    data: { path, privileges },
  });
}
