// Second factors of users.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, choice, string, userId } from './params.ts';
import { ownOrManagedUser, type PermissionCheck } from './permission.ts';
import { nothing, replyFlag } from './reply.ts';

const seen = [
  'or',
  ['userid-param', 'self'],
  ['userid-group', ['User.Modify', 'Sys.Audit']],
] as const satisfies PermissionCheck;
/** The caller's own, wanted for each change from everybody but root@pam. */
const ownPassword = () => string({ minLength: 5, maxLength: 64 });

const factor = z.object({
  id: z.string(),
  type: z.enum(['totp', 'recovery']),
  description: z.string(),
  /** Seconds since the epoch. */
  created: z.number(),
  enable: replyFlag.optional(),
});

export const listTfa = defineMethod({
  verb: 'GET',
  path: '/access/tfa',
  summary: 'Second factors of all users that the caller may see',
  permission: { user: 'all' },
  params: z.object({}),
  returns: z.array(
    z.object({
      userid: z.string(),
      entries: z.array(factor),
      'totp-locked': replyFlag.optional(),
      /** Seconds since the epoch. */
      'tfa-locked-until': z.number().optional(),
    }),
  ),
});

export const listUserTfa = defineMethod({
  verb: 'GET',
  path: '/access/tfa/{userid}',
  summary: 'Second factors of a user',
  permission: { check: seen },
  params: z.object({ userid: userId() }),
  returns: z.array(factor),
});

export const addTfa = defineMethod({
  verb: 'POST',
  path: '/access/tfa/{userid}',
  summary: 'Add an authenticator app, or make recovery keys: the only answer that holds them',
  permission: { check: ownOrManagedUser },
  params: z.object({
    challenge: string().optional(),
    description: string({ maxLength: 255 }).optional(),
    password: ownPassword().optional(),
    /** `otpauth://totp/...`, as the app was given it. */
    totp: string().optional(),
    type: choice(['totp', 'u2f', 'webauthn', 'recovery', 'yubico']),
    userid: userId(),
    /** A code that the app shows now. */
    value: string().optional(),
  }),
  returns: z.object({ id: z.string(), recovery: z.array(z.string()).optional() }),
  refuses: ['challenge'],
  ticketOnly: true,
});

export const getTfa = defineMethod({
  verb: 'GET',
  path: '/access/tfa/{userid}/{id}',
  summary: 'One second factor of a user',
  permission: { check: seen },
  params: z.object({ id: string(), userid: userId() }),
  returns: factor,
});

export const updateTfa = defineMethod({
  verb: 'PUT',
  path: '/access/tfa/{userid}/{id}',
  summary: 'Rename a second factor, or switch it on and off',
  permission: { check: ownOrManagedUser },
  params: z.object({
    description: string({ maxLength: 255 }).optional(),
    enable: boolean().optional(),
    id: string(),
    password: ownPassword().optional(),
    userid: userId(),
  }),
  returns: nothing,
  ticketOnly: true,
});

export const deleteTfa = defineMethod({
  verb: 'DELETE',
  path: '/access/tfa/{userid}/{id}',
  summary: 'Delete a second factor; `recovery` deletes all recovery keys',
  permission: { check: ownOrManagedUser },
  params: z.object({
    id: string(),
    password: ownPassword().optional(),
    userid: userId(),
  }),
  returns: nothing,
  ticketOnly: true,
});

export const unlockTfa = defineMethod({
  verb: 'PUT',
  path: '/access/users/{userid}/unlock-tfa',
  summary: 'Open second factors that wrong answers have locked; answers whether any were',
  permission: { check: ['userid-group', ['User.Modify']] },
  params: z.object({ userid: userId() }),
  returns: replyFlag,
});

/** The published words are those of an older format; `recovery` is misspelt in the published list. */
export const getTfaTypes = defineMethod({
  verb: 'GET',
  path: '/access/users/{userid}/tfa',
  summary: 'Kinds of second factors that a user has',
  permission: { check: seen },
  params: z.object({
    multiple: boolean({ default: 0 }).optional(),
    userid: userId(),
  }),
  returns: z.object({
    types: z.array(z.enum(['totp', 'recovery'])).optional(),
    user: z.literal('oath').optional(),
  }),
});

export const tfaMethods = [
  listTfa,
  listUserTfa,
  addTfa,
  getTfa,
  updateTfa,
  deleteTfa,
  unlockTfa,
  getTfaTypes,
] as const;
