// Routes of /access/roles and /access/groups.
import type { Access } from '../../access/access-service.ts';
import {
  createGroup,
  createRole,
  deleteGroup,
  deleteRole,
  getGroup,
  getRole,
  listGroups,
  listRoles,
  updateGroup,
  updateRole,
} from '../../contract/access-roles.ts';
import { readList } from '../../contract/params.ts';
import { flag } from '../../contract/reply.ts';
import { type Route, route } from '../route.ts';

export function roleRoutes(access: Access): Route[] {
  const { roles, groups } = access;
  return [
    route(listRoles, () =>
      roles.list().map(({ roleid, privs, special }) => ({
        roleid,
        privs: privs.join(','),
        special: flag(special),
      })),
    ),
    route(createRole, async ({ params }) => {
      await roles.create(params.roleid, readList(params.privs));
      return null;
    }),
    route(getRole, ({ params }) =>
      Object.fromEntries(roles.get(params.roleid).privs.map((privilege) => [privilege, flag(true)])),
    ),
    route(updateRole, async ({ params }) => {
      await roles.update(params.roleid, readList(params.privs), params.append ?? false);
      return null;
    }),
    route(deleteRole, async ({ params }) => {
      await roles.delete(params.roleid);
      return null;
    }),
    route(listGroups, ({ caller }) =>
      groups.list(caller).map(({ groupid, comment, members }) => ({
        groupid,
        ...(comment === undefined ? {} : { comment }),
        users: members.join(','),
      })),
    ),
    route(createGroup, async ({ params }) => {
      await groups.create(params.groupid, params.comment);
      return null;
    }),
    route(getGroup, ({ params }) => {
      const { comment, members } = groups.get(params.groupid);
      return { ...(comment === undefined ? {} : { comment }), members: [...members] };
    }),
    route(updateGroup, async ({ params }) => {
      await groups.update(params.groupid, params.comment);
      return null;
    }),
    route(deleteGroup, async ({ params }) => {
      await groups.delete(params.groupid);
      return null;
    }),
  ];
}
