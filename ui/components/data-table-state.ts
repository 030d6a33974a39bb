// The state of one table on the page: the rows it shows in their order, what is selected, what is remembered.
import {
  batch,
  createComputed,
  createEffect,
  createMemo,
  createReaction,
  createSignal,
  type JSX,
  on,
  onCleanup,
  untrack,
} from 'solid-js';
import { sessionUser } from '../api/session.ts';
import { type Key, locale } from '../i18n/index.ts';
import type { RowFilter } from './table-filter.ts';
import {
  type ColumnShape,
  clampWidth,
  columnTemplate,
  keepSelected,
  memoryKey,
  nothingSelected,
  pressedHead,
  readMemory,
  type Selection,
  type Sort,
  type SortValue,
  selectTo,
  shownColumns,
  sortRows,
  type TableMemory,
  toggle,
  toggleAll,
} from './table-model.ts';

export interface Column<T> extends ColumnShape {
  readonly title: Key;
  /** What it is sorted by; numbers or texts, undefined for what has none. Without it the column is not sorted by. */
  readonly sortBy?: (row: T) => SortValue;
  /** `tab`: the `tabindex` of links and buttons in the cell; only the active row's are reached by Tab. */
  readonly cell: (row: () => T, tab: () => number) => JSX.Element;
  readonly align?: 'end';
  /** Of buttons for the row: its title is there for screen readers only, and its width is fixed. */
  readonly buttons?: boolean;
  /** Where it stands in the card that a row is on a phone; without it, it is not there. */
  readonly card?: 'title' | 'aside' | 'line';
  /** What a card's line says of it, behind its title, instead of the cell; nothing when there is nothing to say. */
  readonly text?: (row: T) => string;
  /** The text says by itself what it is of: its title is for screen readers only. */
  readonly plain?: boolean;
}

export interface TableSource<T> {
  /** What is remembered is remembered under this name. */
  readonly name: string;
  /** Undefined until they are known. */
  readonly rows: readonly T[] | undefined;
  readonly columns: readonly Column<T>[];
  /** The order at first. */
  readonly sort: Sort;
  readonly rowKey: (row: T) => string;
  /** Without it there is nothing to filter by. */
  readonly filter?: (text: string) => RowFilter<T>;
  /** A filter that is asked for from outside, by a link for instance; the person changes it as they like. */
  readonly asked?: string | undefined;
}

/** Rows change places at most this often while nobody asks for it: what jumps cannot be read, and costs. */
const restMs = 500;
/** Below this a row is a card. */
const cardBelowPx = 560;
/** Of the column of check boxes. */
export const checkWidth = 44;

interface Found<T> {
  readonly keys: readonly string[];
  readonly rows: ReadonlyMap<string, T>;
  readonly places: ReadonlyMap<string, number>;
  readonly problems: readonly string[];
  /** Before the filter. */
  readonly all: number;
  readonly known: boolean;
}

const storage = {
  read(key: string): string | null {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  },
  write(key: string, memory: TableMemory): void {
    try {
      if (Object.keys(memory).length === 0) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(memory));
    } catch {
      // Storage is blocked or full: what was chosen lasts as long as the page.
    }
  },
};

export type TableState<T> = ReturnType<typeof createTableState<T>>;

