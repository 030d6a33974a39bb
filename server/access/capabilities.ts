// What somebody may do, in the two forms that clients ask for: the `cap` of a login, and the table of effective privileges.
import type { Privilege } from '../contract/permission.ts';
import type { AccessDirectory } from './access-directory.ts';
import type { PrivilegeMap } from './permissions.ts';

export type Area = 'vms' | 'storage' | 'nodes' | 'access' | 'dc' | 'sdn' | 'mapping';

/** By area, the privileges held somewhere in it. */
export type Capabilities = Record<Area, Record<string, 1>>;

const areaPatterns: Readonly<Record<Area, RegExp>> = {
  vms: /^(VM\.|Permissions\.Modify$)/,
  storage: /^(Datastore\.|Permissions\.Modify$)/,
  nodes: /^(Sys\.|Permissions\.Modify$)/,
  access: /^(User\.|Group\.|Permissions\.Modify$)/,
  dc: /^(Sys\.Audit$|Sys\.Modify$|SDN\.)/,
  sdn: /^(SDN\.|Permissions\.Modify$)/,
  mapping: /^(Mapping\.|Permissions\.Modify$)/,
};

const topPaths = ['/', '/nodes', '/access/groups', '/vms', '/storage', '/sdn', '/mapping'];

/** The `cap` object of a login: what a user interface needs to know to show its menus. */
export function capabilitiesOf(directory: AccessDirectory, authId: string): Capabilities {
  const result: Capabilities = { vms: {}, storage: {}, nodes: {}, access: {}, dc: {}, sdn: {}, mapping: {} };
  for (const path of pathsWithGrants(directory, topPaths)) {
    const held = directory.permissions.privilegesOn(authId, path);
    for (const privilege of held.keys()) {
      for (const area of areasOf(path)) {
        if (areaPatterns[area].test(privilege)) result[area][privilege] = 1;
      }
    }
  }
  return result;
}

function areasOf(path: string): readonly Area[] {
  const top = path.split('/')[1] ?? '';
  if (top === '') return ['dc'];
  if (top === 'pool') return ['vms', 'storage'];
  return top in areaPatterns ? [top as Area] : [];
}

/** Path to privilege to 1 when it reaches what lies below, else 0. Paths without any privilege are left out. */
export function effectivePermissions(
  directory: AccessDirectory,
  authId: string,
  onlyPath?: string,
): Record<string, Partial<Record<Privilege, 0 | 1>>> {
  const usual = ['/', '/access', '/access/groups', '/mapping', '/nodes', '/pool', '/sdn', '/storage', '/vms'];
  const paths = onlyPath === undefined ? pathsWithGrants(directory, usual) : [onlyPath];
  const result: Record<string, Partial<Record<Privilege, 0 | 1>>> = {};
  for (const path of paths) {
    const held = directory.permissions.privilegesOn(authId, path);
    if (held.size > 0 || onlyPath !== undefined) result[path] = flags(held);
  }
  return result;
}

function flags(held: PrivilegeMap): Partial<Record<Privilege, 0 | 1>> {
  const result: Partial<Record<Privilege, 0 | 1>> = {};
  for (const [privilege, propagates] of held) result[privilege] = propagates ? 1 : 0;
  return result;
}

function pathsWithGrants(directory: AccessDirectory, always: readonly string[]): string[] {
  const named = directory.acl.map((entry) => entry.path);
  // What is in a pool has the pool's grants.
  return [...new Set([...always, ...named, ...directory.poolMembers.paths()])].sort();
}
