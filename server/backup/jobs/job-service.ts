// Backup jobs as the API has them: listed with their runs, made, changed and removed; which guests they mean, and which guests none means.
import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import type { BackupJobItem, IncludedGuest } from '../../contract/cluster-backup.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, asAppError, hasCode, notFound } from '../../core/errors.ts';
import type { GuestDocument, GuestKind } from '../../guests/config/guest-document.ts';
import { listOwnGuests } from '../../guests/guest-documents.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import { parseCalendarEvent } from '../schedule/calendar-event.ts';
import { nextRun, upcomingRuns } from '../schedule/upcoming-runs.ts';
import { type JobWorld, requireFit, requireRights } from './fit.ts';
import { includedGuest } from './included-volumes.ts';
import { changedOptions, type GivenOptions, newJobOptions } from './job-change.ts';
import {
  type BackupJob,
  describeOptions,
  getJob,
  type JobOptions,
  jobKey,
  listJobs,
  renderJob,
} from './job-document.ts';
import { type JobRun, JobRunStore } from './job-runs.ts';
import { type ChosenGuests, chooseGuests, type PoolGuests, readTags } from './selection.ts';

export interface JobServiceParts extends Omit<JobWorld, 'poolExists' | 'nodeExists' | 'now'> {
  readonly store: ClusterStore;
  readonly node: string;
  readonly clock: Clock;
  pools(): PoolGuests;
}

export interface NotBackedUp {
  readonly vmid: number;
  readonly type: GuestKind;
  readonly name?: string;
}

export interface JobService {
  list(): BackupJobItem[];
  /** `not-found`. */
  get(id: string): BackupJobItem;
  /** Answers the id. `invalid-input` names every field at fault; `already-exists`; `forbidden` for what the asker may not have done. */
  create(asker: Asker, given: GivenOptions): Promise<string>;
  /** `remove`: names of options. `wrong-state` when somebody else changed the job meanwhile. */
  update(asker: Asker, id: string, given: GivenOptions, remove: readonly string[]): Promise<void>;
  remove(id: string): Promise<void>;
  /** The job's guests that the asker may see. */
  includedVolumes(asker: Asker, id: string): IncludedGuest[];
  /** Guests that the asker may see and that no enabled job means. */
  notBackedUp(asker: Asker): Promise<NotBackedUp[]>;
  /** The guests that a job means, on all nodes or on one. */
  guestsOf(options: JobOptions, node?: string): ChosenGuests<GuestDocument>;
  /** The enabled jobs that mean each guest, by number. Gives way to other work between jobs. */
  coverage(): Promise<ReadonlyMap<number, readonly BackupJob[]>>;
  /** The next times of a schedule after a moment, in milliseconds since the epoch. `invalid-input` about `schedule`. */
  analyze(schedule: string, afterMs: number, count: number): number[];
}

