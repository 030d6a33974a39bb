// Roles and groups.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, string } from './params.ts';
import { nothing, replyFlag } from './reply.ts';

export const listRoles = defineMethod({
  verb: 'GET',
  path: '/access/roles',
  summary: 'Roles and their privileges',
  permission: { user: 'all' },
  params: z.object({}),
  returns: z.array(
    z.object({ roleid: z.string(), privs: z.string().optional(), special: replyFlag.optional() }),
  ),
});

export const createRole = defineMethod({
  verb: 'POST',
  path: '/access/roles',
  summary: 'Create a role',
  permission: { check: ['perm', '/access', ['Sys.Modify']] },
  params: z.object({
    privs: string({ format: 'pve-priv-list' }).optional(),
    roleid: string({ format: 'pve-roleid' }),
  }),
  returns: nothing,
});

export const getRole = defineMethod({
  verb: 'GET',
  path: '/access/roles/{roleid}',
  summary: 'Privileges of a role',
  permission: { user: 'all' },
  params: z.object({
    roleid: string({ format: 'pve-roleid' }),
  }),
  returns: z.record(z.string(), replyFlag),
});

export const updateRole = defineMethod({
  verb: 'PUT',
  path: '/access/roles/{roleid}',
  summary: 'Change a role',
  permission: { check: ['perm', '/access', ['Sys.Modify']] },
  params: z.object({
    append: boolean({ requires: 'privs' }).optional(),
    privs: string({ format: 'pve-priv-list' }).optional(),
    roleid: string({ format: 'pve-roleid' }),
  }),
  returns: nothing,
});

export const deleteRole = defineMethod({
  verb: 'DELETE',
  path: '/access/roles/{roleid}',
  summary: 'Delete a role',
  permission: { check: ['perm', '/access', ['Sys.Modify']] },
  params: z.object({
    roleid: string({ format: 'pve-roleid' }),
  }),
  returns: nothing,
});

export const listGroups = defineMethod({
  verb: 'GET',
  path: '/access/groups',
  summary: 'Groups that the caller may see',
  permission: { user: 'all' },
  params: z.object({}),
  returns: z.array(
    z.object({ groupid: z.string(), comment: z.string().optional(), users: z.string().optional() }),
  ),
});

export const createGroup = defineMethod({
  verb: 'POST',
  path: '/access/groups',
  summary: 'Create a group',
  permission: { check: ['perm', '/access/groups', ['Group.Allocate']] },
  params: z.object({
    comment: string().optional(),
    groupid: string({ format: 'pve-groupid' }),
  }),
  returns: nothing,
});

export const getGroup = defineMethod({
  verb: 'GET',
  path: '/access/groups/{groupid}',
  summary: 'One group and its members',
  permission: { check: ['perm', '/access/groups', ['Sys.Audit', 'Group.Allocate'], 'any', 1] },
  params: z.object({
    groupid: string({ format: 'pve-groupid' }),
  }),
  returns: z.object({ comment: z.string().optional(), members: z.array(z.string()) }),
});

export const updateGroup = defineMethod({
  verb: 'PUT',
  path: '/access/groups/{groupid}',
  summary: 'Change a group',
  permission: { check: ['perm', '/access/groups', ['Group.Allocate']] },
  params: z.object({
    comment: string().optional(),
    groupid: string({ format: 'pve-groupid' }),
  }),
  returns: nothing,
});

export const deleteGroup = defineMethod({
  verb: 'DELETE',
  path: '/access/groups/{groupid}',
  summary: 'Delete a group and its permissions',
  permission: { check: ['perm', '/access/groups', ['Group.Allocate']] },
  params: z.object({
    groupid: string({ format: 'pve-groupid' }),
  }),
  returns: nothing,
});

export const accessRoleMethods = [
  listRoles,
  createRole,
  getRole,
  updateRole,
  deleteRole,
  listGroups,
  createGroup,
  getGroup,
  updateGroup,
  deleteGroup,
] as const;
