// When restores of jobs' backups are tried: by the same rules as the backups, with times of their own (`test-schedule`).
import { notFound } from '../../core/errors.ts';
import type { GuestKind } from '../../guests/config/guest-document.ts';
import type { JobOptions } from './job-document.ts';
import { createJobScheduler, type JobScheduler, type JobSchedulerParts } from './job-scheduler.ts';
import type { JobService } from './job-service.ts';

/** Tries the newest backups of a job's guests on this node; answers the UPID, undefined when there are none. */
export type StartJobTests = (
  options: JobOptions,
  guests: readonly { readonly vmid: number; readonly kind: GuestKind }[],
) => Promise<string | undefined>;

export interface TestSchedulerParts extends Omit<JobSchedulerParts, 'start' | 'timetable' | 'nothing'> {
  readonly jobs: Pick<JobService, 'guestsOf'>;
  /** Without it nothing is ever due. */
  readonly start: StartJobTests | undefined;
}

export function createTestScheduler({ jobs, start, ...parts }: TestSchedulerParts): JobScheduler {
  return createJobScheduler({
    ...parts,
    nothing: ['backups', 'try'],
    timetable({ options, since, testSince }) {
      const { enabled, 'test-schedule': schedule } = options;
      if (!start || !enabled || schedule === undefined) return undefined;
      return { schedule, since: testSince ?? since };
    },
    async start({ id, options }) {
      if (!start) throw notFound('backups of job', id);
      const { node: only } = options;
      if (only !== undefined && only !== parts.node) return undefined;
      return await start(options, jobs.guestsOf(options, parts.node).guests);
    },
  });
}
