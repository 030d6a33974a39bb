// Methods that back guests up: `vzdump` of a node, its defaults, and the configuration inside of a backup.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { array, boolean, choice, integer, nodeName, readList, storageId, string } from './params.ts';
import { propertyCodec, propertyString } from './property-string.ts';
import { pruneBackupsString } from './prune-backups.ts';

/** `fleecing`: where what the guest overwrites during a backup is kept meanwhile. */
export const fleecingString = propertyCodec({
  enabled: { type: 'boolean', optional: true, default: 0, defaultKey: true },
  storage: { type: 'text', format: 'pve-storage-id', optional: true },
});

/** `performance`: how much is done at once. */
export const backupPerformanceString = propertyCodec({
  'max-workers': { type: 'integer', minimum: 1, maximum: 256, optional: true, default: 16 },
  'pbs-entries-max': { type: 'integer', minimum: 1, optional: true, default: 1_048_576 },
});

const vmidList = () =>
  string({ format: 'pve-vmid-list' }, (text) =>
    readList(text).every((id) => /^[1-9][0-9]{2,8}$/.test(id))
      ? undefined
      : 'not a list of numbers of guests',
  ).optional();

/** Of mails: addresses, and users whose address is known. */
const mailList = () =>
  string({ format: 'email-or-username-list' }, (text) =>
    readList(text).every((to) => /^[^\s@,;<>"-][^\s@,;<>"]*(@[^\s@,;<>"]+)?$/.test(to))
      ? undefined
      : 'not a list of mail addresses or users',
  ).optional();

/** All options of a backup, which a job keeps as well (all but `job-id`, `stdout` and `stop`). */
export const backupOptions = {
  all: boolean({ default: 0 }).optional(),
  /** KiB per second; 0 for no limit. */
  bwlimit: integer({ minimum: 0, default: 0 }).optional(),
  compress: choice(['0', '1', 'gzip', 'lzo', 'zstd'], { default: '0' }).optional(),
  dumpdir: string().optional(),
  exclude: vmidList(),
  'exclude-path': array(string()).optional(),
  fleecing: propertyString(fleecingString, { format: 'backup-fleecing' }).optional(),
  ionice: integer({ minimum: 0, maximum: 8, default: 7 }).optional(),
  /** Minutes. */
  lockwait: integer({ minimum: 0, default: 180 }).optional(),
  mailnotification: choice(['always', 'failure'], { default: 'always' }).optional(),
  mailto: mailList(),
  maxfiles: integer({ minimum: 1 }).optional(),
  mode: choice(['snapshot', 'suspend', 'stop'], { default: 'snapshot' }).optional(),
  'notes-template': string({ maxLength: 1024, requires: 'storage' }).optional(),
  'notification-mode': choice(['auto', 'legacy-sendmail', 'notification-system'], {
    default: 'auto',
  }).optional(),
  'pbs-change-detection-mode': choice(['legacy', 'data', 'metadata']).optional(),
  performance: propertyString(backupPerformanceString, { format: 'backup-performance' }).optional(),
  pigz: integer({ default: 0 }).optional(),
  pool: string().optional(),
  protected: boolean({ requires: 'storage' }).optional(),
  'prune-backups': propertyString(pruneBackupsString, {
    format: 'prune-backups',
    default: 'keep-all=1',
  }).optional(),
  quiet: boolean({ default: 0 }).optional(),
  remove: boolean({ default: 1 }).optional(),
  script: string().optional(),
  stdexcludes: boolean({ default: 1 }).optional(),
  /** Minutes. */
  stopwait: integer({ minimum: 0, default: 10 }).optional(),
  storage: storageId().optional(),
  tmpdir: string().optional(),
  vmid: vmidList(),
  zstd: integer({ default: 1 }).optional(),
} as const;

/** What only Proxmox Backup Server knows, and what QEMU would have to be told that writes no archive here. */
export const refusedBackupOptions = ['pbs-change-detection-mode', 'performance'] as const;

export const backupGuests = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/vzdump',
  summary: 'Backs guests up: those of `vmid`, of a `pool`, or `all` but those of `exclude`. Returns a task.',
  params: z.object({
    ...backupOptions,
    'job-id': string({ pattern: '\\S+', maxLength: 50 }).optional(),
    node: nodeName().optional(),
    /** For the command line. */
    stdout: boolean().optional(),
    /** Ends the backups that run on this node instead. */
    stop: boolean({ default: 0 }).optional(),
  }),
  /** `OK` when no guest on this node is meant. */
  returns: z.string(),
  permission: { user: 'all' },
  refuses: refusedBackupOptions,
});

export const getBackupDefaults = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/vzdump/defaults',
  summary: 'What a backup does where nothing else is said, on this node and to this storage.',
  params: z.object({ node: nodeName(), storage: storageId().optional() }),
  returns: z.looseObject({
    mode: z.string(),
    compress: z.string(),
    'prune-backups': z.string().optional(),
  }),
  permission: { user: 'all' },
});

export const extractBackupConfig = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/vzdump/extractconfig',
  summary: 'The configuration of the guest as it is inside of a backup.',
  params: z.object({ node: nodeName(), volume: string() }),
  returns: z.string(),
  permission: { user: 'all' },
});

export const vzdumpMethods = [backupGuests, getBackupDefaults, extractBackupConfig] as const;
