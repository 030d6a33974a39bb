// Backup jobs put together: what their routes need, and the scheduler that runs them.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, notFound } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import { findGuest } from '../../guests/guest-documents.ts';
import type { StorageConfig } from '../../storage/storage-config.ts';
import { contentsOf, isDisabled, isForNode } from '../../storage/storage-config.ts';
import type { TaskRecord } from '../../tasks/task.ts';
import type { TaskRunner } from '../../tasks/task-runner.ts';
import type { ProofStore } from '../proof/proof-store.ts';
import type { BackupWishes } from '../run/backup-options.ts';
import type { BackupJob, JobOptions } from './job-document.ts';
import { jobKind } from './job-document.ts';
import { JobRunStore } from './job-runs.ts';
import { createJobScheduler, type TaskEnd } from './job-scheduler.ts';
import { createJobService, type JobService } from './job-service.ts';
import { type ListedBackup, NewestBackups } from './newest-backups.ts';
import type { PoolGuests } from './selection.ts';
import { createTestScheduler, type StartJobTests } from './test-scheduler.ts';
import { type BackupWatch, type BackupWatchParts, watchBackups } from './watch-backups.ts';

/** What `POST /nodes/{node}/vzdump` does for root@pam on this node; answers the UPID. `vmid` says which guests. */
export type StartBackup = (wishes: BackupWishes, jobId: string) => Promise<string>;

export interface JobPartNeeds {
  readonly node: string;
  readonly store: ClusterStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly storages: {
    configs(): StorageConfig[];
    /** Without it nobody looks for missing backups. */
    content?(
      context: WorkContext,
      id: string,
      filter: { content: string },
    ): Promise<(ListedBackup & { readonly volid: string })[]>;
  };
  /** The lists that tell when each guest was last backed up. */
  readonly index?: BackupWatchParts['index'];
  readonly runner: Pick<TaskRunner, 'wait'>;
  pools(): PoolGuests;
  zone(): string;
  /** Without it no job can run. */
  readonly startBackup?: StartBackup;
  /** Without it no restore can be tried. */
  readonly startTests?: StartJobTests;
  /** What came of trying restores. */
  readonly proofs?: ProofStore;
  /** Told when a job, or what is known of its runs, changed. */
  onChange?(): void;
}

/** Touches nothing before `open`. */
export function assembleJobs(needs: JobPartNeeds) {
  const { node, store, clock, log, startBackup = noBackups } = needs;
  const jobs = createJobService({
    ...{ store, node, clock },
    pools: () => needs.pools(),
    zone: () => needs.zone(),
    contents(id) {
      const config = needs.storages.configs().find((storage) => storage.id === id);
      return config && contentsOf(config);
    },
  });
  const scheduler = createJobScheduler({
    ...{ store, node, clock, log },
    zone: () => needs.zone(),
    start: async (job) => await startJob(job, { jobs, store, node, startBackup, pools: () => needs.pools() }),
    ended: async (upid) => taskEnd(await needs.runner.wait(upid)),
  });
  const testRuns = new JobRunStore(store, node, 'backup-test-runs');
  const tests = createTestScheduler({
    ...{ store, node, clock, log, runs: testRuns, jobs, start: needs.startTests },
    zone: () => needs.zone(),
    ended: async (upid) => taskEnd(await needs.runner.wait(upid)),
  });
  const { index, storages, proofs } = needs;
  const newest = new NewestBackups({
    log,
    storages: () =>
      storages
        .configs()
        .filter((one) => contentsOf(one).includes('backup') && !isDisabled(one) && isForNode(one, node))
        .map(({ id }) => id),
    async list(id) {
      const found = (await storages.content?.(quietContext(), id, { content: 'backup' })) ?? [];
      const volumes = new Set(found.map(({ volid }) => volid));
      await proofs?.keepOnly(id, volumes, (vmid) => findGuest(store, vmid) !== undefined);
      return found;
    },
  });
  let watch: BackupWatch | undefined;
  let closed = false;
  const changed = () => {
    needs.onChange?.();
    void watch?.refresh().catch(() => {});
  };
  const runs = new JobRunStore(store, node);
  const stops = [
    store.watch(jobKind, changed),
    runs.watch((id) => (runs.read(id)?.last?.state === 'running' ? needs.onChange?.() : changed())),
    testRuns.watch(() => needs.onChange?.()),
    proofs?.watch((vmid) => watch?.showProofs(vmid)) ?? (() => {}),
  ];
  return {
    jobs,
    routes: { jobs, scheduler, tests, clock, zone: () => needs.zone() },
    /** After tasks of a former life are taken care of: from here on jobs run, and missing backups are looked for. */
    async open(): Promise<void> {
      await scheduler.open();
      await tests.open();
      watch = index && !closed ? watchBackups({ ...needs, jobs, newest, index }) : undefined;
    },
    close(): void {
      closed = true;
      watch?.close();
      scheduler.close();
      tests.close();
      for (const stop of stops) stop();
    },
  };
}

async function noBackups(): Promise<string> {
  throw new AppError('unsupported', 'backups are not supported yet by this version of Croft');
}

interface StartParts {
  readonly jobs: Pick<JobService, 'guestsOf'>;
  readonly store: Pick<ClusterStore, 'members'>;
  readonly node: string;
  readonly startBackup: StartBackup;
  pools(): PoolGuests;
}

/**
 * Backs up the job's guests on this node. Guests that are named and nobody's are the first node's: its task says that they are missing.
 * Undefined when none is left.
 */
async function startJob(job: BackupJob, parts: StartParts): Promise<string | undefined> {
  const { pool, node: only } = job.options;
  if (only !== undefined && only !== parts.node) return undefined;
  // Nobody would miss it before he needs it.
  if (pool !== undefined && !parts.pools().some(({ id }) => id === pool)) throw notFound('pool', pool);
  const { guests, missing } = parts.jobs.guestsOf(job.options, parts.node);
  const isFirst = parts.store.members()[0]?.name === parts.node || only !== undefined;
  const vmids = [...guests.map(({ vmid }) => vmid), ...(isFirst ? missing : [])];
  if (vmids.length === 0) return undefined;
  const started = await parts.startBackup({ ...wishesOf(job.options), vmid: vmids.join(',') }, job.id);
  // Of the API: no guest of this node was meant.
  return started === 'OK' ? undefined : started;
}

/** What a job says of each backup: without its own affairs, and without the ways to say which guests. */
function wishesOf(options: JobOptions): BackupWishes {
  const { schedule, enabled, comment, node, 'repeat-missed': repeat, ...rest } = options;
  const { all, pool, tags, exclude, vmid, ...ofBackups } = rest;
  const wishes = Object.entries(ofBackups).filter(([name]) => !name.startsWith('test-'));
  return Object.fromEntries(wishes) as BackupWishes;
}

function taskEnd({ state, exitStatus }: TaskRecord): TaskEnd {
  switch (state) {
    case 'ok':
    case 'warnings':
    case 'failed':
    case 'cancelled':
    case 'interrupted':
      return { state, status: exitStatus ?? state };
    default:
      return { state: 'failed', status: exitStatus ?? 'the task did not end' };
  }
}
