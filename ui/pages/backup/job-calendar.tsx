// The runs of all jobs in the next seven days, day by day.
import { createMemo, For, Show } from 'solid-js';
import type { BackupJobItem } from '../../../server/contract/cluster-backup.ts';
import { ErrorNote } from '../../components/error-note.tsx';
import { Panel, Skeleton } from '../../components/panel.tsx';
import { dayOf, timeOf } from '../../format/days.ts';
import { type CalendarEntry, calendarOf, daysFrom } from '../../forms/job-calendar.ts';
import { locale, t, tn } from '../../i18n/index.ts';
import { minute } from '../../live/minute.ts';
import { calendarDays, createUpcomingRuns, type NodeZone } from './backup-data.ts';
import { jobName } from './job-words.ts';

export function JobCalendar(props: {
  jobs: readonly BackupJobItem[] | undefined;
  zone: NodeZone;
  onOpen: (job: BackupJobItem) => void;
}) {
  const upcoming = createUpcomingRuns(() => props.jobs, props.zone);
  const zone = () => props.zone.zone();
  const days = createMemo(() => {
    const known = upcoming.data();
    if (known === undefined) return undefined;
    const runsOf = new Map(known.map((one) => [one.schedule, one]));
    const jobs = (props.jobs ?? []).flatMap((job) => {
      const found = job.enabled === 1 ? runsOf.get(job.schedule) : undefined;
      return found ? [{ job, runs: found.runs, cut: found.cut }] : [];
    });
    const today = dayOf(minute(), zone());
    return calendarOf(daysFrom(today, calendarDays), jobs, minute(), (at) => dayOf(at, zone()));
  });
  return (
    <Panel flush title={t('jobCalendar.title')}>
      <Show when={upcoming.error()}>
        <div class="px-4 pb-4">
          <ErrorNote error={upcoming.error()} retry={upcoming.reload} />
        </div>
      </Show>
      <Show
        when={days()}
        fallback={
          <Show when={!upcoming.error()}>
            <div class="px-4 pb-4">
              <Skeleton lines={4} />
            </div>
          </Show>
        }
      >
        <div class="@container border-t border-line">
          <ol class="grid @4xl:grid-cols-7">
            <For each={days()}>
              {(day, i) => (
                <li class="flex min-w-0 gap-3 border-b border-line px-4 py-2.5 last:border-b-0 @4xl:block @4xl:border-e @4xl:border-b-0 @4xl:px-2.5 @4xl:last:border-e-0">
                  <h3
                    class={`w-20 shrink-0 text-xs @4xl:mb-2 @4xl:w-auto ${i() === 0 ? 'font-semibold text-accent' : 'font-medium text-muted'}`}
                  >
                    {i() === 0 ? t('jobCalendar.today') : dayName(day.day)}
                  </h3>
                  <ul class="flex min-w-0 flex-1 flex-col gap-1.5">
                    <For
                      each={day.entries}
                      fallback={<li class="text-xs text-idle">{t('jobCalendar.none')}</li>}
                    >
                      {(entry) => (
                        <Entry entry={entry} zone={zone()} onOpen={() => props.onOpen(entry.job)} />
                      )}
                    </For>
                  </ul>
                </li>
              )}
            </For>
          </ol>
        </div>
      </Show>
    </Panel>
  );
}

function Entry(props: { entry: CalendarEntry<BackupJobItem>; zone: string | undefined; onOpen: () => void }) {
  const time = (at: number) => timeOf(at, locale(), props.zone);
  const storage = () => String(props.entry.job['storage'] ?? '');
  const times = () => {
    const { first, last, count, more } = props.entry;
    // Where not all are known, the last that is known is not the last.
    if (more) return `${time(first)}–…`;
    return count === 1 ? time(first) : `${time(first)}–${time(last)}`;
  };
  const runs = () => {
    const { count, more } = props.entry;
    if (count === 1) return '';
    return more ? t('jobCalendar.manyRuns', { count }) : tn('jobCalendar.runs', count);
  };
  return (
    <li>
      <button
        type="button"
        class="w-full rounded-md bg-accent-soft px-2 py-1 text-start text-xs hover:outline hover:outline-accent pointer-coarse:py-2.5"
        onClick={() => props.onOpen()}
      >
        <span class="num flex flex-wrap gap-x-2">
          <span class="font-semibold">{times()}</span>
          <Show when={runs()}>
            <span class="text-muted">{runs()}</span>
          </Show>
        </span>
        <span class="line-clamp-2 [overflow-wrap:anywhere]">{jobName(props.entry.job)}</span>
        <Show when={storage()}>
          <span class="block truncate text-muted">{storage()}</span>
        </Show>
      </button>
    </li>
  );
}

/** `Tue, Nov 24`. */
function dayName(day: string): string {
  const format = new Intl.DateTimeFormat(locale(), {
    ...{ weekday: 'short', day: 'numeric', month: 'short', timeZone: 'UTC' },
  });
  return format.format(Date.parse(`${day}T12:00:00Z`));
}