export function createJobService(parts: JobServiceParts): JobService {
  const { store, clock } = parts;
  const runs = new JobRunStore(store, parts.node);
  const testRuns = new JobRunStore(store, parts.node, 'backup-test-runs');
  const world: JobWorld = {
    contents: (id) => parts.contents(id),
    poolExists: (id) => parts.pools().some((pool) => pool.id === id),
    nodeExists: (name) => store.members().some((member) => member.name === name),
    zone: () => parts.zone(),
    now: () => clock.now(),
  };

  const choosable = () =>
    listOwnGuests(store).map((document) => ({
      ...{ vmid: document.vmid, node: document.node, document },
      tags: readTags(String(document.config['tags'] ?? '')),
    }));

  function guestsOf(options: JobOptions, node = options.node): ChosenGuests<GuestDocument> {
    const { guests, missing } = chooseGuests({ ...options, node }, choosable(), parts.pools());
    return { guests: guests.map(({ document }) => document), missing };
  }

  async function coverage(): Promise<Map<number, BackupJob[]>> {
    const found = new Map<number, BackupJob[]>();
    const [all, pools] = [choosable(), parts.pools()];
    for (const job of listJobs(store)) {
      if (!job.options.enabled) continue;
      for (const { vmid } of chooseGuests(job.options, all, pools).guests) {
        const jobs = found.get(vmid);
        if (jobs) jobs.push(job);
        else found.set(vmid, [job]);
      }
      await turn();
    }
    return found;
  }

  function describe(job: BackupJob): BackupJobItem {
    const { id, options } = job;
    const next = options.enabled ? nextTime(options.schedule) : undefined;
    const { 'test-schedule': tests } = options;
    const nextTest = options.enabled && tests !== undefined ? nextTime(tests) : undefined;
    return {
      id,
      type: 'vzdump',
      ...describeOptions(options),
      ...(next === undefined ? {} : { 'next-run': next / 1000 }),
      ...describeRun('', runs.read(id)?.last),
      ...(nextTest === undefined ? {} : { 'test-next-run': nextTest / 1000 }),
      ...describeRun('test-', testRuns.read(id)?.last),
    };
  }

  function nextTime(schedule: string): number | undefined {
    try {
      return nextRun(parseCalendarEvent(schedule), clock.now(), parts.zone());
    } catch (error) {
      // Written by a newer version: the others are listed all the same.
      if (hasCode(error, 'invalid-input')) return undefined;
      throw error;
    }
  }

  async function write(job: Omit<BackupJob, 'version'>, version: number): Promise<void> {
    await store.write(jobKey(job.id), renderJob(job), version);
  }

  return {
    list: () => listJobs(store).map(describe),
    get: (id) => describe(requiredJob(store, id)),
    async create(asker, given) {
      const options = newJobOptions(given);
      requireFit(options, world);
      requireRights(asker, options);
      const id = given.id ?? `backup-${randomUUID().slice(0, 13)}`;
      try {
        const since = clock.now();
        const hasTests = options['test-schedule'] !== undefined;
        await write({ id, options, since, ...(hasTests ? { testSince: since } : {}) }, 0);
      } catch (error) {
        if (!hasCode(error, 'wrong-state')) throw error;
        throw new AppError('already-exists', `backup job '${id}' already exists`, {
          cause: error,
          fields: { id: 'already exists' },
        });
      }
      return id;
    },
    async update(asker, id, given, remove) {
      const job = requiredJob(store, id);
      const options = changedOptions(job.options, given, remove);
      requireFit(options, world);
      requireRights(asker, options, job.options);
      const isNewTime =
        options.schedule !== job.options.schedule || (options.enabled && !job.options.enabled);
      const since = isNewTime ? clock.now() : job.since;
      const { 'test-schedule': tests } = options;
      const areNewTests =
        tests !== undefined &&
        (tests !== job.options['test-schedule'] || (options.enabled && !job.options.enabled));
      const testSince = areNewTests ? clock.now() : job.testSince;
      const times = { since, ...(testSince === undefined ? {} : { testSince }) };
      await write({ id, options, ...times }, job.version).catch((error: unknown) => {
        if (!hasCode(error, 'wrong-state')) throw error;
        throw new AppError('wrong-state', `backup job '${id}' was changed meanwhile: try again`, {
          cause: asAppError(error),
        });
      });
    },
    async remove(id) {
      await store.delete(jobKey(id), requiredJob(store, id).version);
    },
    includedVolumes(asker, id) {
      const { guests, missing } = guestsOf(requiredJob(store, id).options);
      return [
        ...guests.filter(({ vmid }) => asker.may(`/vms/${vmid}`, 'VM.Audit')).map(includedGuest),
        ...missing.map((vmid) => ({ id: vmid, type: 'unknown' as const })),
      ].sort((a, b) => a.id - b.id);
    },
    async notBackedUp(asker) {
      const covered = await coverage();
      return listOwnGuests(store)
        .filter(({ vmid }) => !covered.has(vmid) && asker.may(`/vms/${vmid}`, 'VM.Audit'))
        .map(({ vmid, kind, config }) => {
          const name = config[kind === 'lxc' ? 'hostname' : 'name'];
          return { vmid, type: kind, ...(name === undefined ? {} : { name: String(name) }) };
        });
    },
    guestsOf,
    coverage,
    analyze(schedule, afterMs, count) {
      const event = parseCalendarEvent(schedule);
      const times: number[] = [];
      for (const at of upcomingRuns(event, afterMs, parts.zone())) {
        if (times.length >= count) break;
        times.push(at);
      }
      return times;
    },
  };
}

/** Ids in paths may hold what no key of the store may. */
function requiredJob(store: ClusterStore, id: string): BackupJob {
  if (!/^[a-z][a-z0-9_-]*$/i.test(id)) throw notFound('backup job', id);
  return getJob(store, id);
}

/** The newest run; names begin with the prefix. */
function describeRun(prefix: '' | 'test-', last: JobRun | undefined) {
  if (last === undefined) return {};
  return {
    ...{ [`${prefix}last-run`]: Math.floor(last.startedAt / 1000), [`${prefix}last-state`]: last.state },
    ...(last.upid === undefined ? {} : { [`${prefix}last-upid`]: last.upid }),
    ...(last.status === undefined ? {} : { [`${prefix}last-status`]: last.status }),
  };
}
