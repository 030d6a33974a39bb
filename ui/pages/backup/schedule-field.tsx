// The field of a schedule: what is often wanted, what is written in words, and when it comes next.
import { createMemo, For, Show } from 'solid-js';
import { createQuery } from '../../api/query.ts';
import { errorText } from '../../components/error-note.tsx';
import { SuggestField } from '../../components/suggest-field.tsx';
import { dayAndTime } from '../../format/days.ts';
import { readSchedule } from '../../forms/schedule.ts';
import { t } from '../../i18n/index.ts';
import { createSettled } from '../../live/settled.ts';
import { type NodeZone, upcoming } from './backup-data.ts';
import { scheduleText } from './job-words.ts';

const suggestions = [
  ...['21:00', '02:30', 'mon..fri 21:00', 'sat 18:00', 'sun 01:00', '12,22:00'],
  ...['*/2:00', 'mon..fri 8..18:00', '*/30', '*-1 04:00', 'sat *-1..7 02:00'],
];
const shownRuns = 10;

/** `label`, `runsLabel` and `suggestions`: where it is not about backups. */
export function ScheduleField(props: {
  value: string;
  onValue: (value: string) => void;
  error: string | undefined;
  zone: NodeZone;
  label?: string;
  runsLabel?: string;
  suggestions?: readonly string[];
}) {
  const asked = createSettled(() => props.value.trim());
  const runsLabel = () => props.runsLabel ?? t('schedule.nextRuns');
  const runs = createQuery(
    () => asked() !== '' && { schedule: asked() },
    async (from) => ({ of: from.schedule, runs: await upcoming(from.schedule, shownRuns) }),
  );
  /** Of what is written now. */
  const answer = () => {
    const known = runs.data();
    return known?.of === props.value.trim() ? known.runs : undefined;
  };
  const isSettled = () => asked() === props.value.trim() && !runs.loading();
  const refused = () => {
    const error = isSettled() && asked() !== '' ? runs.error() : undefined;
    return error && (error.fields['schedule'] ?? errorText(error));
  };
  const never = () => (answer()?.length === 0 ? t('backupJob.neverComes') : undefined);
  const words = createMemo(() =>
    readSchedule(props.value) && !refused() ? scheduleText(props.value) : t('schedule.hint'),
  );
  return (
    <div class="grid gap-x-4 gap-y-3 sm:grid-cols-2">
      <div>
        <SuggestField
          label={props.label ?? t('backupJob.schedule')}
          value={props.value}
          onValue={props.onValue}
          error={props.error ?? refused() ?? never()}
          hint={words()}
          mono
          suggestions={(props.suggestions ?? suggestions).map((value) => ({
            value,
            label: scheduleText(value),
          }))}
        />
      </div>
      <div>
        <p class="mb-1.5 text-sm font-medium">{runsLabel()}</p>
        {/* As high with an answer as without: the fields below keep their places. */}
        <ol
          class={`num grid min-h-24 grid-cols-2 content-start gap-x-4 gap-y-1 text-xs ${isSettled() ? '' : 'opacity-60'}`}
          aria-label={runsLabel()}
          aria-busy={!isSettled()}
        >
          <For each={answer() ?? []} fallback={<li class="text-muted">–</li>}>
            {(at) => <li>{dayAndTime(at / 1000, props.zone.days())}</li>}
          </For>
        </ol>
        <Show when={props.zone.zone()}>
          {(zone) => <p class="text-xs text-muted">{t('schedule.zone', { zone: zone() })}</p>}
        </Show>
      </div>
    </div>
  );
}
