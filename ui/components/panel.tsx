// Panels, key-value lists, badges, empty states and skeletons: the quiet parts pages are made of.
import { For, type JSX, Show } from 'solid-js';

interface PanelProps {
  title?: string;
  actions?: JSX.Element;
  children: JSX.Element;
  class?: string;
  /** Tables reach the edge by themselves. */
  flush?: boolean;
}

export function Panel(props: PanelProps) {
  return (
    <section
      aria-label={props.title}
      class={`min-w-0 rounded-lg border border-line bg-surface ${props.class ?? ''}`}
    >
      <Show when={props.title}>
        <header class="flex min-h-12 flex-wrap items-center justify-between gap-x-3 gap-y-1 px-4 py-1.5 pointer-coarse:py-2">
          {/* As high as a button: it keeps its place when the buttons do not fit beside it. */}
          <h2 class="flex min-h-9 items-center text-base font-semibold">{props.title}</h2>
          <div class="flex flex-wrap items-center gap-2">{props.actions}</div>
        </header>
      </Show>
      <div class={props.flush ? '' : `px-4 pb-4 ${props.title ? '' : 'pt-4'}`}>{props.children}</div>
    </section>
  );
}

export interface Fact {
  readonly name: string;
  readonly value: JSX.Element;
}

/** Names and values in two columns that line up. */
export function KeyValues(props: { facts: readonly (Fact | undefined)[] }) {
  return (
    <dl class="grid grid-cols-[minmax(7rem,auto)_minmax(0,1fr)] gap-x-4 gap-y-1.5 text-sm">
      <For each={props.facts.filter((fact) => fact !== undefined)}>
        {(fact) => (
          <>
            <dt class="text-muted">{fact.name}</dt>
            <dd class="num min-w-0 break-words">{fact.value}</dd>
          </>
        )}
      </For>
    </dl>
  );
}

type Tone = 'plain' | 'ok' | 'warn' | 'bad' | 'accent';
const tones: Readonly<Record<Tone, string>> = {
  plain: 'bg-hover text-muted',
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  accent: 'bg-accent-soft text-accent',
};

export function Badge(props: { tone?: Tone; children: JSX.Element; title?: string | undefined }) {
  return (
    <span
      class={`inline-flex max-w-full items-center gap-1 truncate rounded-sm px-1.5 text-xs leading-5 font-medium ${tones[props.tone ?? 'plain']}`}
      title={props.title}
    >
      {props.children}
    </span>
  );
}

export function EmptyState(props: {
  title: string;
  text?: string;
  children?: JSX.Element;
  icon?: JSX.Element;
  /** It is all that the page has: its title is the page's. */
  page?: boolean;
}) {
  return (
    <div class="flex flex-col items-center gap-2 px-6 py-10 text-center">
      <div class="text-idle">{props.icon}</div>
      <Show when={props.page} fallback={<p class="font-medium">{props.title}</p>}>
        <h1 class="font-medium">{props.title}</h1>
      </Show>
      <Show when={props.text}>
        <p class="max-w-sm text-sm text-balance text-muted">{props.text}</p>
      </Show>
      {props.children}
    </div>
  );
}

/** A place-holder while something is read; screen readers hear nothing of it. */
export function Skeleton(props: { lines?: number }) {
  return (
    <div class="flex flex-col gap-2.5 py-2" aria-hidden="true">
      <For each={Array.from({ length: props.lines ?? 3 })}>
        {() => (
          <div class="h-4 animate-[pulse-soft_1.6s_ease-in-out_infinite] rounded-sm bg-hover last:w-2/3" />
        )}
      </For>
    </div>
  );
}

/** A notice that stays: a warning of state, not an event. */
export function Notice(props: {
  tone: 'ok' | 'warn' | 'bad' | 'accent';
  children: JSX.Element;
  icon?: JSX.Element;
}) {
  const back = () => tones[props.tone].split(' ')[0] ?? '';
  const ink = () => tones[props.tone].split(' ')[1] ?? '';
  return (
    <div class={`flex gap-2.5 rounded-md px-3.5 py-2.5 text-sm ${back()}`} role="note">
      <Show when={props.icon}>
        <span class={`shrink-0 pt-0.5 ${ink()}`}>{props.icon}</span>
      </Show>
      <div class="min-w-0 flex-1 break-words">{props.children}</div>
    </div>
  );
}
