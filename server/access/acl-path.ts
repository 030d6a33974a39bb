// The object paths on which rights are granted: their one spelling, and which exist.
import type { Privilege } from '../contract/permission.ts';

const word = '[A-Za-z0-9._-]+';
const allowed = new RegExp(
  `^/(?:${[
    '',
    'access',
    `access/(?:groups|realm)(?:/${word})?`,
    `nodes(?:/${word})?`,
    `pool(?:/${word}){0,3}`,
    'sdn',
    `sdn/(?:controllers|dns|fabrics|ipams|zones)(?:/${word})?`,
    `sdn/zones/${word}/${word}(?:/[1-9][0-9]{0,3})?`,
    `storage(?:/${word})?`,
    'vms(?:/[1-9][0-9]{2,8})?',
    `mapping(?:/${word}){0,2}`,
  ].join('|')})$`,
);

/** One leading slash, single slashes, none at the end; undefined for characters that no path has. */
export function normalizeAclPath(path: string): string | undefined {
  if (path.length > 256) return undefined;
  const clean = `/${path}`.replace(/\/+/g, '/').replace(/(?<=.)\/$/, '');
  return /^[A-Za-z0-9._/-]+$/.test(clean) ? clean : undefined;
}

/** May rights be granted on this (normalized) path? */
export function isAclPath(path: string): boolean {
  return allowed.test(path);
}

/** `/` for `/vms`, `/vms` for `/vms/100`; undefined for `/`. */
export function parentPath(path: string): string | undefined {
  if (path === '/') return undefined;
  const at = path.lastIndexOf('/');
  return at <= 0 ? '/' : path.slice(0, at);
}

/** The privileges any of which lets its holder change the grants on the path. */
export function modifyPrivileges(path: string): Privilege[] {
  if (path.startsWith('/storage/')) return ['Permissions.Modify', 'Datastore.Allocate'];
  if (path.startsWith('/vms/')) return ['Permissions.Modify', 'VM.Allocate'];
  if (path.startsWith('/pool/')) return ['Permissions.Modify', 'Pool.Allocate'];
  return ['Permissions.Modify'];
}
