// Backup jobs: what is backed up when, and which guests no job takes care of.
import { z } from 'zod';
import { defineMethod, type ParamsOf } from './method.ts';
import { boolean, choice, nodeName, string } from './params.ts';
import { brokenFormat } from './property-formats.ts';
import { nothing, replyFlag, subdirectories, taskStarted } from './reply.ts';
import { backupOptions, refusedBackupOptions } from './vzdump.ts';
import { testOptions } from './vzdump-proof.ts';

/** Characters: so long may the id of a job be. */
const longestId = 50;

const jobId = () => string({ pattern: '\\S+', maxLength: longestId });
/** Of a new job: letters, digits, `-` and `_`. The contract gives the limit with the other methods only. */
const newJobId = () =>
  string({ format: 'pve-configid' }, (text) =>
    text.length > longestId
      ? `value may only be ${longestId} characters long`
      : brokenFormat('pve-configid', text),
  );

const mayLook = { check: ['perm', '/', ['Sys.Audit']] } as const;
const mayChange = { check: ['perm', '/', ['Sys.Modify']] } as const;

const jobOptions = {
  ...backupOptions,
  comment: string({ maxLength: 512 }).optional(),
  enabled: boolean({ default: '1' }).optional(),
  node: nodeName().optional(),
  'repeat-missed': boolean({ default: 0 }).optional(),
  schedule: string({ maxLength: 128, format: 'pve-calendar-event' }).optional(),
  /** The older notation of a schedule, with `dow`. */
  starttime: string({ pattern: '\\d{1,2}:\\d{1,2}' }).optional(),
  /** Ends running backups; no job does. */
  stop: boolean({ default: 0 }).optional(),
  /** Croft's own: the guests that have one of these tags. */
  tags: string({ format: 'pve-tag-list' }, (text) => brokenFormat('pve-tag-list', text)).optional(),
  /** Croft's own: when restores of the job's backups are tried, and how. Without a schedule they are only by hand. */
  'test-schedule': string({ maxLength: 128, format: 'pve-calendar-event' }).optional(),
  /** Whose: of each turn the guest that was tried longest ago, or all, one after the other. Each time its newest backup. */
  'test-guests': choice(['one', 'all'], { default: 'one' }).optional(),
  'test-wait': testOptions.wait,
  'test-port': testOptions.port,
  'test-timeout': testOptions.timeout,
  'test-storage': testOptions.storage,
} as const;

const refused = [...refusedBackupOptions, 'stop'] as const;

/** How a run of a job ended, or that it has not. `nothing`: no guest of this node was meant. */
const runState = z.enum(['running', 'ok', 'warnings', 'failed', 'cancelled', 'interrupted', 'nothing']);

const job = z.looseObject({
  id: z.string(),
  type: z.literal('vzdump'),
  schedule: z.string(),
  enabled: replyFlag,
  comment: z.string().optional(),
  /** Seconds since the epoch; missing while the job is disabled, and when it never comes. */
  'next-run': z.number().optional(),
  /** Croft's own, of the newest run on this node: its beginning in seconds since the epoch, task, how it ended, in words too. */
  'last-run': z.number().optional(),
  'last-upid': z.string().optional(),
  'last-state': runState.optional(),
  'last-status': z.string().optional(),
  /** Croft's own, the same of its trying of restores. */
  'test-next-run': z.number().optional(),
  'test-last-run': z.number().optional(),
  'test-last-upid': z.string().optional(),
  'test-last-state': runState.optional(),
  'test-last-status': z.string().optional(),
});
export type BackupJobItem = z.output<typeof job>;

export const listBackupJobs = defineMethod({
  verb: 'GET',
  path: '/cluster/backup',
  summary: 'Backup jobs, with their next and newest runs',
  params: z.object({}),
  returns: z.array(job),
  permission: mayLook,
});

