// A list of rows of one height of which only those in sight are on the page.
import { createVirtualizer } from '@tanstack/solid-virtual';
import { createMemo, createSignal, Index, type JSX, onMount } from 'solid-js';

interface VirtualRowsProps<T> {
  rows: readonly T[];
  /** Pixels. */
  rowHeight: number;
  /** The box that scrolls. */
  scroller: () => HTMLElement | undefined;
  children: (row: () => T) => JSX.Element;
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

export function VirtualRows<T>(props: VirtualRowsProps<T>) {
  const scroller = onPage(() => props.scroller());
  const virtual = createVirtualizer<HTMLElement, HTMLElement>({
    get count() {
      return props.rows.length;
    },
    get getScrollElement() {
      return scroller();
    },
    estimateSize: () => props.rowHeight,
    overscan: rowsAround,
  });
  const shown = createMemo(() =>
    virtual.getVirtualItems().flatMap(({ index }) => {
      const row = props.rows[index];
      return row === undefined ? [] : [row];
    }),
  );
  const start = () => virtual.getVirtualItems()[0]?.start ?? 0;
  return (
    <div role="presentation" class="relative" style={{ height: `${props.rows.length * props.rowHeight}px` }}>
      <div
        role="presentation"
        class="absolute inset-x-0 top-0"
        style={{ transform: `translateY(${start()}px)` }}
      >
        <Index each={shown()}>{(row) => props.children(row)}</Index>
      </div>
    </div>
  );
}
