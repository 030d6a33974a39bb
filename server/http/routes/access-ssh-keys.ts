// Routes of /access/users/{userid}/ssh-keys.
import type { Access } from '../../access/access-service.ts';
import { addSshKeys, deleteSshKey, listSshKeys } from '../../contract/access-ssh-keys.ts';
import { type Route, route } from '../route.ts';

export function sshKeyRoutes({ sshKeys }: Access): Route[] {
  return [
    route(listSshKeys, ({ params }) =>
      sshKeys
        .list(params.userid)
        .map(({ name, type, comment, fingerprint, key }) => ({ name, type, comment, fingerprint, key })),
    ),
    route(addSshKeys, ({ params, caller }) => sshKeys.add(caller, params.userid, params.key, params.name)),
    route(deleteSshKey, async ({ params, caller }) => {
      await sshKeys.delete(caller, params.userid, params.name);
      return null;
    }),
  ];
}
