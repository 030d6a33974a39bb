// Runs backup jobs when their time comes: one run of a job at a time, through restarts of the daemon, changes of jobs and of the clock.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, asAppError, hasCode } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { parseCalendarEvent } from '../schedule/calendar-event.ts';
import { dueTime, isWrongClock } from './due-time.ts';
import { type BackupJob, findJob, getJob, jobKind, listJobs } from './job-document.ts';
import { type JobRun, JobRunStore, type RunEnd } from './job-runs.ts';

/** How a task ended, and its exit status in words. */
export interface TaskEnd {
  readonly state: Exclude<RunEnd, 'nothing'>;
  readonly status: string;
}

/** When something of a job is due. */
export interface Timetable {
  readonly schedule: string;
  /** Milliseconds since the epoch: times before count for nothing. */
  readonly since: number;
}

export interface JobSchedulerParts {
  readonly store: ClusterStore;
  readonly node: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** What is kept of the runs; default: those of backups. */
  readonly runs?: JobRunStore;
  /** Undefined while nothing of the job is due by itself; default: its backups. */
  timetable?(job: BackupJob): Timetable | undefined;
  /** What a job was found not to have, and for what, in words; default: `guests` to `back up`. */
  readonly nothing?: readonly [what: string, to: string];
  /** The node's time zone, as it is now. */
  zone(): string;
  /** Starts the backup of a job's guests on this node; answers its UPID, undefined when there are none. */
  start(job: BackupJob): Promise<string | undefined>;
  /** Resolves when the task ended; rejects with `not-found`, or `unavailable` when the daemon stops before. */
  ended(upid: string): Promise<TaskEnd>;
}

export interface JobScheduler {
  /** From here on jobs run. After tasks of a former life are taken care of. */
  open(): Promise<void>;
  /** Runs a job now, whatever its schedule; answers the UPID. `busy` while it runs, `wrong-state` when it has no guests here. */
  runNow(id: string): Promise<string>;
  /** Ends the watching; runs that are under way go on and are found by the next `open`. */
  close(): void;
  /** Resolves when all runs that this object knows of have ended; for tests and orderly ends. */
  settled(): Promise<void>;
}

/** Milliseconds: the clock may have been set, so it is looked at so often. What that costs is a few comparisons. */
const lookMs = 60_000;

/** What is known of a job's next run, worked out once. */
interface Plan {
  readonly job: BackupJob;
  /** The time of the schedule; undefined when none comes, and while the job is disabled or for another node. */
  due: number | undefined;
  /** When to look at it: `due`, later when a run for it could not begin. */
  at: number;
}

