// A backup job as its dialog has it: read from the API, checked, and written back with what has to go. Pure.
import type { BackupJobItem, NewBackupJob } from '../../server/contract/cluster-backup.ts';
import { type KeepRule, keepRules } from '../../server/contract/prune-backups.ts';
import { keepsAll, readKept } from './keep-backups.ts';
import { isAtLeast } from './plain-rules.ts';
import { keepOption, keepTexts } from './prune-choice.ts';
import {
  checkJobTry,
  type JobTryForm,
  jobTryFacts,
  jobTryOptions,
  jobTryParams,
  newJobTry,
  readJobTry,
  type TryProblem,
} from './try-restore.ts';

/** How a job says which guests it means. */
export const guestChoices = ['all', 'except', 'chosen', 'pool', 'tags'] as const;
export type GuestChoice = (typeof guestChoices)[number];
export const backupModes = ['snapshot', 'suspend', 'stop'] as const;
export const compressions = ['zstd', 'gzip', 'lzo', '0'] as const;

export interface BackupJobForm extends JobTryForm {
  readonly guests: GuestChoice;
  /** Numbers of guests. */
  readonly chosen: readonly string[];
  /** Those that are left out of all, of a pool, of those with a tag. */
  readonly except: readonly string[];
  readonly pool: string;
  readonly tags: readonly string[];
  /** Empty: any. */
  readonly node: string;
  readonly storage: string;
  readonly schedule: string;
  readonly mode: (typeof backupModes)[number];
  readonly compress: (typeof compressions)[number];
  /** As the storage says, everything, or the counts. */
  readonly keep: 'storage' | 'all' | 'counts';
  readonly counts: Readonly<Record<KeepRule, string>>;
  readonly notes: string;
  readonly protected: boolean;
  readonly repeatMissed: boolean;
  readonly enabled: boolean;
  readonly comment: string;
  /** MiB per second; empty: as fast as it goes. */
  readonly limitMib: string;
  /** Where the blocks that guests overwrite meanwhile are kept; empty: on the node's own disk. */
  readonly fleecing: string;
}

const noCounts = Object.fromEntries(keepRules.map((rule) => [rule, ''])) as Record<KeepRule, string>;

export const newBackupJob: BackupJobForm = {
  ...{ guests: 'all', chosen: [], except: [], pool: '', tags: [], node: '', storage: '' },
  ...{ schedule: '21:00', mode: 'snapshot', compress: 'zstd', keep: 'storage', counts: noCounts },
  ...{ notes: '{{guestname}}', protected: false, repeatMissed: false, enabled: true, comment: '' },
  ...{ limitMib: '', fleecing: '' },
  ...newJobTry,
};

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';
const list = (value: unknown): string[] =>
  text(value)
    .split(/[\s,;]+/)
    .filter(Boolean);
const isSet = (value: unknown): boolean => value === 1 || value === '1' || value === true;

/** Options of a job in the API that say which guests; each with what the form calls it. */
export function guestChoiceOf(job: BackupJobItem): GuestChoice {
  if (text(job['vmid']) !== '') return 'chosen';
  if (text(job['pool']) !== '') return 'pool';
  if (text(job['tags']) !== '') return 'tags';
  return text(job['exclude']) === '' ? 'all' : 'except';
}

/** Who a job means, in the form's words. */
export function guestsOfJob(
  job: BackupJobItem,
): Pick<BackupJobForm, 'guests' | 'chosen' | 'except' | 'pool' | 'tags' | 'node'> {
  return {
    guests: guestChoiceOf(job),
    chosen: list(job['vmid']),
    except: list(job['exclude']),
    pool: text(job['pool']),
    tags: list(job['tags']),
    node: text(job['node']),
  };
}

const oneOf = <T extends string>(words: readonly T[], value: string, otherwise: T): T =>
  words.find((word) => word === value) ?? otherwise;

export function readBackupJob(job: BackupJobItem): BackupJobForm {
  const kept = readKept(job['prune-backups']);
  const fleecing = job['fleecing'] as { enabled?: unknown; storage?: unknown } | undefined;
  const compress = text(job['compress']);
  return {
    ...guestsOfJob(job),
    storage: text(job['storage']),
    schedule: job.schedule,
    mode: oneOf(backupModes, text(job['mode']), 'snapshot'),
    // `1` is what it was before there were names.
    compress: compress === '1' ? 'lzo' : oneOf(compressions, compress, '0'),
    keep: kept === undefined ? 'storage' : keepsAll(kept) ? 'all' : 'counts',
    counts: {
      ...noCounts,
      ...Object.fromEntries(Object.entries(kept ?? {}).map(([rule, n]) => [rule, String(n)])),
    },
    notes: text(job['notes-template']),
    protected: isSet(job['protected']),
    repeatMissed: isSet(job['repeat-missed']),
    enabled: isSet(job.enabled),
    comment: job.comment ?? '',
    limitMib: renderMib(Number(job['bwlimit'] ?? 0)),
    fleecing: isSet(fleecing?.enabled) ? text(fleecing?.storage) : '',
    ...readJobTry(job),
  };
}

const keepEverything = 'keep-all=1';
const kibPerMib = 1024;

function renderMib(kib: number): string {
  return kib > 0 ? String(Number((kib / kibPerMib).toFixed(3))) : '';
}

/** KiB per second; undefined for what is no rate. */
function readMib(rate: string): number | undefined {
  const trimmed = rate.trim().replace(',', '.');
  if (trimmed === '') return 0;
  const kib = /^\d{1,9}(\.\d{1,6})?$/.test(trimmed) ? Math.round(Number(trimmed) * kibPerMib) : 0;
  return kib > 0 ? kib : undefined;
}

