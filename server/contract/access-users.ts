// Users and their API tokens.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, integer, string, userId } from './params.ts';
import { ownOrManagedUser } from './permission.ts';
import { nothing, replyFlag } from './reply.ts';

const userFields = {
  comment: z.string().optional(),
  email: z.string().optional(),
  enable: replyFlag.optional(),
  expire: z.number().optional(),
  firstname: z.string().optional(),
  lastname: z.string().optional(),
  keys: z.string().optional(),
};

/** A token as lists show it; its secret is never shown again. */
const tokenFields = {
  comment: z.string().optional(),
  expire: z.number().optional(),
  privsep: replyFlag.optional(),
};

const tokenName = () => string({ pattern: '(?^:[A-Za-z][A-Za-z0-9\\.\\-_]+)' });

export const listUsers = defineMethod({
  verb: 'GET',
  path: '/access/users',
  summary: 'Users that the caller may see',
  permission: { user: 'all' },
  params: z.object({
    enabled: boolean().optional(),
    full: boolean({ default: 0 }).optional(),
  }),
  returns: z.array(
    z.object({
      userid: z.string(),
      ...userFields,
      groups: z.string().optional(),
      'realm-type': z.string().optional(),
      'tfa-locked-until': z.number().optional(),
      'totp-locked': replyFlag.optional(),
      tokens: z.array(z.object({ tokenid: z.string(), ...tokenFields })).optional(),
    }),
  ),
});

export const createUser = defineMethod({
  verb: 'POST',
  path: '/access/users',
  summary: 'Create a user',
  permission: {
    check: [
      'and',
      ['userid-param', 'Realm.AllocateUser'],
      ['userid-group', ['User.Modify'], 'groups_param', 'create'],
    ],
  },
  params: z.object({
    comment: string({ maxLength: 2048 }).optional(),
    email: string({ format: 'email-opt', maxLength: 254 }).optional(),
    enable: boolean({ default: 1 }).optional(),
    expire: integer({ minimum: 0 }).optional(),
    firstname: string({ maxLength: 1024 }).optional(),
    groups: string({ format: 'pve-groupid-list' }).optional(),
    keys: string({ pattern: '[0-9a-zA-Z!=]{0,4096}' }).optional(),
    lastname: string({ maxLength: 1024 }).optional(),
    password: string({ maxLength: 64, minLength: 8 }).optional(),
    userid: userId(),
  }),
  returns: nothing,
  refuses: ['keys'],
});

export const getUser = defineMethod({
  verb: 'GET',
  path: '/access/users/{userid}',
  summary: 'One user',
  permission: { check: ['userid-group', ['User.Modify', 'Sys.Audit']] },
  params: z.object({
    userid: userId(),
  }),
  returns: z.object({
    ...userFields,
    groups: z.array(z.string()).optional(),
    tokens: z.record(z.string(), z.object(tokenFields)).optional(),
  }),
});

export const updateUser = defineMethod({
  verb: 'PUT',
  path: '/access/users/{userid}',
  summary: 'Change a user',
  permission: { check: ['userid-group', ['User.Modify'], 'groups_param', 'update'] },
  params: z.object({
    append: boolean({ requires: 'groups' }).optional(),
    comment: string({ maxLength: 2048 }).optional(),
    email: string({ format: 'email-opt', maxLength: 254 }).optional(),
    enable: boolean({ default: 1 }).optional(),
    expire: integer({ minimum: 0 }).optional(),
    firstname: string({ maxLength: 1024 }).optional(),
    groups: string({ format: 'pve-groupid-list' }).optional(),
    keys: string({ pattern: '[0-9a-zA-Z!=]{0,4096}' }).optional(),
    lastname: string({ maxLength: 1024 }).optional(),
    userid: userId(),
  }),
  returns: nothing,
  refuses: ['keys'],
});

export const deleteUser = defineMethod({
  verb: 'DELETE',
  path: '/access/users/{userid}',
  summary: 'Delete a user with its tokens and permissions',
  permission: { check: ['and', ['userid-param', 'Realm.AllocateUser'], ['userid-group', ['User.Modify']]] },
  params: z.object({
    userid: userId(),
  }),
  returns: nothing,
});

export const listTokens = defineMethod({
  verb: 'GET',
  path: '/access/users/{userid}/token',
  summary: 'API tokens of a user',
  permission: { check: ownOrManagedUser },
  params: z.object({
    userid: userId(),
  }),
  returns: z.array(z.object({ tokenid: z.string(), ...tokenFields })),
});

export const getToken = defineMethod({
  verb: 'GET',
  path: '/access/users/{userid}/token/{tokenid}',
  summary: 'One API token, without its secret',
  permission: { check: ownOrManagedUser },
  params: z.object({
    tokenid: tokenName(),
    userid: userId(),
  }),
  returns: z.object(tokenFields),
});

export const createToken = defineMethod({
  verb: 'POST',
  path: '/access/users/{userid}/token/{tokenid}',
  summary: 'Create an API token; the only answer that holds its secret',
  permission: { check: ownOrManagedUser },
  params: z.object({
    comment: string().optional(),
    expire: integer({ default: 'same as user', minimum: 0 }).optional(),
    privsep: boolean({ default: 1 }).optional(),
    tokenid: tokenName(),
    userid: userId(),
  }),
  returns: z.object({ 'full-tokenid': z.string(), info: z.object(tokenFields), value: z.string() }),
});

export const updateToken = defineMethod({
  verb: 'PUT',
  path: '/access/users/{userid}/token/{tokenid}',
  summary: 'Change an API token',
  permission: { check: ownOrManagedUser },
  params: z.object({
    comment: string().optional(),
    delete: string({ format: 'pve-configid-list' }).optional(),
    expire: integer({ default: 'same as user', minimum: 0 }).optional(),
    privsep: boolean({ default: 1 }).optional(),
    tokenid: tokenName(),
    userid: userId(),
  }),
  returns: z.object(tokenFields),
});

export const deleteToken = defineMethod({
  verb: 'DELETE',
  path: '/access/users/{userid}/token/{tokenid}',
  summary: 'Delete an API token',
  permission: { check: ownOrManagedUser },
  params: z.object({
    tokenid: tokenName(),
    userid: userId(),
  }),
  returns: nothing,
});

export const accessUserMethods = [
  listUsers,
  createUser,
  getUser,
  updateUser,
  deleteUser,
  listTokens,
  getToken,
  createToken,
  updateToken,
  deleteToken,
] as const;
