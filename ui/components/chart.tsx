// A small chart over time, drawn by uPlot, which comes when the first chart is shown: lines, a grid, the values under the pointer.
import { createEffect, createMemo, createSignal, For, on, onCleanup, onMount, Show } from 'solid-js';
import type UPlot from 'uplot';
import { moment } from '../format/show.ts';
import { t } from '../i18n/index.ts';
import { columnsOf, nearest, niceCeiling, type Point } from './chart-scale.ts';

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

interface ChartProps {
  title: string;
  series: readonly Series[];
  format: (value: number) => string;
  /** The top of the scale; without it the highest value decides. */
  max?: number | undefined;
  base?: 1000 | 1024;
  /** Seconds that the chart covers up to its last sample, however few samples there are. */
  span: number;
  /** Charts of one group show the same moment under the pointer. */
  group?: string;
}

const height = 96;
const colours = ['--c-accent', '--c-warn'] as const;
const inks = ['text-accent', 'text-warn'] as const;
const tokenOf = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export function Chart(props: ChartProps) {
  const [frame, setFrame] = createSignal<HTMLDivElement>();
  const [hovered, setHovered] = createSignal<number>();
  const times = createMemo(() => props.series.flatMap((one) => one.points.map((point) => point.time)));
  const scale = createMemo(() => {
    const values = props.series.flatMap((one) => one.points.map((point) => point.value ?? 0));
    const to = times().reduce((most, time) => Math.max(most, time), 1);
    return { from: to - props.span, to, max: props.max ?? niceCeiling(Math.max(0, ...values), props.base) };
  });
  const shownTime = () => hovered() ?? scale().to;
  const empty = () => props.series.every((one) => one.points.every((point) => point.value === undefined));
  const data = createMemo((): UPlot.AlignedData => columnsOf(props.series.map((one) => one.points)));

  onMount(() => {
    const box = frame();
    if (!box) return;
    let plot: UPlot | undefined;
    let gone = false;
    onCleanup(() => {
      gone = true;
      plot?.destroy();
    });
    const observer = new ResizeObserver(() =>
      plot?.setSize({ width: Math.max(60, box.clientWidth), height }),
    );
    observer.observe(box);
    // Colours are read while it draws: another theme is drawn anew.
    const repaint = () => plot?.redraw(false);
    const theme = new MutationObserver(repaint);
    theme.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    const system = matchMedia('(prefers-color-scheme: dark)');
    system.addEventListener('change', repaint);
    onCleanup(() => {
      observer.disconnect();
      theme.disconnect();
      system.removeEventListener('change', repaint);
    });
    void loadPlot().then((Plot) => {
      if (gone) return;
      plot = new Plot(optionsOf(box.clientWidth), data(), box);
    });
    createEffect(on([data, scale], ([next]) => plot?.setData(next), { defer: true }));

    function optionsOf(width: number): UPlot.Options {
      return {
        width: Math.max(60, width),
        height,
        padding: [4, 0, 4, 0],
        legend: { show: false },
        cursor: {
          y: false,
          drag: { x: false, y: false },
          points: { size: 6 },
          ...(props.group === undefined ? {} : { sync: { key: props.group } }),
        },
        scales: {
          x: { time: false, range: () => [scale().from, scale().to] },
          y: { range: () => [0, scale().max] },
        },
        axes: [
          { show: false },
          {
            size: 0,
            gap: 0,
            ticks: { show: false },
            splits: () => [0, scale().max / 2, scale().max],
            values: () => ['', '', ''],
            grid: { stroke: () => tokenOf('--c-line'), width: 1 },
          },
        ],
        series: [
          {},
          ...props.series.map((_, i) => ({
            stroke: () => tokenOf(colours[i % colours.length]!),
            fill: () => `color-mix(in srgb, ${tokenOf(colours[i % colours.length]!)} 12%, transparent)`,
            width: 1.5,
            points: { show: false },
          })),
        ],
        hooks: {
          setCursor: [
            ({ cursor, data: [at = []] }) => setHovered(cursor.idx == null ? undefined : at[cursor.idx]),
          ],
        },
      };
    }
  });

  return (
    <figure class="flex min-w-0 flex-col gap-1.5">
      <figcaption class="flex min-h-5 flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <span class="font-medium">{props.title}</span>
        <span class="num flex flex-wrap gap-x-3 text-xs">
          <For each={props.series}>
            {(one, i) => (
              <Show when={nearest(one.points, shownTime())}>
                {(at) => (
                  <span class={inks[i() % inks.length]}>
                    {one.name === '' ? '' : `${one.name} `}
                    {props.format(at().value ?? 0)}
                  </span>
                )}
              </Show>
            )}
          </For>
        </span>
      </figcaption>
      <div class="relative h-24">
        <div ref={setFrame} role="img" aria-label={props.title} class="absolute inset-0 overflow-hidden" />
        <Show
          when={!empty()}
          fallback={
            <p class="absolute inset-0 grid place-items-center text-xs text-muted">
              {/* The grid's middle line does not strike it through. */}
              <span class="bg-surface px-2">{t('chart.empty')}</span>
            </p>
          }
        >
          <span class="num pointer-events-none absolute start-0 top-0.5 text-xs text-muted">
            {props.format(scale().max)}
          </span>
        </Show>
      </div>
      <div class="num flex justify-between text-xs text-muted">
        <span>{empty() ? '' : moment(scale().from)}</span>
        <span>{empty() ? '' : moment(shownTime())}</span>
      </div>
    </figure>
  );
}

async function loadPlot(): Promise<typeof UPlot> {
  const [{ default: Plot }] = await Promise.all([import('uplot'), import('uplot/dist/uPlot.min.css')]);
  return Plot;
}
