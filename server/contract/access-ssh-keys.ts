// A user's library of SSH public keys: Croft's own.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { string, userId } from './params.ts';
import { ownOrManagedUser } from './permission.ts';
import { nothing } from './reply.ts';

export const listSshKeys = defineMethod({
  verb: 'GET',
  path: '/access/users/{userid}/ssh-keys',
  summary: "A user's SSH public keys, to pick from",
  permission: { check: ownOrManagedUser },
  params: z.object({ userid: userId() }),
  returns: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      comment: z.string(),
      fingerprint: z.string(),
      key: z.string(),
    }),
  ),
  extension: true,
});

export const addSshKeys = defineMethod({
  verb: 'POST',
  path: '/access/users/{userid}/ssh-keys',
  summary: 'Add SSH public keys: one, or a text of one a line, whose comments name them',
  permission: { check: ownOrManagedUser },
  params: z.object({
    userid: userId(),
    key: string({ maxLength: 128 * 1024 }),
    name: string({ maxLength: 64 }).optional(),
  }),
  returns: z.object({ added: z.array(z.string()), known: z.array(z.string()) }),
  extension: true,
});

export const deleteSshKey = defineMethod({
  verb: 'DELETE',
  path: '/access/users/{userid}/ssh-keys/{name}',
  summary: 'Take an SSH public key out of the library; guests that have it keep it',
  permission: { check: ownOrManagedUser },
  params: z.object({ userid: userId(), name: string({ maxLength: 64 }) }),
  returns: nothing,
  extension: true,
});

export const sshKeyMethods = [listSshKeys, addSshKeys, deleteSshKey] as const;
