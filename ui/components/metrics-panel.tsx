// The measurements of a node or guest as charts, over the time that is chosen.
import { createSignal, onCleanup, Show } from 'solid-js';
import type { Query } from '../api/query.ts';
import { createQuery } from '../api/query.ts';
import { bytes, percent } from '../format/show.ts';
import { t } from '../i18n/index.ts';
import { Chart } from './chart.tsx';
import { ErrorNote } from './error-note.tsx';
import { Panel, Skeleton } from './panel.tsx';

export type Timeframe = 'hour' | 'day' | 'week' | 'month' | 'year';
export type Sample = Readonly<Record<string, number | undefined>> & { readonly time: number };

const timeframes: readonly Timeframe[] = ['hour', 'day', 'week', 'month', 'year'];
const spans: Readonly<Record<Timeframe, number>> = {
  hour: 3600,
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
  year: 31_536_000,
};
/** Charts are read again this often while they are looked at: they are averages over a minute and more. */
const rereadMs = 60_000;

/** The pointer's moment is shown on all charts of a page. */
const group = 'metrics';

export function MetricsPanel(props: {
  /** What is measured: read again when it changes. */
  of: string;
  read: (timeframe: Timeframe) => Promise<Sample[]>;
  kind: 'node' | 'guest';
}) {
  const [timeframe, setTimeframe] = createSignal<Timeframe>('hour');
  const [round, setRound] = createSignal(0);
  const timer = setInterval(() => document.visibilityState === 'visible' && setRound(round() + 1), rereadMs);
  onCleanup(() => clearInterval(timer));
  const query: Query<Sample[]> = createQuery(
    () => ({ of: props.of, timeframe: timeframe(), revision: round() }),
    (from) => props.read(from.timeframe),
  );
  const points = (name: string) => (query.data() ?? []).map((one) => ({ time: one.time, value: one[name] }));
  const last = (name: string) => (query.data() ?? []).findLast((one) => one[name] !== undefined)?.[name];
  const rate = (value: number) => `${bytes(value)}/s`;
  return (
    <Panel
      title={t('chart.title')}
      actions={
        <select
          class="control rounded-md border border-line bg-surface px-2 text-sm"
          aria-label={t('chart.timeframe')}
          onChange={(event) => setTimeframe(event.currentTarget.value as Timeframe)}
        >
          {timeframes.map((one) => (
            <option value={one} selected={one === timeframe()}>
              {t(`chart.${one}`)}
            </option>
          ))}
        </select>
      }
    >
      <ErrorNote error={query.error()} retry={query.reload} />
      <Show when={query.data()} fallback={query.error() ? null : <Skeleton lines={6} />}>
        <div class="grid gap-x-8 gap-y-6 @2xl:grid-cols-2">
          <Chart
            group={group}
            span={spans[timeframe()]}
            title={t('chart.cpu')}
            series={[{ name: '', points: points('cpu') }]}
            max={1}
            format={(value) => percent(value)}
          />
          <Show
            when={props.kind === 'node'}
            fallback={
              <Chart
                group={group}
                span={spans[timeframe()]}
                title={t('chart.memory')}
                series={[{ name: '', points: points('mem') }]}
                max={last('maxmem')}
                format={bytes}
                base={1024}
              />
            }
          >
            <Chart
              group={group}
              span={spans[timeframe()]}
              title={t('chart.memory')}
              series={[{ name: '', points: points('memused') }]}
              max={last('memtotal')}
              format={bytes}
              base={1024}
            />
          </Show>
          <Chart
            group={group}
            span={spans[timeframe()]}
            title={t('chart.network')}
            series={[
              { name: t('chart.in'), points: points('netin') },
              { name: t('chart.out'), points: points('netout') },
            ]}
            format={rate}
            base={1024}
          />
          <Show
            when={props.kind === 'node'}
            fallback={
              <Chart
                group={group}
                span={spans[timeframe()]}
                title={t('chart.disk')}
                series={[
                  { name: t('chart.read'), points: points('diskread') },
                  { name: t('chart.written'), points: points('diskwrite') },
                ]}
                format={rate}
                base={1024}
              />
            }
          >
            <Chart
              group={group}
              span={spans[timeframe()]}
              title={t('chart.load')}
              series={[{ name: '', points: points('loadavg') }]}
              format={(value) => value.toFixed(2)}
            />
          </Show>
          <Show when={props.kind === 'node'}>
            <Chart
              group={group}
              span={spans[timeframe()]}
              title={t('chart.waiting')}
              series={[{ name: '', points: points('iowait') }]}
              format={(value) => percent(value)}
            />
            <Chart
              group={group}
              span={spans[timeframe()]}
              title={t('chart.root')}
              series={[{ name: '', points: points('rootused') }]}
              max={last('roottotal')}
              format={bytes}
              base={1024}
            />
          </Show>
        </div>
      </Show>
    </Panel>
  );
}
