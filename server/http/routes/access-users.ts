// Routes of /access/users: users and their API tokens.
import type { Access } from '../../access/access-service.ts';
import type { UserDocument } from '../../access/documents.ts';
import type { TokenInfo } from '../../access/token-service.ts';
import { splitUserId } from '../../access/user-id.ts';
import {
  createToken,
  createUser,
  deleteToken,
  deleteUser,
  getToken,
  getUser,
  listTokens,
  listUsers,
  updateToken,
  updateUser,
} from '../../contract/access-users.ts';
import { readList } from '../../contract/params.ts';
import { flag } from '../../contract/reply.ts';
import { type Route, route } from '../route.ts';
import { locksOf } from './access-tfa.ts';

export function userRoutes(access: Access): Route[] {
  const { users, tokens, passwords, directory } = access;
  return [
    route(listUsers, ({ params, caller }) =>
      users
        .list(caller)
        .filter(({ user }) => params.enabled === undefined || user.enable === params.enabled)
        .map(({ userid, user }) => ({
          userid,
          ...detailsOf(user),
          ...locksOf(access, userid),
          'realm-type': directory.realms.get(splitUserId(userid)?.realm ?? '')?.type ?? 'unknown',
          ...(params.full === true
            ? { groups: user.groups.join(','), tokens: tokens.list(userid).map(tokenItem) }
            : {}),
        })),
    ),
    route(createUser, async ({ params }) => {
      const hash =
        params.password === undefined
          ? undefined
          : await passwords.hashForNewUser(params.userid, params.password);
      await users.create(params.userid, fieldsOf(params), hash);
      return null;
    }),
    route(getUser, ({ params }) => {
      const user = users.get(params.userid);
      const own = tokens.list(params.userid).map((token) => [token.tokenid, tokenDetails(token)]);
      return {
        ...detailsOf(user),
        groups: [...user.groups],
        ...(own.length > 0 ? { tokens: Object.fromEntries(own) } : {}),
      };
    }),
    route(updateUser, async ({ params, caller }) => {
      await users.update(caller, params.userid, fieldsOf(params), params.append ?? false);
      return null;
    }),
    route(deleteUser, async ({ params }) => {
      await users.delete(params.userid);
      return null;
    }),
    route(listTokens, ({ params }) => tokens.list(params.userid).map(tokenItem)),
    route(getToken, ({ params }) => tokenDetails(tokens.get(params.userid, params.tokenid))),
    route(createToken, async ({ params, caller }) => {
      const made = await tokens.create(caller, params.userid, params.tokenid, params);
      return { 'full-tokenid': made.tokenid, info: tokenDetails(made.info), value: made.secret };
    }),
    route(updateToken, async ({ params, caller }) => {
      const clear = readList(params.delete);
      return tokenDetails(await tokens.update(caller, params.userid, params.tokenid, params, clear));
    }),
    route(deleteToken, async ({ params, caller }) => {
      await tokens.delete(caller, params.userid, params.tokenid);
      return null;
    }),
  ];
}

function detailsOf(user: UserDocument) {
  const { groups: _groups, enable, ...details } = user;
  return { ...details, enable: flag(enable) };
}

function fieldsOf<T extends { groups?: string | undefined }>(params: T) {
  return { ...params, groups: params.groups === undefined ? undefined : readList(params.groups) };
}

function tokenDetails({ tokenid: _tokenid, privsep, ...details }: TokenInfo) {
  return { ...details, privsep: flag(privsep) };
}

function tokenItem(token: TokenInfo) {
  return { tokenid: token.tokenid, ...tokenDetails(token) };
}
