// A backup job as it is stored, and as the API shows it. Pure.
import type { ClusterStore, Json, StoredDocument } from '../../cluster/cluster-store.ts';
import type { NewBackupJob } from '../../contract/cluster-backup.ts';
import { pruneBackupsString } from '../../contract/prune-backups.ts';
import { flag } from '../../contract/reply.ts';
import { backupPerformanceString, fleecingString } from '../../contract/vzdump.ts';
import { notFound } from '../../core/errors.ts';

/** Options under which the API takes a job, that no job keeps: they are others by the time they are stored. */
const translatedOptions = ['id', 'starttime', 'dow', 'maxfiles', 'stop'] as const;

type Given = Omit<NewBackupJob, (typeof translatedOptions)[number] | 'schedule' | 'enabled'>;

/** What a job does, in the API's own names; nothing in it is undefined. */
export type JobOptions = Readonly<Given> & { readonly schedule: string; readonly enabled: boolean };

export interface BackupJob {
  readonly id: string;
  readonly options: JobOptions;
  /** Milliseconds since the epoch: made, or given another schedule, or switched on. Times before count for nothing. */
  readonly since: number;
  /** The same of `test-schedule`; missing where none was ever set. */
  readonly testSince?: number;
  /** Of the document. */
  readonly version: number;
}

export const jobKind = 'backup-jobs';

export function jobKey(id: string): string {
  return `${jobKind}/${id}`;
}

function readJob(document: StoredDocument): BackupJob {
  const { options, since, testSince } = document.value as unknown as Omit<BackupJob, 'id' | 'version'>;
  return {
    ...{ id: document.key.slice(jobKind.length + 1), options, since, version: document.version },
    ...(testSince === undefined ? {} : { testSince }),
  };
}

export function listJobs(store: Pick<ClusterStore, 'list'>): BackupJob[] {
  return store.list(jobKind).map(readJob);
}

export function findJob(store: Pick<ClusterStore, 'read'>, id: string): BackupJob | undefined {
  const document = store.read(jobKey(id));
  return document && readJob(document);
}

/** Throws `not-found`. */
export function getJob(store: Pick<ClusterStore, 'read'>, id: string): BackupJob {
  const job = findJob(store, id);
  if (!job) throw notFound('backup job', id);
  return job;
}

export function renderJob({ options, since, testSince }: Omit<BackupJob, 'id' | 'version'>): Json {
  const kept = Object.entries(options).filter(([, value]) => value !== undefined);
  return {
    ...{ options: Object.fromEntries(kept) as Record<string, Json>, since },
    ...(testSince === undefined ? {} : { testSince }),
  };
}

/** Property strings that the API answers as objects. */
const objects = {
  'prune-backups': pruneBackupsString,
  fleecing: fleecingString,
  performance: backupPerformanceString,
} as const;

/** The options in the API's notation of answers: flags as 0 and 1, property strings as objects. */
export function describeOptions(options: JobOptions) {
  const { schedule, enabled, comment, ...others } = options;
  const shown = Object.entries(others).map(([name, value]) => [name, answerOf(name, value)]);
  return {
    ...(Object.fromEntries(shown) as Record<string, unknown>),
    schedule,
    enabled: flag(enabled),
    ...(comment === undefined ? {} : { comment }),
  };
}

function answerOf(name: string, value: unknown): unknown {
  if (typeof value === 'boolean') return flag(value);
  const codec = Object.hasOwn(objects, name) ? objects[name as keyof typeof objects] : undefined;
  const parsed = codec?.parse(String(value));
  // Something that a newer version wrote is shown as it is.
  if (!parsed?.ok) return value;
  const values = Object.entries(parsed.value as Readonly<Record<string, unknown>>);
  return Object.fromEntries(values.map(([key, one]) => [key, typeof one === 'boolean' ? flag(one) : one]));
}
