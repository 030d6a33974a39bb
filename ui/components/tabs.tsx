// Tabs that are addresses: each is a link, the arrow keys move between them.
import { A } from '@solidjs/router';
import { createEffect, createSignal, For, type JSX, onCleanup, onMount } from 'solid-js';

export interface Tab {
  readonly href: string;
  readonly label: string;
  readonly active: boolean;
  readonly mark?: JSX.Element;
}

/** As wide as the fading of tabs at an end: 2.5 rem. */
const fadePx = 40;

export function TabBar(props: { label: string; tabs: readonly Tab[] }) {
  let list: HTMLDivElement | undefined;
  function move(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || !list) return;
    const links = [...list.querySelectorAll<HTMLAnchorElement>('[role=tab]')];
    const at = links.indexOf(document.activeElement as HTMLAnchorElement);
    const next = links[(at + step + links.length) % links.length];
    event.preventDefault();
    next?.focus();
    next?.click();
  }
  // On a phone not all tabs fit: the one that is shown must be among those in sight.
  createEffect(() => {
    const at = props.tabs.findIndex((tab) => tab.active);
    queueMicrotask(() => {
      const link = list?.querySelectorAll<HTMLElement>('[role=tab]')[at];
      if (!list || !link) return;
      const start = link.offsetLeft - list.offsetLeft;
      // Nor may it stand where tabs fade out.
      const end = list.scrollLeft + list.clientWidth;
      if (start < list.scrollLeft + fadePx || start + link.offsetWidth > end - fadePx)
        list.scrollLeft = start - (list.clientWidth - link.offsetWidth) / 2;
      lookAtEnds();
    });
  });
  const [hidden, setHidden] = createSignal({ before: false, after: false });
  function lookAtEnds(): void {
    if (!list) return;
    const at = Math.abs(list.scrollLeft);
    setHidden({ before: at > 1, after: at + list.clientWidth < list.scrollWidth - 1 });
  }
  onMount(() => {
    if (!list) return;
    const observer = new ResizeObserver(lookAtEnds);
    observer.observe(list);
    onCleanup(() => observer.disconnect());
  });
  /** Tabs fade out where there are more of them. */
  const fade = () =>
    `linear-gradient(to right, ${hidden().before ? 'transparent, black 2.5rem' : 'black'}, ${hidden().after ? 'black calc(100% - 2.5rem), transparent' : 'black'})`;
  return (
    <div
      ref={list}
      role="tablist"
      aria-label={props.label}
      class="flex gap-1 overflow-x-auto border-b border-line px-4 [scrollbar-width:none] lg:px-6"
      style={{ 'mask-image': fade() }}
      onScroll={lookAtEnds}
      onKeyDown={move}
    >
      <For each={props.tabs}>
        {(tab) => (
          <A
            href={tab.href}
            role="tab"
            aria-selected={tab.active}
            aria-controls="page-panel"
            tabindex={tab.active ? 0 : -1}
            class={`-mb-px inline-flex min-h-9 items-center gap-1.5 border-b-2 px-2.5 text-sm font-medium whitespace-nowrap outline-offset-[-3px] transition-colors pointer-coarse:min-h-11 ${tab.active ? 'border-accent text-text' : 'border-transparent text-muted hover:text-text'}`}
          >
            {tab.label}
            {tab.mark}
          </A>
        )}
      </For>
    </div>
  );
}

interface TabPanelProps {
  label: string;
  children: JSX.Element;
  /** It reaches the edges. */
  flush?: boolean;
  /** It is as high as the page, and what is in it scrolls: a table. On narrow pages it reaches the edges. */
  fill?: boolean;
}

/** What a tab shows. */
export function TabPanel(props: TabPanelProps) {
  const look = () =>
    props.fill
      ? 'flex flex-col overflow-hidden lg:p-6'
      : `overflow-y-auto ${props.flush ? '' : 'p-4 lg:p-6'}`;
  return (
    <div id="page-panel" role="tabpanel" aria-label={props.label} class={`min-h-0 flex-1 ${look()}`}>
      {props.children}
    </div>
  );
}
