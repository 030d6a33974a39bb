// A scheduler whose backups begin and end as a test says. For tests only.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import { createMemoryStore } from '../../cluster/memory/memory-store.ts';
import { AppError } from '../../core/errors.ts';
import { type ManualClock, manualClock } from './clock-fixture.ts';
import { type JobOptions, jobKey, renderJob } from './job-document.ts';
import { JobRunStore } from './job-runs.ts';
import { createJobScheduler, type JobScheduler, type TaskEnd } from './job-scheduler.ts';

export const minute = 60_000;
export const hour = 60 * minute;
export const day = 24 * hour;
export const ok: TaskEnd = { state: 'ok', status: 'OK' };

export class World {
  readonly store: ClusterStore = createMemoryStore();
  readonly clock: ManualClock;
  zone = 'UTC';
  /** Beginnings: job and time, `a 02:00:00`. */
  readonly begun: string[] = [];
  readonly logged: string[] = [];
  /** Ends of tasks by UPID; without one the task goes on. */
  readonly ends = new Map<string, PromiseWithResolvers<TaskEnd>>();
  endsAtOnce = true;
  startFails: AppError | undefined;
  guests = true;
  scheduler: JobScheduler;

  constructor(start: string) {
    this.clock = manualClock(Date.parse(start));
    this.scheduler = this.#create();
  }

  #create(): JobScheduler {
    const note = (_: unknown, text?: string) => this.logged.push(String(text));
    return createJobScheduler({
      store: this.store,
      node: 'pve1',
      clock: this.clock,
      log: { info: () => {}, warn: note, error: note } as never,
      zone: () => this.zone,
      start: async (job) => {
        if (this.startFails) throw this.startFails;
        if (!this.guests) return undefined;
        this.begun.push(`${job.id} ${new Date(this.clock.now()).toISOString().slice(11, 19)}`);
        const upid = `UPID:${this.begun.length}`;
        const end = Promise.withResolvers<TaskEnd>();
        if (this.endsAtOnce) end.resolve(ok);
        this.ends.set(upid, end);
        return upid;
      },
      ended: async (upid) => {
        const end = this.ends.get(upid);
        if (!end) throw new AppError('not-found', 'no such task');
        return await end.promise;
      },
    });
  }

  async job(id: string, options: Partial<JobOptions> = {}): Promise<void> {
    const value = {
      since: this.clock.now(),
      options: { schedule: '02:00', enabled: true, all: true, ...options },
    };
    await this.store.write(jobKey(id), renderJob(value));
  }

  /** As when the daemon is killed; `offMs` later the next one comes. */
  async restart(offMs = 0): Promise<void> {
    this.scheduler.close();
    await this.clock.pass(offMs);
    this.scheduler = this.#create();
    await this.scheduler.open();
    await this.clock.pass(0);
  }

  last = (id: string) => new JobRunStore(this.store, 'pve1').read(id)?.last;
}