export function createJobScheduler(parts: JobSchedulerParts): JobScheduler {
  const { store, node, clock, log, runs = new JobRunStore(store, node), timetable = ofBackups } = parts;
  const [what, to] = parts.nothing ?? ['guests', 'back up'];
  const plans = new Map<string, Plan>();
  const running = new Map<string, Promise<void>>();
  /** Until when times were let go, by job: they came during a run. */
  const passedOver = new Map<string, number>();
  /** Since when times count, for jobs of which nothing is known but what a wrong clock wrote down. */
  const countFrom = new Map<string, number>();
  const closing = new AbortController();
  const stops: (() => void)[] = [];
  let alarm = new AbortController();
  let lastLook: { readonly now: number; readonly zone: string } | undefined;

  /** Times up to this one are dealt with. What a wrong clock wrote down counts for nothing. */
  function handledUntil(job: BackupJob, now: number): number {
    const since = timetable(job)?.since;
    const kept = [runs.read(job.id)?.handledUntil, passedOver.get(job.id), since];
    const sound = kept.filter((at) => at !== undefined).filter((at) => !isWrongClock(at, now));
    if (sound.length > 0) return Math.max(...sound);
    const from = Math.min(countFrom.get(job.id) ?? now, now);
    countFrom.set(job.id, from);
    return from;
  }

  function planned(job: BackupJob, now: number, zone: string): Plan {
    const { node: only, 'repeat-missed': catchUp = false } = job.options;
    const times = timetable(job);
    const none: Plan = { job, due: undefined, at: Number.POSITIVE_INFINITY };
    if (times === undefined || (only !== undefined && only !== node)) return none;
    try {
      const event = parseCalendarEvent(times.schedule);
      const due = dueTime({ event, zone, handledUntil: handledUntil(job, now), catchUp, now });
      return due === undefined ? none : { job, due, at: due };
    } catch (error) {
      // Written by a newer version, or restored: it stays there, and the others go on.
      log.warn({ job: job.id, problem: asAppError(error).message }, 'a backup job cannot be scheduled');
      return none;
    }
  }

  /** Starts what is due; answers how long there is nothing to do, in milliseconds. */
  function look(): number {
    const now = clock.now();
    const zone = parts.zone();
    const wasSet = lastLook && (now < lastLook.now || now > lastLook.now + 4 * lookMs);
    if (wasSet || zone !== lastLook?.zone)
      for (const [id, plan] of plans) plans.set(id, planned(plan.job, now, zone));
    lastLook = { now, zone };
    let soonest = now + lookMs;
    for (const [id, plan] of plans) {
      if (plan.at <= now && plan.due !== undefined) {
        if (running.has(id)) letGo(plan, now, zone);
        else void run(plan.job, plan.due).catch(() => {});
      }
      soonest = Math.min(soonest, plans.get(id)?.at ?? soonest);
    }
    return Math.max(0, soonest - now);
  }

  function letGo(plan: Plan, now: number, zone: string): void {
    const due = new Date(plan.due ?? now).toISOString();
    log.warn(
      { job: plan.job.id, due },
      'a backup job still runs when its next run is due: that one is let go',
    );
    passedOver.set(plan.job.id, now);
    plans.set(plan.job.id, planned(plan.job, now, zone));
  }

  /**
   * One run, to its end. The promise is of its beginning: it rejects with what kept it from beginning, which is also written down.
   */
  function run(job: BackupJob, due: number | null): Promise<string | undefined> {
    const { id } = job;
    const now = clock.now();
    const plan = plans.get(id);
    // Looked at again when the run could not even be written down.
    if (plan && due !== null) plan.at = now + lookMs;
    const beginning = Promise.withResolvers<string | undefined>();
    const whole = (async () => {
      const first: JobRun = { startedAt: now, due, state: 'running' };
      const until = due === null ? handledUntil(job, now) : now;
      await runs.begin(id, first, until);
      if (due !== null) replan(id);
      const current = findJob(store, id);
      if (!current) {
        await runs.forget(id);
        throw new AppError('not-found', `backup job '${id}' was deleted`);
      }
      let upid: string | undefined;
      try {
        upid = await parts.start(current);
      } catch (error) {
        await end(id, first, { state: 'failed', status: asAppError(error).message });
        throw error;
      }
      beginning.resolve(upid);
      if (upid === undefined) {
        await end(id, first, { state: 'nothing', status: `no ${what} to ${to}` });
        return;
      }
      log.info({ job: id, upid }, 'a backup job runs');
      const second: JobRun = { ...first, upid };
      await runs.change(id, second);
      await follow(id, second, upid);
    })();
    track(id, whole, beginning.reject);
    return beginning.promise;
  }

  async function follow(id: string, run: JobRun, upid: string): Promise<void> {
    const ended = await parts.ended(upid).catch((error: unknown): TaskEnd => {
      if (hasCode(error, 'not-found'))
        return { state: 'interrupted', status: 'its task is not known any more' };
      throw error;
    });
    await end(id, run, ended);
  }

  /** What came due during the run is let go, also by the next life of the daemon. */
  async function end(id: string, run: JobRun, { state, status }: { state: RunEnd; status: string }) {
    const endedAt = clock.now();
    const until = run.due === null ? undefined : Math.max(endedAt, run.startedAt);
    await runs.change(id, { ...run, state, status, endedAt }, until);
  }

  function track(id: string, whole: Promise<void>, onFailure: (error: unknown) => void = () => {}): void {
    const settled = whole
      .catch((error: unknown) => {
        onFailure(error);
        if (hasCode(error, 'unavailable') && closing.signal.aborted) return;
        const { message, detail } = asAppError(error);
        log.error({ job: id, detail }, `a backup job did not run: ${message}`);
      })
      .finally(() => {
        running.delete(id);
        replan(id);
      });
    running.set(id, settled);
  }

  /** Works out anew when the job runs next, and has it looked at. */
  function replan(id: string): void {
    const job = findJob(store, id);
    const { at = 0, due } = plans.get(id) ?? {};
    if (!job) plans.delete(id);
    else {
      const plan = planned(job, clock.now(), parts.zone());
      // What could not begin a moment ago waits its time.
      if (plan.due !== undefined && plan.due === due) plan.at = Math.max(at, plan.at);
      plans.set(id, plan);
    }
    wake();
  }

  function wake(): void {
    alarm.abort();
  }

  async function keepLooking(): Promise<void> {
    while (!closing.signal.aborted) {
      alarm = new AbortController();
      const waitMs = look();
      const signal = AbortSignal.any([alarm.signal, closing.signal]);
      await clock.sleep(waitMs, signal).catch(() => {});
    }
  }

  /** Runs of a former life: those whose task is known are followed, those that never got one count as not begun. */
  async function takeOver(): Promise<void> {
    for (const id of runs.ids()) {
      const kept = runs.read(id);
      const job = findJob(store, id);
      if (!job) await runs.forget(id);
      else if (kept?.last?.state === 'running') {
        const { last } = kept;
        if (last.upid !== undefined) track(id, follow(id, last, last.upid));
        else {
          const status = 'the daemon ended before the backup began';
          const until = last.due === null ? kept.handledUntil : last.due - 1;
          await runs.change(id, { ...last, state: 'interrupted', status, endedAt: clock.now() }, until);
        }
      }
    }
  }

  const report = (what: string) => (error: unknown) => {
    const { message, detail } = asAppError(error);
    log.error({ detail }, `${what}: ${message}`);
  };

  return {
    async open() {
      await takeOver().catch(report('runs of backup jobs'));
      if (closing.signal.aborted) return;
      stops.push(
        store.watch(jobKind, ({ key, document }) => {
          const id = key.slice(jobKind.length + 1);
          if (document === undefined) {
            countFrom.delete(id);
            passedOver.delete(id);
            runs.forget(id).catch(report('runs of backup jobs'));
          }
          replan(id);
        }),
      );
      for (const job of listJobs(store)) replan(job.id);
      void keepLooking().catch(report('backup jobs'));
    },
    async runNow(id) {
      const job = getJob(store, id);
      if (running.has(id)) {
        const upid = runs.read(id)?.last?.upid;
        throw new AppError('busy', `backup job '${id}' runs already`, {
          ...(upid === undefined ? {} : { data: { upid } }),
        });
      }
      const upid = await run(job, null);
      if (upid === undefined)
        throw new AppError('wrong-state', `backup job '${id}' has no ${what} on this node`);
      return upid;
    },
    close() {
      closing.abort();
      for (const stop of stops) stop();
    },
    async settled() {
      while (running.size > 0) await Promise.all(running.values());
    },
  };
}

function ofBackups({ options, since }: BackupJob): Timetable | undefined {
  return options.enabled ? { schedule: options.schedule, since } : undefined;
}