export type BackupJobProblem =
  | 'guests'
  | 'pool'
  | 'tags'
  | 'storage'
  | 'schedule'
  | 'count'
  | 'keepSome'
  | 'rate'
  | 'oneLine'
  | 'tooLong'
  | TryProblem;
/** The fields of the form, and each of the counts. */
export type BackupJobProblems = Partial<Record<keyof BackupJobForm | KeepRule, BackupJobProblem>>;

const longestNotes = 1024;
const longestComment = 512;

/** What would certainly be refused, or would do what nobody means. */
export function checkBackupJob(form: BackupJobForm): BackupJobProblems {
  const wrong: BackupJobProblems = {};
  if (form.guests === 'chosen' && form.chosen.length === 0) wrong.chosen = 'guests';
  if (form.guests === 'except' && form.except.length === 0) wrong.except = 'guests';
  if (form.guests === 'pool' && form.pool === '') wrong.pool = 'pool';
  if (form.guests === 'tags' && form.tags.length === 0) wrong.tags = 'tags';
  if (form.storage === '') wrong.storage = 'storage';
  if (form.schedule.trim() === '') wrong.schedule = 'schedule';
  if (form.keep === 'counts') {
    for (const rule of keepRules)
      if (form.counts[rule].trim() !== '' && !isAtLeast(form.counts[rule], 0)) wrong[rule] = 'count';
    if (keepRules.every((rule) => Number(form.counts[rule]) === 0)) wrong['keep-last'] = 'keepSome';
  }
  if (readMib(form.limitMib) === undefined) wrong.limitMib = 'rate';
  if (/[\r\n]/.test(form.notes)) wrong.notes = 'oneLine';
  else if (form.notes.length > longestNotes) wrong.notes = 'tooLong';
  if (form.comment.length > longestComment) wrong.comment = 'tooLong';
  return { ...wrong, ...checkJobTry(form) };
}

/** Options that the dialog decides about. What else a job has stays as it is. */
const ownOptions = [
  ...(['vmid', 'pool', 'tags', 'all', 'exclude', 'node', 'storage', 'schedule', 'mode', 'compress'] as const),
  ...(['prune-backups', 'notes-template', 'protected', 'repeat-missed', 'enabled', 'comment'] as const),
  ...(['bwlimit', 'fleecing'] as const),
  ...jobTryOptions,
];
type OwnOption = (typeof ownOptions)[number];
/** What the API says of a job beside its options. */
const facts = [
  ...['id', 'type', 'next-run', 'last-run', 'last-upid', 'last-state', 'last-status', 'digest'],
  ...jobTryFacts,
];

/** The options of a new job. */
export function newJobParams(form: BackupJobForm): Pick<NewBackupJob, OwnOption> {
  const limit = readMib(form.limitMib) ?? 0;
  const kept = keptParam(form);
  return {
    ...guestParams(form),
    ...(form.node === '' ? {} : { node: form.node }),
    storage: form.storage,
    schedule: form.schedule.trim(),
    mode: form.mode,
    compress: form.compress,
    ...(kept === undefined ? {} : { 'prune-backups': kept }),
    ...(form.notes.trim() === '' ? {} : { 'notes-template': form.notes.trim() }),
    ...(form.protected ? { protected: true } : {}),
    ...(form.repeatMissed ? { 'repeat-missed': true } : {}),
    enabled: form.enabled,
    ...(form.comment.trim() === '' ? {} : { comment: form.comment.trim() }),
    ...(limit === 0 ? {} : { bwlimit: limit }),
    ...(form.fleecing === '' ? {} : { fleecing: `enabled=1,storage=${form.fleecing}` }),
    ...jobTryParams(form),
  };
}

/** The parameters of a change: all that is set, and the names of what the job has and is to have no more. */
export function changedJobParams(form: BackupJobForm, before: BackupJobItem) {
  const params = newJobParams(form);
  const gone = ownOptions.filter((name) => before[name] !== undefined && params[name] === undefined);
  return { ...params, ...(gone.length === 0 ? {} : { delete: gone.join(',') }) };
}

function guestParams(form: BackupJobForm): Pick<NewBackupJob, 'vmid' | 'pool' | 'tags' | 'all' | 'exclude'> {
  const exclude = form.except.length === 0 ? {} : { exclude: byNumber(form.except) };
  switch (form.guests) {
    case 'all':
      return { all: true };
    case 'except':
      return { all: true, ...exclude };
    case 'chosen':
      return { vmid: byNumber(form.chosen) };
    case 'pool':
      return { pool: form.pool, ...exclude };
    case 'tags':
      return { tags: form.tags.join(','), ...exclude };
  }
}

const byNumber = (vmids: readonly string[]) => [...vmids].sort((a, b) => Number(a) - Number(b)).join(',');

/** Undefined: the storage decides. Counts that are wrong do not come here. */
function keptParam({ keep, counts }: BackupJobForm): string | undefined {
  if (keep === 'storage') return undefined;
  return keep === 'all' ? keepEverything : keepOption(counts);
}

/** What the job's backups are kept by, as `prune-backups`; `ofStorage`: what its storage has. Undefined: some count is wrong. */
export function keptBy(form: Pick<BackupJobForm, 'keep' | 'counts'>, ofStorage: unknown): string | undefined {
  if (form.keep === 'counts') return keepOption(form.counts);
  const kept = form.keep === 'storage' ? readKept(ofStorage) : undefined;
  return kept === undefined || keepsAll(kept) ? keepEverything : keepOption(keepTexts(kept));
}

/** Names of options that a job has and the dialog does not show. */
export function otherOptions(job: BackupJobItem): string[] {
  const shown: readonly string[] = [...ownOptions, ...facts];
  return Object.keys(job)
    .filter((name) => !shown.includes(name))
    .sort();
}
