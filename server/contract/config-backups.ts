// Backups of the configuration of the datacenter and its node: made, compared with what is now, restored item by item.
import { z } from 'zod';
import { defineMethod, type ParamsOf, type ReplyOf } from './method.ts';
import { array, boolean, storageId, string } from './params.ts';
import { nothing, replyFlag, taskStarted } from './reply.ts';

/** Characters of a passphrase, at least and at most. */
export const passphraseLengths = { least: 10, most: 256 } as const;

/** What an item is; append-only, as pages have words for each. */
export const configAreas = [
  'guest',
  'storage',
  'job',
  'notification',
  'pool',
  'user',
  'group',
  'role',
  'permission',
  'token',
  'password',
  'two-factor',
  'ssh-keys',
  'realm',
  'datacenter',
  'node',
  'file',
  'other',
] as const;
export type ConfigArea = (typeof configAreas)[number];

/** Of a backup and now: `missing` is in the backup only, `new` is there only now. */
export const configStates = ['same', 'changed', 'missing', 'new'] as const;

const configBackup = z.object({
  volid: z.string(),
  storage: z.string(),
  /** The node that made it. */
  node: z.string(),
  /** When, in seconds since the epoch. */
  time: z.number(),
  size: z.number(),
  protected: replyFlag,
  /** Written by people. */
  notes: z.string().optional(),
});
export type ConfigBackupItem = z.output<typeof configBackup>;

/** Differing values, as text; of a secret only that it differs. `kept`: a restore leaves it as it is. */
const configField = z.object({
  name: z.string(),
  backup: z.string().optional(),
  now: z.string().optional(),
  secret: replyFlag.optional(),
  kept: replyFlag.optional(),
});
export type ConfigField = z.output<typeof configField>;

const configItem = z.object({
  /** As `items` of a restore has it, with `digest` after an `@`. */
  id: z.string(),
  area: z.enum(configAreas),
  /** As people know it: `100`, `anna@pve`, `/etc/hosts`. */
  name: z.string(),
  /** A guest's name, a comment. Hostile to whoever shows it. */
  title: z.string().optional(),
  state: z.enum(configStates),
  /** Of the item as it is now. */
  digest: z.string(),
  fields: z.array(configField),
  /** Why it cannot be restored. */
  refused: z.string().optional(),
  /** What restoring it might do that is not expected. */
  danger: z.string().optional(),
  /** Ids of items that must be there, or be restored with it. */
  needs: z.array(z.string()).optional(),
});
export type ConfigItem = z.output<typeof configItem>;

const mayLook = { check: ['perm', '/', ['Sys.Audit']] } as const;
const mayMake = { check: ['perm', '/', ['Sys.Modify']] } as const;
/** It shows, and can set, what everybody may do: whoever asks must be able to do all of it anyway. */
const mayEverything = {
  check: [
    'perm',
    '/',
    ['Sys.Modify', 'Permissions.Modify', 'User.Modify', 'VM.Allocate', 'Datastore.Allocate'],
  ],
} as const;

const volume = () => string({ maxLength: 400 });
const passphrase = () => string({ maxLength: passphraseLengths.most });

export const listConfigBackups = defineMethod({
  verb: 'GET',
  path: '/cluster/config-backups',
  summary: 'Backups of the configuration on all storages for backups, the newest first',
  params: z.object({}),
  returns: z.object({
    backups: z.array(configBackup),
    /** Storages that could not be asked, and why. */
    problems: z.array(z.object({ storage: z.string(), problem: z.string() })),
    /** 1: there is a passphrase, and secrets are in new backups, encrypted by it. 0: they are not in them. */
    secrets: replyFlag,
    /** So many stay on a storage; older ones of the same node go. */
    keep: z.number(),
  }),
  permission: mayLook,
  extension: true,
});

export const createConfigBackup = defineMethod({
  verb: 'POST',
  path: '/cluster/config-backups',
  summary: 'Back the configuration up to a storage now. Returns the task',
  params: z.object({ storage: storageId() }),
  returns: taskStarted,
  permission: mayMake,
  extension: true,
});

export const setConfigPassphrase = defineMethod({
  verb: 'PUT',
  path: '/cluster/config-backups/passphrase',
  summary:
    'Set the passphrase that secrets in new backups are encrypted by, or take it away: then they are left out',
  params: z.object({
    passphrase: passphrase().optional(),
    delete: boolean({ default: 0 }).optional(),
  }),
  returns: nothing,
  permission: mayEverything,
  extension: true,
});

export const compareConfigBackup = defineMethod({
  verb: 'POST',
  path: '/cluster/config-backups/compare',
  summary: 'What differs between a backup of the configuration and now, item by item. Changes nothing',
  params: z.object({
    volume: volume(),
    passphrase: passphrase().optional(),
    /** Also items that are the same. */
    all: boolean({ default: 0 }).optional(),
  }),
  returns: z.object({
    node: z.string(),
    time: z.number(),
    /** Croft's, that made it. */
    version: z.string(),
    /** `none`: not in the backup; `sealed`: encrypted, no passphrase was given; `open`: compared too. */
    secrets: z.enum(['none', 'sealed', 'open']),
    /** How many items are as they were. */
    same: z.number(),
    items: z.array(configItem),
  }),
  permission: mayEverything,
  extension: true,
});
export type ConfigComparison = ReplyOf<typeof compareConfigBackup>;

export const restoreConfigItems = defineMethod({
  verb: 'POST',
  path: '/cluster/config-backups/restore',
  summary: 'Bring chosen items back to what they are in a backup, all of them or none. Returns the task',
  params: z.object({
    volume: volume(),
    passphrase: passphrase().optional(),
    /** `<id>@<digest>`, both from the comparison: what changed since then is not written over. */
    items: array(string({ maxLength: 700 })),
  }),
  returns: taskStarted,
  permission: mayEverything,
  extension: true,
});
export type ConfigRestoreWish = ParamsOf<typeof restoreConfigItems>;

export const configBackupMethods = [
  listConfigBackups,
  createConfigBackup,
  setConfigPassphrase,
  compareConfigBackup,
  restoreConfigItems,
] as const;
