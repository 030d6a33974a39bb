// What the pages about access read, and what the user may do with it. No event tells of changes here: what others do is read
// when the page is looked at again.
import { onCleanup } from 'solid-js';
import type { ApiMap } from '../../../server/contract/index.ts';
import type { Privilege } from '../../../server/contract/permission.ts';
import { api } from '../../api/client.ts';
import { createQuery, type Query } from '../../api/query.ts';
import { t } from '../../i18n/index.ts';
import { holds, holdsSomewhere } from './rights.ts';

export type User = ApiMap['GET /access/users']['reply'][number];
export type Group = ApiMap['GET /access/groups']['reply'][number];
export type Role = ApiMap['GET /access/roles']['reply'][number];
export type Pool = ApiMap['GET /pools']['reply'][number];
export type PoolMember = NonNullable<Pool['members']>[number];
export type Factor = ApiMap['GET /access/tfa/{userid}']['reply'][number];
export type TokenDetails = ApiMap['GET /access/users/{userid}/token']['reply'][number];

function readAgainWhenSeen<T>(query: Query<T>): Query<T> {
  const look = () => {
    if (document.visibilityState === 'visible') query.reload();
  };
  document.addEventListener('visibilitychange', look);
  onCleanup(() => document.removeEventListener('visibilitychange', look));
  return query;
}

const createList = <T>(read: () => Promise<T>) => readAgainWhenSeen(createQuery(() => ({}), read));

export const createUsers = () => createList(() => api('GET /access/users', { full: true }));
export const createGroups = () => createList(() => api('GET /access/groups', {}));
export const createRoles = () => createList(() => api('GET /access/roles', {}));
export const createGrants = () => createList(() => api('GET /access/acl', {}));
export const createFactors = () => createList(() => api('GET /access/tfa', {}));
export const createPools = () => createList(() => api('GET /pools', {}));
export const createRealms = () => createList(() => api('GET /access/domains', {}));

export interface OwnRights {
  /** Why what needs the privilege on the path cannot be done; undefined when it can. */
  readonly lacking: (path: string, ...anyOf: readonly [Privilege, ...Privilege[]]) => string | undefined;
  /** As `lacking`, but the privilege on anything below the path is enough. */
  readonly lackingBelow: (path: string, privilege: Privilege) => string | undefined;
}

/** What the user may do; until that is known nothing is refused here, the daemon does. */
export function createOwnRights(): OwnRights {
  const held = createList(() => api('GET /access/permissions', {}));
  return {
    lacking(path, ...anyOf) {
      const table = held.data();
      if (table === undefined || anyOf.some((one) => holds(table, path, one))) return undefined;
      return t(anyOf.length > 1 ? 'error.missingAny' : 'error.missing', {
        privilege: anyOf.join(', '),
        path,
      });
    },
    lackingBelow(path, privilege) {
      const table = held.data();
      if (table === undefined || holdsSomewhere(table, path, privilege)) return undefined;
      return t('error.missing', { privilege, path });
    },
  };
}

/** The ids of a list with commas between them. */
export const listOf = (text: string | undefined): string[] => (text ?? '').split(',').filter(Boolean);

/** Wrong codes have locked the second factor. */
export const isLocked = (user: User): boolean =>
  user['totp-locked'] === 1 || (user['tfa-locked-until'] ?? 0) > Date.now() / 1000;
