// A list of rows of one height of which only those in sight are on the page.
import { createVirtualizer } from '@tanstack/solid-virtual';
import { createMemo, createSignal, For, type JSX, onMount } from 'solid-js';

interface VirtualRowsProps {
  /** One for each row. What is drawn for a key is moved and stays while the row is in sight, wherever it stands. */
  keys: readonly string[];
  /** Pixels. */
  rowHeight: number;
  /** The box that scrolls. */
  scroller: () => HTMLElement | undefined;
  children: (key: string) => JSX.Element;
}

/** Rows beyond the edges: who scrolls sees no gaps. */
export const rowsAround = 8;

/**
 * The box once it is on the page: before, it belongs to no window, and what observes it then never hears of it again. For
 * `getScrollElement`, as a getter.
 */
export function onPage(scroller: () => HTMLElement | undefined): () => () => HTMLElement | null {
  const [mounted, setMounted] = createSignal(false);
  onMount(() => setMounted(true));
  return () => {
    const box = mounted() ? (scroller() ?? null) : null;
    return () => box;
  };
}

export function VirtualRows(props: VirtualRowsProps) {
  const scroller = onPage(() => props.scroller());
  const virtual = createVirtualizer<HTMLElement, HTMLElement>({
    get count() {
      return props.keys.length;
    },
    get getScrollElement() {
      return scroller();
    },
    estimateSize: () => props.rowHeight,
    overscan: rowsAround,
  });
  const shown = createMemo(() =>
    virtual.getVirtualItems().flatMap(({ index }) => {
      const key = props.keys[index];
      return key === undefined ? [] : [key];
    }),
  );
  const start = () => virtual.getVirtualItems()[0]?.start ?? 0;
  return (
    // Without the browser's own anchoring: it would follow the rows that are put elsewhere, which moves them again, for ever.
    <div
      role="presentation"
      class="relative [overflow-anchor:none]"
      style={{ height: `${props.keys.length * props.rowHeight}px` }}
    >
      <div
        role="presentation"
        class="absolute inset-x-0 top-0"
        style={{ transform: `translateY(${start()}px)` }}
      >
        <For each={shown()}>{(key) => props.children(key)}</For>
      </div>
    </div>
  );
}
