// Logging in, realms, the permission table and passwords.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, string, userId } from './params.ts';
import { nothing, replyFlag, subdirectories } from './reply.ts';

/** What logging in answers; `NeedTFA` when a second factor is wanted, whose challenge is then in `ticket`. */
const loginReply = z.object({
  username: z.string(),
  ticket: z.string().optional(),
  CSRFPreventionToken: z.string().optional(),
  clustername: z.string().optional(),
  cap: z.record(z.string(), z.record(z.string(), replyFlag)).optional(),
  NeedTFA: replyFlag.optional(),
});

export const listAccess = defineMethod({
  verb: 'GET',
  path: '/access',
  summary: 'What is below /access',
  permission: { user: 'all' },
  params: z.object({}),
  returns: subdirectories,
});

export const getTicket = defineMethod({
  verb: 'GET',
  path: '/access/ticket',
  summary: 'A place for log-in pages to point at; answers nothing',
  permission: { user: 'world' },
  params: z.object({}),
  returns: nothing,
});

export const createTicket = defineMethod({
  verb: 'POST',
  path: '/access/ticket',
  summary: 'Log in, renew a ticket, or check a password',
  permission: { user: 'world' },
  params: z.object({
    'new-format': boolean({ default: 1 }).optional(),
    otp: string().optional(),
    password: string(),
    path: string({ maxLength: 64, requires: 'privs' }).optional(),
    privs: string({ format: 'pve-priv-list', maxLength: 64, requires: 'path' }).optional(),
    realm: string({ format: 'pve-realm', maxLength: 32 }).optional(),
    'tfa-challenge': string().optional(),
    username: string({ maxLength: 64 }),
  }),
  returns: loginReply,
  ticketOnly: true,
});

export const createOneTimePassword = defineMethod({
  verb: 'POST',
  path: '/access/one-time-password',
  summary: 'A password that logs a user in once, within ten minutes; only over the local socket',
  permission: { check: ['perm', '/', ['Sys.Modify', 'Permissions.Modify']] },
  params: z.object({ userid: userId() }),
  returns: z.object({ userid: z.string(), password: z.string(), until: z.number() }),
  extension: true,
});

export const listRealms = defineMethod({
  verb: 'GET',
  path: '/access/domains',
  summary: 'Realms that users log in to',
  permission: { user: 'world' },
  params: z.object({}),
  returns: z.array(
    z.object({
      realm: z.string(),
      type: z.string(),
      comment: z.string().optional(),
      default: replyFlag.optional(),
      tfa: z.string().optional(),
    }),
  ),
});

export const setPassword = defineMethod({
  verb: 'PUT',
  path: '/access/password',
  summary: 'Change a password',
  permission: {
    check: [
      'or',
      ['userid-param', 'self'],
      ['and', ['userid-param', 'Realm.AllocateUser'], ['userid-group', ['User.Modify']]],
    ],
  },
  params: z.object({
    'confirmation-password': string({ maxLength: 64, minLength: 5 }).optional(),
    password: string({ maxLength: 64, minLength: 8 }),
    userid: userId(),
  }),
  returns: nothing,
});

export const listAcl = defineMethod({
  verb: 'GET',
  path: '/access/acl',
  summary: 'Who has which role where',
  permission: { user: 'all' },
  params: z.object({}),
  returns: z.array(
    z.object({
      path: z.string(),
      roleid: z.string(),
      type: z.enum(['user', 'group', 'token']),
      ugid: z.string(),
      propagate: replyFlag.optional(),
    }),
  ),
});

export const updateAcl = defineMethod({
  verb: 'PUT',
  path: '/access/acl',
  summary: 'Give or take roles on a path',
  permission: { check: ['perm-modify', '{path}'] },
  params: z.object({
    delete: boolean().optional(),
    groups: string({ format: 'pve-groupid-list' }).optional(),
    path: string(),
    propagate: boolean({ default: 1 }).default(true),
    roles: string({ format: 'pve-roleid-list' }),
    tokens: string({ format: 'pve-tokenid-list' }).optional(),
    users: string({ format: 'pve-userid-list' }).optional(),
  }),
  returns: nothing,
});

export const getPermissions = defineMethod({
  verb: 'GET',
  path: '/access/permissions',
  summary: 'Effective privileges of a user or token, path by path',
  permission: { user: 'all' },
  params: z.object({
    path: string().optional(),
    userid: string({
      pattern:
        '(?^:^(?^:[^\\s:/]+)\\@(?^:[A-Za-z][A-Za-z0-9\\.\\-_]+)(?:!(?^:[A-Za-z][A-Za-z0-9\\.\\-_]+))?$)',
    }).optional(),
  }),
  returns: z.record(z.string(), z.record(z.string(), replyFlag)),
});

export const accessMethods = [
  listAccess,
  getTicket,
  createTicket,
  createOneTimePassword,
  listRealms,
  setPassword,
  listAcl,
  updateAcl,
  getPermissions,
] as const;
