// A log of any length that follows its end until the reader scrolls up; only the lines in sight are on the page.
import { createVirtualizer } from '@tanstack/solid-virtual';
import { createEffect, createMemo, createSignal, For, on, Show } from 'solid-js';
import { t } from '../i18n/index.ts';
import { Button } from './button.tsx';
import { markedParts } from './marked-text.ts';
import { onPage } from './virtual-rows.tsx';

interface LogViewerProps {
  label: string;
  lines: readonly string[];
  class?: string;
  /** Words that are marked where they stand. */
  mark?: string;
  /** The number of the first line, when lines come and go at the begin too. */
  from?: number;
  /** What is said when there are none. */
  empty?: string;
  /** There may be lines that have not been read yet. */
  reading?: boolean;
}

/** Of a line that is not broken: `leading-5`. */
const lineHeight = 20;
/** Nearer to the end than this, a reader is at the end. */
const atEndPx = 24;

export function LogViewer(props: LogViewerProps) {
  const [box, setBox] = createSignal<HTMLDivElement>();
  const [following, setFollowing] = createSignal(true);
  const from = () => props.from ?? 0;
  const scroller = onPage(box);
  const virtual = createVirtualizer<HTMLElement, HTMLElement>({
    get count() {
      return props.lines.length;
    },
    get getScrollElement() {
      return scroller();
    },
    estimateSize: () => lineHeight,
    // Who reads keeps the place, and lines their measured heights, when others are put before them.
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: atEndPx,
    get getItemKey() {
      const first = from();
      return (index: number) => first + index;
    },
    overscan: 20,
  });
  const shown = createMemo(() => virtual.getVirtualItems().map((item) => Number(item.key)));
  // By the virtualizer, which corrects itself while lines are measured: it would undo what is scrolled behind its back.
  const toEnd = () => virtual.scrollToEnd();
  createEffect(
    on(
      () => props.mark,
      () => {
        virtual.measure();
        if (following()) queueMicrotask(toEnd);
      },
      { defer: true },
    ),
  );
  return (
    <div class={`relative min-h-0 ${props.class ?? ''}`}>
      <div
        ref={setBox}
        role="log"
        aria-label={props.label}
        tabindex="0"
        class="h-full overflow-auto bg-canvas px-4 py-2 font-mono text-xs leading-5 outline-offset-[-2px] [overflow-anchor:none]"
        onScroll={(event) => {
          const at = event.currentTarget;
          setFollowing(at.scrollHeight - at.scrollTop - at.clientHeight <= atEndPx);
        }}
      >
        <Show when={props.lines.length === 0 && !props.reading}>
          <div class="text-muted">{props.empty ?? t('log.empty')}</div>
        </Show>
        <div class="relative" style={{ height: `${virtual.getTotalSize()}px` }}>
          <div
            class="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${virtual.getVirtualItems()[0]?.start ?? 0}px)` }}
          >
            <For each={shown()}>
              {(key) => (
                <div
                  data-index={key - from()}
                  ref={(line) => queueMicrotask(() => virtual.measureElement(line))}
                  class="whitespace-pre-wrap [overflow-wrap:anywhere]"
                >
                  <Line text={props.lines[key - from()] ?? ''} mark={props.mark ?? ''} />
                </div>
              )}
            </For>
          </div>
        </div>
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

function Line(props: { text: string; mark: string }) {
  return (
    <Show when={props.mark.trim() !== ''} fallback={props.text === '' ? ' ' : props.text}>
      <For each={markedParts(props.text, props.mark)}>
        {(part) => (
          <Show when={part.marked} fallback={part.text}>
            <mark class="rounded-xs bg-warn-soft font-semibold text-warn">{part.text}</mark>
          </Show>
        )}
      </For>
    </Show>
  );
}