/** `selecting`: rows can be selected, and a column of check boxes takes room. */
export function createTableState<T>(source: TableSource<T>, selecting: () => boolean) {
  const columnOf = (key: string) => source.columns.find((column) => column.key === key);
  const place = memoryKey(source.name, untrack(sessionUser));
  const [memory, setMemory] = createSignal<TableMemory>(
    readMemory(storage.read(place), source.columns, (key) => columnOf(key)?.sortBy !== undefined),
  );
  createEffect(on(memory, (now) => storage.write(place, now), { defer: true }));

  const [room, setRoom] = createSignal(1000);
  const [filter, setFilter] = createSignal(untrack(() => source.asked ?? ''));
  createComputed(
    on(
      () => source.asked,
      (asked) => setFilter(asked ?? ''),
      { defer: true },
    ),
  );
  const sort = () => memory().sort ?? source.sort;
  const isCard = createMemo(() => room() < cardBelowPx);
  /** A card has room for all. */
  const columnRoom = () => (isCard() ? Number.POSITIVE_INFINITY : room() - (selecting() ? checkWidth : 0));
  const shown = createMemo(() => shownColumns(source.columns, memory(), columnRoom()), [], {
    equals: (a, b) => a.length === b.length && a.every((one, i) => one === b[i]),
  });
  const collator = createMemo(() => new Intl.Collator(locale(), { numeric: true, sensitivity: 'base' }));

  function find(): Found<T> {
    const all = source.rows ?? [];
    const { matches, problems } = source.filter?.(filter()) ?? { matches: () => true, problems: [] };
    const by = columnOf(sort().key)?.sortBy ?? (() => undefined);
    const rows = sortRows(all.filter(matches), by, sort().down, collator().compare);
    const keys = rows.map((row) => source.rowKey(row));
    return {
      keys,
      rows: new Map(rows.map((row, i) => [keys[i]!, row])),
      places: new Map(keys.map((key, i) => [key, i])),
      problems,
      all: all.length,
      known: source.rows !== undefined,
    };
  }

  const [selection, setSelection] = createSignal<Selection>(nothingSelected);
  // Not a memo: a change of any row's order would run that at once, fifty times a second.
  const [found, setFound] = createSignal<Found<T>>({
    keys: [],
    rows: new Map(),
    places: new Map(),
    problems: [],
    all: 0,
    known: false,
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let foundAt = Number.NEGATIVE_INFINITY;
  const whenChanged = createReaction(() => {
    // The first rows are waited for.
    const rest = untrack(found).all === 0 ? 0 : foundAt + restMs - performance.now();
    timer ??= setTimeout(look, Math.max(0, rest));
  });
  function look(): void {
    clearTimeout(timer);
    timer = undefined;
    whenChanged(() => {
      const next = find();
      untrack(() =>
        batch(() => {
          setFound(next);
          setSelection((before) => keepSelected(before, (key) => next.rows.has(key)));
        }),
      );
    });
    foundAt = performance.now();
  }
  createComputed(on([filter, () => memory().sort, () => source.name, locale], look));
  onCleanup(() => clearTimeout(timer));

  const [active, setActive] = createSignal<string>();
  const keys = () => found().keys;
  const selected = createMemo(() => {
    const { keys: wanted } = selection();
    if (wanted.size === 0) return [];
    const { rows } = found();
    return [...rows].filter(([key]) => wanted.has(key)).map(([, row]) => row);
  });
  /** The row that the keyboard is at; the first when there is no other. */
  const activeKey = createMemo(() => {
    const key = active();
    return key !== undefined && found().rows.has(key) ? key : keys()[0];
  });

  const change = (part: TableMemory) => setMemory((before) => ({ ...before, ...part }));
  return {
    setRoom,
    isCard,
    filter,
    setFilter,
    sort,
    shown,
    memory,
    keys,
    problems: () => found().problems,
    known: () => found().known,
    /** How many there are before the filter. */
    all: () => found().all,
    rowOf: (key: string) => found().rows.get(key),
    placeOf: (key: string) => found().places.get(key) ?? -1,
    template: () => columnTemplate(shown(), memory().widths, selecting() ? `${checkWidth}px` : ''),
    widthOf: (column: Column<T>) => memory().widths?.[column.key] ?? column.width,
    /** Undefined: as the table comes. */
    setWidth(column: Column<T>, pixels: number | undefined) {
      const { [column.key]: _before, ...others } = memory().widths ?? {};
      change({
        widths: { ...others, ...(pixels === undefined ? {} : { [column.key]: clampWidth(pixels) }) },
      });
    },
    sortBy: (next: Sort) => change({ sort: next }),
    pressHead: (column: Column<T>) => change({ sort: pressedHead(sort(), column.key) }),
    showColumn(column: Column<T>, on: boolean) {
      const now = new Set(shown().map(({ key }) => key));
      if (on) now.add(column.key);
      else now.delete(column.key);
      change({ columns: source.columns.filter(({ key }) => now.has(key)).map(({ key }) => key) });
    },
    /** As the table comes. */
    reset: () => setMemory({}),
    selected,
    isSelected: (key: string) => selection().keys.has(key),
    toggle: (key: string) => setSelection((before) => toggle(before, key)),
    selectTo: (key: string) => setSelection((before) => selectTo(before, keys(), key)),
    toggleAll: () => setSelection((before) => toggleAll(before, keys())),
    unselect: () => setSelection(nothingSelected),
    active: activeKey,
    moveTo: (key: string) => setActive(key),
  };
}
