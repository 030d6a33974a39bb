// Routes of /access/tfa: second factors, their locks and their kinds.
import type { Access } from '../../access/access-service.ts';
import type { FactorInfo } from '../../access/two-factor/two-factor-service.ts';
import { flag } from '../../contract/reply.ts';
import {
  addTfa,
  deleteTfa,
  getTfa,
  getTfaTypes,
  listTfa,
  listUserTfa,
  unlockTfa,
  updateTfa,
} from '../../contract/tfa.ts';
import { type ApiRequest, type Route, route } from '../route.ts';

export function tfaRoutes(access: Access): Route[] {
  const { users, twoFactor, factorChanges } = access;
  const factorsOf = (userid: string) => {
    users.get(userid);
    return twoFactor.list(userid);
  };
  return [
    route(listTfa, ({ caller }) =>
      users
        .list(caller)
        .map(({ userid }) => ({
          userid,
          entries: twoFactor.list(userid).map(shown),
          ...locksOf(access, userid),
        }))
        .filter(({ entries }) => entries.length > 0),
    ),
    route(listUserTfa, ({ params }) => factorsOf(params.userid).map(shown)),
    route(addTfa, async (request) => {
      const { type, description, totp: uri, value: code } = request.params;
      const { id, recovery } = await factorChanges.add(asked(request), type, { description, uri, code });
      return { id, ...(recovery === undefined ? {} : { recovery: [...recovery] }) };
    }),
    route(getTfa, ({ params }) => shown(twoFactor.get(params.userid, params.id))),
    route(updateTfa, async (request) => {
      const { id, description, enable } = request.params;
      await factorChanges.update(asked(request), id, { description, enable });
      return null;
    }),
    route(deleteTfa, async (request) => {
      await factorChanges.remove(asked(request), request.params.id);
      return null;
    }),
    route(unlockTfa, async ({ params }) => flag(await twoFactor.unlock(params.userid))),
    route(getTfaTypes, ({ params }) => {
      const types = [...new Set(factorsOf(params.userid).map(({ type }) => type))];
      if (params.multiple === true) return { types };
      return types.includes('totp') ? { user: 'oath' as const } : {};
    }),
  ];
}

/** The locks that hold on a user's second factors, as lists show them. */
export function locksOf(access: Access, userid: string) {
  const { totpLocked, lockedUntil } = access.twoFactor.locks(userid);
  return {
    ...(totpLocked ? { 'totp-locked': flag(true) } : {}),
    ...(lockedUntil === undefined ? {} : { 'tfa-locked-until': lockedUntil }),
  };
}

function asked({
  params,
  caller,
  address,
  signal,
}: ApiRequest<{ userid: string; password?: string | undefined }>) {
  return { caller, userid: params.userid, password: params.password, address, signal };
}

function shown({ enable, ...factor }: FactorInfo) {
  return { ...factor, enable: flag(enable) };
}
