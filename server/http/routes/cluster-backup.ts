// Routes of backup jobs, and of schedules.

import type { JobScheduler } from '../../backup/jobs/job-scheduler.ts';
import type { JobService } from '../../backup/jobs/job-service.ts';
import {
  createBackupJob,
  deleteBackupJob,
  getBackupJob,
  indexBackupInfo,
  listBackupJobs,
  listIncludedVolumes,
  listNotBackedUp,
  runBackupJob,
  testBackupJob,
  updateBackupJob,
} from '../../contract/cluster-backup.ts';
import { analyzeSchedule, indexJobs } from '../../contract/cluster-jobs.ts';
import { readList } from '../../contract/params.ts';
import type { Clock } from '../../core/clock.ts';
import { type Route, route } from '../route.ts';
import { retentionForecastRoutes } from './retention-forecast.ts';

export interface ClusterBackupParts {
  readonly jobs: JobService;
  readonly scheduler: Pick<JobScheduler, 'runNow'>;
  /** Of trying restores. */
  readonly tests: Pick<JobScheduler, 'runNow'>;
  readonly clock: Clock;
  /** The node's time zone. */
  zone(): string;
}

export function clusterBackupRoutes(parts: ClusterBackupParts): Route[] {
  return [
    route(listBackupJobs, () => parts.jobs.list()),
    route(createBackupJob, async ({ params, caller }) => {
      await parts.jobs.create(caller, params);
      return null;
    }),
    route(getBackupJob, ({ params }) => parts.jobs.get(params.id)),
    route(updateBackupJob, async ({ params: { id, delete: remove, ...given }, caller }) => {
      await parts.jobs.update(caller, id, given, readList(remove));
      return null;
    }),
    route(deleteBackupJob, async ({ params }) => {
      await parts.jobs.remove(params.id);
      return null;
    }),
    route(listIncludedVolumes, ({ params, caller }) => ({
      children: parts.jobs.includedVolumes(caller, params.id),
    })),
    route(runBackupJob, ({ params }) => parts.scheduler.runNow(params.id)),
    route(testBackupJob, ({ params }) => parts.tests.runNow(params.id)),
    route(indexBackupInfo, () => [{ subdir: 'not-backed-up' }, { subdir: 'retention' }]),
    route(listNotBackedUp, ({ caller }) => parts.jobs.notBackedUp(caller)),
    ...retentionForecastRoutes(parts),
    route(indexJobs, () => [{ subdir: 'schedule-analyze' }]),
    route(analyzeSchedule, ({ params }) => {
      const { schedule, iterations = 10, starttime } = params;
      const afterMs = starttime === undefined ? parts.clock.now() : starttime * 1000;
      return parts.jobs
        .analyze(schedule, afterMs, iterations)
        .map((at) => ({ timestamp: at / 1000, utc: renderUtc(at) }));
    }),
  ];
}

/** `Mon Nov 23 02:00:00 2026`, as C's asctime(3) has it and the API's peers answer it. */
function renderUtc(at: number): string {
  const date = new Date(at);
  const [weekday, month] = [
    date.toLocaleString('en-US', { weekday: 'short', timeZone: 'UTC' }),
    date.toLocaleString('en-US', { month: 'short', timeZone: 'UTC' }),
  ];
  const time = date.toISOString().slice(11, 19);
  return `${weekday} ${month} ${String(date.getUTCDate()).padStart(2)} ${time} ${date.getUTCFullYear()}`;
}