export const createBackupJob = defineMethod({
  verb: 'POST',
  path: '/cluster/backup',
  summary: 'Add a backup job',
  params: z.object({
    ...jobOptions,
    dow: string({
      format: 'pve-day-of-week-list',
      default: 'mon,tue,wed,thu,fri,sat,sun',
      requires: 'starttime',
    }).optional(),
    id: newJobId().optional(),
  }),
  returns: nothing,
  permission: mayChange,
  refuses: refused,
});
export type NewBackupJob = ParamsOf<typeof createBackupJob>;

export const getBackupJob = defineMethod({
  verb: 'GET',
  path: '/cluster/backup/{id}',
  summary: 'One backup job',
  params: z.object({ id: jobId() }),
  returns: job,
  permission: mayLook,
});

export const updateBackupJob = defineMethod({
  verb: 'PUT',
  path: '/cluster/backup/{id}',
  summary: 'Change a backup job; `vmid`, `pool`, `all` and `tags` take each other’s place',
  params: z.object({
    ...jobOptions,
    delete: string({ format: 'pve-configid-list' }).optional(),
    dow: string({ format: 'pve-day-of-week-list', requires: 'starttime' }).optional(),
    id: jobId(),
  }),
  returns: nothing,
  permission: mayChange,
  refuses: refused,
});

export const deleteBackupJob = defineMethod({
  verb: 'DELETE',
  path: '/cluster/backup/{id}',
  summary: 'Remove a backup job; a run of it that is under way goes on, and its backups stay',
  params: z.object({ id: jobId() }),
  returns: nothing,
  permission: mayChange,
});

/** `reason` is in the words of the API: `backup=yes`, `disabled`, `not a volume`, ... */
const includedVolume = z.object({
  id: z.string(),
  name: z.string(),
  included: replyFlag,
  reason: z.string(),
});
const includedGuest = z.object({
  id: z.number(),
  type: z.enum(['qemu', 'lxc', 'unknown']),
  name: z.string().optional(),
  children: z.array(includedVolume).optional(),
});
export type IncludedGuest = z.output<typeof includedGuest>;

export const listIncludedVolumes = defineMethod({
  verb: 'GET',
  path: '/cluster/backup/{id}/included_volumes',
  summary: 'The guests of a job and which of their disks are in the backup, and why the others are not',
  params: z.object({ id: jobId() }),
  returns: z.object({ children: z.array(includedGuest) }),
  permission: mayLook,
});

export const runBackupJob = defineMethod({
  verb: 'POST',
  path: '/cluster/backup/{id}/run',
  summary: 'Runs a job now, also a disabled one; its next time stays. Returns the task',
  params: z.object({ id: jobId() }),
  returns: taskStarted,
  permission: mayChange,
  extension: true,
});

export const testBackupJob = defineMethod({
  verb: 'POST',
  path: '/cluster/backup/{id}/test',
  summary:
    'Tries restores of a job’s backups now, as `test-guests` has it, also without a `test-schedule`. Returns the task',
  params: z.object({ id: jobId() }),
  returns: taskStarted,
  permission: mayChange,
  extension: true,
});

export const indexBackupInfo = defineMethod({
  verb: 'GET',
  path: '/cluster/backup-info',
  summary: 'What is below /cluster/backup-info',
  params: z.object({}),
  returns: subdirectories,
  permission: {},
});

export const listNotBackedUp = defineMethod({
  verb: 'GET',
  path: '/cluster/backup-info/not-backed-up',
  summary: 'Guests that no enabled job backs up',
  params: z.object({}),
  returns: z.array(
    z.object({ vmid: z.number(), type: z.enum(['qemu', 'lxc']), name: z.string().optional() }),
  ),
  permission: mayLook,
});

export const clusterBackupMethods = [
  listBackupJobs,
  createBackupJob,
  getBackupJob,
  updateBackupJob,
  deleteBackupJob,
  listIncludedVolumes,
  runBackupJob,
  testBackupJob,
  indexBackupInfo,
  listNotBackedUp,
] as const;
