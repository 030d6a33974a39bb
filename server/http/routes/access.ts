// Routes of /access: logging in, realms, passwords, grants and effective permissions; users and roles join from their files.
import type { Access } from '../../access/access-service.ts';
import { normalizeAclPath } from '../../access/acl-path.ts';
import { permissionDenied } from '../../access/caller.ts';
import { effectivePermissions } from '../../access/capabilities.ts';
import { splitTokenId } from '../../access/user-id.ts';
import {
  createOneTimePassword,
  createTicket,
  getPermissions,
  getTicket,
  listAccess,
  listAcl,
  listRealms,
  setPassword,
  updateAcl,
} from '../../contract/access.ts';
import { readList } from '../../contract/params.ts';
import { flag } from '../../contract/reply.ts';
import { AppError, invalidInput, notFound } from '../../core/errors.ts';
import { type Caller, type Route, route } from '../route.ts';
import { roleRoutes } from './access-roles.ts';
import { sshKeyRoutes } from './access-ssh-keys.ts';
import { tfaRoutes } from './access-tfa.ts';
import { userRoutes } from './access-users.ts';

/** What the routes need: all of the access part. */
export interface AccessRouteParts {
  readonly access: Access;
}

/** All routes below /access that this version has. */
export function accessRoutes({ access }: AccessRouteParts): Route[] {
  return [
    ...generalRoutes(access),
    ...userRoutes(access),
    ...roleRoutes(access),
    ...tfaRoutes(access),
    ...sshKeyRoutes(access),
  ];
}

const below = ['users', 'groups', 'roles', 'acl', 'domains', 'ticket', 'password', 'permissions', 'tfa'];

function generalRoutes(access: Access): Route[] {
  return [
    route(listAccess, () => below.map((subdir) => ({ subdir }))),
    route(getTicket, () => null),
    route(createTicket, ({ params, address, signal }) => {
      if ((params.path === undefined) !== (params.privs === undefined))
        throw invalidInput({ [params.path === undefined ? 'path' : 'privs']: 'path and privs go together' });
      return access.login.login({
        username: params.username,
        password: params.password,
        realm: params.realm,
        path: params.path,
        privs: params.privs === undefined ? undefined : readList(params.privs),
        otp: params.otp,
        tfaChallenge: params['tfa-challenge'],
        address,
        signal,
      });
    }),
    route(createOneTimePassword, ({ params, address }) => {
      if (address !== 'local')
        throw new AppError('forbidden', 'only on the machine itself, over the local socket');
      if (!access.authenticator.userExists(params.userid)) throw notFound('user', params.userid);
      const { password, until } = access.oneTime.issue(params.userid);
      return { userid: params.userid, password, until: Math.floor(until / 1000) };
    }),
    route(listRealms, () =>
      [...access.directory.realms]
        .map(([realm, { type, comment, default: isDefault }]) => ({
          realm,
          type,
          ...(comment === undefined ? {} : { comment }),
          ...(isDefault === true ? { default: flag(true) } : {}),
        }))
        .sort((a, b) => (a.realm < b.realm ? -1 : 1)),
    ),
    route(setPassword, async ({ params, caller, address, signal }) => {
      await access.passwords.change(caller, {
        userid: params.userid,
        password: params.password,
        confirmation: params['confirmation-password'],
        address,
        signal,
      });
      return null;
    }),
    route(listAcl, ({ caller }) =>
      access.acl.list(caller).map((entry) => ({ ...entry, propagate: flag(entry.propagate) })),
    ),
    route(updateAcl, async ({ params, caller }) => {
      await access.acl.update(caller, {
        path: params.path,
        roles: readList(params.roles),
        users: readList(params.users),
        groups: readList(params.groups),
        tokens: readList(params.tokens),
        propagate: params.propagate,
        remove: params.delete ?? false,
      });
      return null;
    }),
    route(getPermissions, ({ params, caller }) => {
      const path = params.path === undefined ? undefined : normalizeAclPath(params.path);
      if (params.path !== undefined && path === undefined)
        throw invalidInput({ path: `invalid ACL path '${params.path}'` });
      return effectivePermissions(access.directory, permissionsSubject(access, caller, params.userid), path);
    }),
  ];
}

/** Whose permissions are asked about: one's own and those of one's tokens freely, others with `Sys.Audit` on /access. */
function permissionsSubject(access: Access, caller: Caller, wanted: string | undefined): string {
  const own = caller.tokenid ?? caller.userid;
  if (wanted === undefined || wanted === own) return own;
  const owner = splitTokenId(wanted)?.userid ?? wanted;
  const ownToken = caller.tokenid === undefined && owner === caller.userid;
  if (!ownToken && !caller.may('/access', 'Sys.Audit')) throw permissionDenied('/access, Sys.Audit');
  const known = wanted === owner ? access.directory.users : access.directory.tokens;
  if (!known.has(wanted)) throw new AppError('not-found', `no such user ('${wanted}')`);
  return wanted;
}
