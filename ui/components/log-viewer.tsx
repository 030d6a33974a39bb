// A log that follows its end until the reader scrolls up.
import { createEffect, createSignal, For, on, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import { Button } from './button.tsx';

/** Older lines than these stay in the log but not on the page. */
const shownLines = 2000;

export function LogViewer(props: { label: string; lines: readonly string[]; class?: string }) {
  let box: HTMLDivElement | undefined;
  const [following, setFollowing] = createSignal(true);
  const shown = () => props.lines.slice(-shownLines);
  const toEnd = () => box?.scrollTo({ top: box.scrollHeight });
  createEffect(
    on(
      () => props.lines,
      () => following() && queueMicrotask(toEnd),
    ),
  );
  return (
    <div class={`relative min-h-0 ${props.class ?? ''}`}>
      <div
        ref={box}
        role="log"
        aria-label={props.label}
        tabindex="0"
        class="h-full overflow-auto bg-canvas px-3 py-2 font-mono text-xs leading-5 outline-offset-[-2px]"
        onScroll={(event) => {
          const at = event.currentTarget;
          setFollowing(at.scrollHeight - at.scrollTop - at.clientHeight < 24);
        }}
      >
        <Show when={props.lines.length > shownLines}>
          <div class="text-muted">{t('log.earlier', { count: props.lines.length - shownLines })}</div>
        </Show>
        <For each={shown()} fallback={<div class="text-muted">{t('log.empty')}</div>}>
          {(line) => (
            <div class="whitespace-pre-wrap [overflow-wrap:anywhere]">{line === '' ? ' ' : line}</div>
          )}
        </For>
      </div>
      <Show when={!following()}>
        <Button
          class="absolute end-4 bottom-3 shadow-pop"
          onClick={() => {
            setFollowing(true);
            toEnd();
          }}
        >
          {t('log.follow')}
        </Button>
      </Show>
    </div>
  );
}
