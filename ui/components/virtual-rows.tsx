// A list of rows of one height of which only those in sight are on the page.
import { createMemo, createSignal, Index, type JSX, onCleanup, onMount } from 'solid-js';

interface VirtualRowsProps<T> {
  rows: readonly T[];
  /** Pixels. */
  rowHeight: number;
  /** The box that scrolls. */
  scroller: () => HTMLElement | undefined;
  children: (row: () => T) => JSX.Element;
}

const around = 8;

export function VirtualRows<T>(props: VirtualRowsProps<T>) {
  const [top, setTop] = createSignal(0);
  const [height, setHeight] = createSignal(800);
  onMount(() => {
    const box = props.scroller();
    if (!box) return;
    const onScroll = () => setTop(box.scrollTop);
    const observer = new ResizeObserver(() => setHeight(box.clientHeight));
    box.addEventListener('scroll', onScroll, { passive: true });
    observer.observe(box);
    onCleanup(() => {
      box.removeEventListener('scroll', onScroll);
      observer.disconnect();
    });
  });
  const first = createMemo(() => {
    const last = Math.max(0, props.rows.length - Math.ceil(height() / props.rowHeight) - around);
    return Math.min(last, Math.max(0, Math.floor(top() / props.rowHeight) - around));
  });
  const count = createMemo(() => Math.ceil(height() / props.rowHeight) + 2 * around);
  const shown = createMemo(() => props.rows.slice(first(), first() + count()));
  return (
    <div role="presentation" class="relative" style={{ height: `${props.rows.length * props.rowHeight}px` }}>
      <div
        role="presentation"
        class="absolute inset-x-0 top-0"
        style={{ transform: `translateY(${first() * props.rowHeight}px)` }}
      >
        <Index each={shown()}>{(row) => props.children(row)}</Index>
      </div>
    </div>
  );
}
