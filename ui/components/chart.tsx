// A small chart over time: one or two lines, a grid, and the values under the pointer.
import { createMemo, createSignal, createUniqueId, For, onCleanup, onMount, Show } from 'solid-js';
import { moment } from '../format/show.ts';
import { t } from '../i18n/index.ts';
import { type Box, nearest, niceCeiling, type Point, paths, xOf, yOf } from './chart-scale.ts';

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
}

const height = 96;
const strokes = ['stroke-accent', 'stroke-warn'] as const;
const fills = ['fill-accent', 'fill-warn'] as const;
const inks = ['text-accent', 'text-warn'] as const;

export function Chart(props: ChartProps) {
  let frame: HTMLDivElement | undefined;
  const id = createUniqueId();
  const [width, setWidth] = createSignal(320);
  const [hovered, setHovered] = createSignal<number>();
  onMount(() => {
    if (!frame) return;
    const observer = new ResizeObserver(
      ([entry]) => entry && setWidth(Math.max(60, entry.contentRect.width)),
    );
    observer.observe(frame);
    onCleanup(() => observer.disconnect());
  });
  const box = createMemo((): Box => {
    const times = props.series.flatMap((one) => one.points.map((point) => point.time));
    const values = props.series.flatMap((one) => one.points.map((point) => point.value ?? 0));
    const to = times.length > 0 ? Math.max(...times) : 1;
    return {
      from: Math.min(to - props.span, ...times),
      to,
      max: props.max ?? niceCeiling(Math.max(0, ...values), props.base),
      width: width(),
      height,
    };
  });
  const shownTime = () => hovered() ?? box().to;
  const empty = () => props.series.every((one) => one.points.every((point) => point.value === undefined));

  return (
    <figure class="flex min-w-0 flex-col gap-1.5">
      <figcaption class="flex min-h-5 flex-wrap items-baseline justify-between gap-x-3 text-sm">
        <span class="font-medium">{props.title}</span>
        <span class="num flex flex-wrap gap-x-3 text-xs">
          <For each={props.series}>
            {(one, i) => {
              const point = () => nearest(one.points, shownTime());
              return (
                <Show when={point()}>
                  {(at) => (
                    <span class={inks[i() % inks.length]}>
                      {one.name === '' ? '' : `${one.name} `}
                      {props.format(at().value ?? 0)}
                    </span>
                  )}
                </Show>
              );
            }}
          </For>
        </span>
      </figcaption>
      <div
        ref={frame}
        class="relative h-24"
        onPointerMove={(event) => {
          const place = event.currentTarget.getBoundingClientRect();
          const at = (event.clientX - place.left) / place.width;
          setHovered(box().from + at * (box().to - box().from));
        }}
        onPointerLeave={() => setHovered(undefined)}
      >
        <svg
          class="absolute inset-0 size-full overflow-visible"
          role="img"
          aria-labelledby={id}
          viewBox={`0 0 ${width()} ${height}`}
          preserveAspectRatio="none"
        >
          <title id={id}>{props.title}</title>
          <For each={[0, 0.5, 1]}>
            {(part) => (
              <line
                x1="0"
                x2={width()}
                y1={part * height}
                y2={part * height}
                class="stroke-line"
                stroke-width="1"
              />
            )}
          </For>
          <For each={props.series}>
            {(one, i) => {
              const drawn = createMemo(() => paths(one.points, box()));
              return (
                <>
                  <path d={drawn().area} class={fills[i() % fills.length]} fill-opacity="0.12" />
                  <path
                    d={drawn().line}
                    fill="none"
                    class={strokes[i() % strokes.length]}
                    stroke-width="1.5"
                    stroke-linejoin="round"
                    stroke-linecap="round"
                  />
                  <Show when={hovered() === undefined ? undefined : nearest(one.points, shownTime())}>
                    {(at) => (
                      <circle
                        cx={xOf(at().time, box())}
                        cy={yOf(at().value ?? 0, box())}
                        r="3"
                        class={fills[i() % fills.length]}
                      />
                    )}
                  </Show>
                </>
              );
            }}
          </For>
        </svg>
        <Show
          when={!empty()}
          fallback={
            <p class="absolute inset-0 grid place-items-center text-xs text-muted">{t('chart.empty')}</p>
          }
        >
          <span class="num pointer-events-none absolute start-0 top-0.5 text-xs text-muted">
            {props.format(box().max)}
          </span>
        </Show>
      </div>
      <div class="num flex justify-between text-xs text-muted">
        <span>{empty() ? '' : moment(box().from)}</span>
        <span>{empty() ? '' : moment(shownTime())}</span>
      </div>
    </figure>
  );
}
