// What the pages about backup jobs read: the jobs, whom none takes care of, the node's time zone, the runs to come.
import { createMemo } from 'solid-js';
import type { BackupJobItem } from '../../../server/contract/cluster-backup.ts';
import type { ApiMap } from '../../../server/contract/index.ts';
import { api } from '../../api/client.ts';
import { createQuery, type Query } from '../../api/query.ts';
import { type DayOptions, dayOf } from '../../format/days.ts';
import { type JobRuns, mostRunsAtOnce, runsUntil } from '../../forms/job-calendar.ts';
import { locale } from '../../i18n/index.ts';
import { createCalm } from '../../live/calm.ts';
import { minute } from '../../live/minute.ts';
import { guests, live } from '../../live/store.ts';
import { epochOf } from '../node/wall-time.ts';
import { anyNode } from '../storages/storages-data.ts';

export type NotBackedUp = ApiMap['GET /cluster/backup-info/not-backed-up']['reply'][number];

/** How often a job, or what is known of its runs, changed since the page was opened. */
const changes = () => live.configChanges['/cluster/backup'] ?? 0;

export function createBackupJobs(): Query<BackupJobItem[]> {
  return createQuery(
    () => live.loaded && { revision: changes() },
    () => api('GET /cluster/backup', {}),
  );
}

/** Tags and pools decide it too. */
const guestsRestMs = 2000;

/** Guests that no enabled job means. */
export function createNotBackedUp(): Query<NotBackedUp[]> {
  const places = createCalm(
    () => guests().reduce((sum, { vmid, tags, pool }) => hash(`${sum} ${vmid} ${tags} ${pool}`), 0),
    () => live.loaded,
    guestsRestMs,
  );
  return createQuery(
    () => live.loaded && { revision: `${changes()} ${places()}` },
    () => api('GET /cluster/backup-info/not-backed-up', {}),
  );
}

function hash(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i += 1) value = (Math.imul(value, 31) + text.charCodeAt(i)) | 0;
  return value;
}

export interface NodeZone {
  /** Schedules are in it; undefined where it is not known: then times are the browser's. */
  readonly zone: () => string | undefined;
  /** Known, or known to be unknown. */
  readonly ready: () => boolean;
  /** For the formats of days. */
  readonly days: () => DayOptions;
}

export function createNodeZone(): NodeZone {
  const time = createQuery(
    () => anyNode() !== '' && { node: anyNode() },
    (from) => api('GET /nodes/{node}/time', from),
  );
  const zone = createMemo(() => knownZone(time.data()?.timezone));
  return {
    zone,
    ready: () => time.data() !== undefined || time.error() !== undefined,
    days: () => ({ locale: locale(), zone: zone(), now: minute() }),
  };
}

/** A zone that this browser does not know would break every time on the page. */
export function knownZone(name: string | undefined): string | undefined {
  try {
    return name && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

export const calendarDays = 7;

export interface ScheduleRuns extends Omit<JobRuns<never>, 'job'> {
  readonly schedule: string;
}

/** The runs of all enabled jobs on the seven days from today on. A schedule of several jobs is asked about once. */
export function createUpcomingRuns(
  jobs: () => readonly BackupJobItem[] | undefined,
  { zone, ready }: NodeZone,
): Query<ScheduleRuns[]> {
  return createQuery(
    () => {
      const known = jobs();
      if (known === undefined || !ready()) return false;
      const schedules = [...new Set(known.filter((one) => one.enabled === 1).map((one) => one.schedule))];
      return { schedules: schedules.sort(), zone: zone(), today: dayOf(minute(), zone()) };
    },
    async ({ schedules, zone: of, today }) => {
      const startOf = (day: string) =>
        of === undefined ? Date.parse(`${day}T00:00`) : (epochOf(`${day}T00:00`, of) ?? 0);
      const end = startOf(
        new Date(Date.parse(`${today}T12:00Z`) + calendarDays * 86_400_000).toISOString().slice(0, 10),
      );
      const found = schedules.map(async (schedule) => {
        const ask = (after: number) => upcoming(schedule, mostRunsAtOnce, after);
        const runs = await runsUntil(Date.now(), end, ask, (at) => dayOf(at, of), startOf);
        return { schedule, ...runs };
      });
      return await Promise.all(found);
    },
  );
}

/** The next times of a schedule, in milliseconds since the epoch; after now, where it is not said. */
export async function upcoming(schedule: string, iterations: number, after?: number): Promise<number[]> {
  const runs = await api('GET /cluster/jobs/schedule-analyze', {
    ...{ schedule, iterations },
    ...(after === undefined ? {} : { starttime: Math.floor(after / 1000) }),
  });
  return runs.map(({ timestamp }) => timestamp * 1000);
}
