// What a rule about keeping comes to: the backups that each guest has after some time, as a calendar and in words.
import { createMemo, createSignal, For, Show } from 'solid-js';
import type { ApiMap } from '../../../server/contract/index.ts';
import { api } from '../../api/client.ts';
import { createQuery } from '../../api/query.ts';
import { SelectField } from '../../components/field.tsx';
import { dayOf } from '../../format/days.ts';
import { countsByRule, type PictureCell, retentionPicture } from '../../forms/retention-picture.ts';
import { locale, t, tn } from '../../i18n/index.ts';
import { createSettled } from '../../live/settled.ts';
import { knownZone } from './backup-data.ts';
import { countsText } from './job-words.ts';

type Forecast = ApiMap['GET /cluster/backup-info/retention']['reply'];

/** Days. */
const spans = ['30', '91', '365', '1096', '3653'] as const;
const usualSpan = '365';

/** `keep`: as the API has it, undefined while it is none. `schedule`: when backups are made. `intro`: said before all else. */
export function RetentionForecast(props: { keep: string | undefined; schedule: string; intro?: string }) {
  const [span, setSpan] = createSignal<string>(usualSpan);
  const wish = () => {
    const [keep, schedule] = [props.keep, props.schedule.trim()];
    if (keep === undefined || schedule === '') return '';
    return JSON.stringify({ 'prune-backups': keep, schedule });
  };
  const settled = createSettled(wish);
  const forecast = createQuery(
    () => settled() !== '' && { wish: settled(), span: span() },
    async (asked) => {
      const params = JSON.parse(asked.wish) as { 'prune-backups': string; schedule: string };
      return await api('GET /cluster/backup-info/retention', { ...params, span: Number(asked.span) });
    },
  );
  /** What is wrong with a field is said at the field. */
  const found = () => (wish() === '' || forecast.error() ? undefined : forecast.data());
  const isOld = () => forecast.loading() || settled() !== wish();
  return (
    <section aria-label={t('retention.title')} class="rounded-md border border-line bg-canvas px-3 py-2.5">
      <div class="flex flex-wrap items-start justify-between gap-x-4 gap-y-1">
        <div class="min-w-0 flex-1 basis-60">
          <p class="text-sm font-medium">{t('retention.title')}</p>
          <Show when={props.intro}>
            <p class="text-xs text-muted">{props.intro}</p>
          </Show>
        </div>
        <SelectField
          label={t('retention.after')}
          class="w-36"
          value={span()}
          onValue={setSpan}
          choices={spans.map((value) => ({ value, label: t(`retention.span.${value}`) }))}
        />
      </div>
      <Show
        when={found()}
        fallback={
          <p class="min-h-24 pt-2 text-sm text-muted">
            {wish() === '' || forecast.error() ? t('retention.notYet') : ''}
          </p>
        }
      >
        {(known) => (
          <div class={`min-h-24 pt-2 ${isOld() ? 'opacity-60' : ''}`} aria-busy={isOld()}>
            {/* A picture of only the newest would lie about the others. */}
            <Show when={known().backups.length === known().kept}>
              <Picture of={known()} />
            </Show>
            <p class="pt-2 text-sm" aria-live="polite">
              {sentences(known()).join(' ')}
            </p>
          </div>
        )}
      </Show>
    </section>
  );
}

const dayText = (seconds: number, timeZone: string | undefined) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', ...(timeZone && { timeZone }) }).format(
    seconds * 1000,
  );

/** How many there are and why, how old the oldest is, and what there must be room for. */
function sentences(of: Forecast): string[] {
  const zone = knownZone(of.timezone);
  if (of.runs === 0) return [t('retention.never')];
  const oldest = of.kept === of.backups.length ? of.backups.at(-1) : undefined;
  const counts = countsByRule(of.backups);
  const staysAll = Object.keys(counts).length === 0;
  return [
    tn(staysAll ? 'retention.all' : 'retention.kept', of.kept, { why: countsText(counts) }),
    ...(oldest ? [t('retention.oldest', { date: dayText(oldest.time, zone) })] : []),
    ...(staysAll ? [] : [tn('retention.most', of['most-at-once'])]),
    ...(of.complete === 1 ? [] : [t('retention.cut', { date: dayText(of.until, zone) })]),
  ];
}

function Picture(props: { of: Forecast }) {
  const picture = createMemo(() => {
    const { backups, from, until, timezone } = props.of;
    const day = (seconds: number) => dayOf(seconds * 1000, knownZone(timezone));
    return retentionPicture(backups, day(from), day(until), day);
  });
  const isDays = () => picture().of === 'days';
  const month = (day: string) => dateText(day, { month: 'short' });
  const titleOf = (cell: PictureCell) =>
    tn('retention.cell', cell.count, {
      when: dateText(cell.day, isDays() ? { dateStyle: 'medium' } : { month: 'long', year: 'numeric' }),
    });
  return (
    <div
      role="img"
      aria-label={t(isDays() ? 'retention.days' : 'retention.months')}
      class={`grid ${isDays() ? 'max-w-2xl gap-px sm:gap-0.5' : 'gap-0.5'}`}
      style={{
        'grid-template-columns': isDays()
          ? `repeat(${picture().columns}, minmax(0, 0.75rem))`
          : '2.5rem repeat(12, minmax(0, 2.5rem))',
      }}
    >
      <Show when={isDays()} fallback={<MonthMarks marks={picture().marks} />}>
        <For each={picture().marks}>
          {(mark) => (
            <span
              class="h-4 w-0 overflow-visible text-xs whitespace-nowrap text-muted"
              style={{ 'grid-row': '1', 'grid-column': `${mark.at}` }}
            >
              {month(mark.day)}
            </span>
          )}
        </For>
      </Show>
      <For each={picture().cells}>
        {(cell) => (
          <span
            class={`rounded-xs ${cell.count > 0 ? 'bg-accent text-on-accent' : 'bg-line'} ${isDays() ? 'aspect-square' : 'num h-4 text-center text-xs'}`}
            style={{
              'grid-row': `${cell.row + 1}`,
              'grid-column': `${cell.column + (isDays() ? 0 : 1)}`,
            }}
            title={titleOf(cell)}
          >
            {isDays() || cell.count === 0 ? '' : cell.count}
          </span>
        )}
      </For>
    </div>
  );
}

function MonthMarks(props: { marks: readonly { readonly at: number; readonly day: string }[] }) {
  const names = () =>
    Array.from({ length: 12 }, (_, i) =>
      dateText(`2026-${String(i + 1).padStart(2, '0')}-01`, { month: 'narrow' }),
    );
  return (
    <>
      <For each={names()}>
        {(name, i) => (
          <span
            class="truncate text-center text-xs text-muted"
            style={{ 'grid-row': '1', 'grid-column': `${i() + 2}` }}
          >
            {name}
          </span>
        )}
      </For>
      <For each={props.marks}>
        {(mark) => (
          <span class="num text-xs text-muted" style={{ 'grid-row': `${mark.at + 1}`, 'grid-column': '1' }}>
            {mark.day.slice(0, 4)}
          </span>
        )}
      </For>
    </>
  );
}

const dateText = (day: string, options: Intl.DateTimeFormatOptions) =>
  new Intl.DateTimeFormat(locale(), { ...options, timeZone: 'UTC' }).format(Date.parse(`${day}T12:00:00Z`));
