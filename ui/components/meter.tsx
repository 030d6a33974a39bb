// Meters and progress bars.
import TriangleAlert from 'lucide-solid/icons/triangle-alert';
import { Show } from 'solid-js';
import { percent } from '../format/show.ts';
import { type FillLevel, fillLevel } from './fill-level.ts';

const fills: Readonly<Record<FillLevel, string>> = {
  ok: 'bg-accent',
  watch: 'bg-warn',
  warn: 'bg-warn',
  full: 'bg-bad',
};
const inks: Readonly<Record<FillLevel, string>> = {
  ok: '',
  watch: '',
  warn: 'font-medium text-warn',
  full: 'font-medium text-bad',
};

interface MeterProps {
  label: string;
  /** 0 to 1; undefined when it is not known. */
  share: number | undefined;
  /** What stands at the right: `3.1 of 8 GiB`. */
  text?: string | undefined;
  /** Full is not bad here (a processor at work). */
  calm?: boolean;
}

/** A labelled bar. */
export function Meter(props: MeterProps) {
  const level = () => (props.calm ? 'ok' : fillLevel(props.share));
  const alarms = () => level() === 'warn' || level() === 'full';
  return (
    <div class="flex min-w-0 flex-col gap-1">
      <div class="flex items-baseline justify-between gap-3 text-sm">
        <span class="text-muted">{props.label}</span>
        <span class={`num inline-flex min-w-0 items-baseline gap-1 ${inks[level()]}`}>
          <Show when={alarms()}>
            <TriangleAlert size={13} class="shrink-0 self-center" aria-hidden="true" />
          </Show>
          <span class="truncate">{props.text ?? percent(props.share)}</span>
        </span>
      </div>
      <Bar label={props.label} share={props.share} calm={props.calm ?? false} />
    </div>
  );
}

/** The bar alone, for tables. */
export function Bar(props: { label: string; share: number | undefined; calm?: boolean }) {
  const value = () => Math.min(1, Math.max(0, props.share ?? 0));
  return (
    // biome-ignore lint/a11y/useSemanticElements: browsers draw <meter> each in their own way
    <div
      class="h-1.5 w-full overflow-hidden rounded-full bg-line"
      role="meter"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(value() * 100)}
    >
      <div
        class={`h-full rounded-full transition-[width] duration-300 ${fills[props.calm ? 'ok' : fillLevel(value())]}`}
        style={{ width: `${value() * 100}%` }}
      />
    </div>
  );
}

/** Progress of something that ends; without a share it only shows that something goes on. */
export function ProgressBar(props: { label: string; share: number | undefined }) {
  return (
    <div
      class="h-1.5 w-full overflow-hidden rounded-full bg-line"
      role="progressbar"
      aria-label={props.label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={props.share === undefined ? undefined : Math.round(props.share * 100)}
    >
      <Show
        when={props.share !== undefined}
        fallback={
          <div class="h-full w-2/5 animate-[sweep_1.4s_ease-in-out_infinite] rounded-full bg-accent" />
        }
      >
        <div
          class="h-full rounded-full bg-accent transition-[width]"
          style={{ width: `${Math.min(1, props.share ?? 0) * 100}%` }}
        />
      </Show>
    </div>
  );
}
