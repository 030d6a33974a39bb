// What a table does apart from drawing: order, columns that fit, widths, what is selected, what is remembered. Pure.

/** What the model knows of a column. */
export interface ColumnShape {
  readonly key: string;
  /** In pixels: what it has until somebody changes it, and the least it takes when it grows. */
  readonly width: number;
  /** It takes the room that is left. */
  readonly grow?: boolean;
  /** Where there is no room, those with the highest number go first; without a number it stays. */
  readonly drop?: number;
  /** Shown only when it is chosen. */
  readonly extra?: boolean;
}

export interface Sort {
  readonly key: string;
  readonly down: boolean;
}

/** What a person changed; what is not there is as the table comes. */
export interface TableMemory {
  readonly sort?: Sort;
  /** The columns that are shown, in the order of the table. */
  readonly columns?: readonly string[];
  readonly widths?: Readonly<Record<string, number>>;
}

export type SortValue = string | number | undefined;

const narrowest = 48;
const widest = 1200;

export function clampWidth(pixels: number): number {
  return Math.round(Math.min(widest, Math.max(narrowest, pixels)));
}

/** Where a table's memory is kept in the browser: people share one. */
export function memoryKey(table: string, user: string): string {
  return `croft.table.${table}.${user}`;
}

/** Reads what was stored. What is not understood, or is about columns that are no more, is left out. */
export function readMemory(
  text: string | null,
  columns: readonly ColumnShape[],
  sortable: (key: string) => boolean,
): TableMemory {
  let stored: unknown;
  try {
    stored = JSON.parse(text ?? '');
  } catch {
    return {};
  }
  if (!isRecord(stored)) return {};
  const known = new Set(columns.map((column) => column.key));
  const sort = readSort(stored['sort'], sortable);
  const shown = readColumns(stored['columns'], columns);
  const widths = readWidths(stored['widths'], known);
  return { ...(sort && { sort }), ...(shown && { columns: shown }), ...(widths && { widths }) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readSort(stored: unknown, sortable: (key: string) => boolean): Sort | undefined {
  if (!isRecord(stored)) return undefined;
  const { key, down } = stored;
  return typeof key === 'string' && typeof down === 'boolean' && sortable(key) ? { key, down } : undefined;
}

function readColumns(stored: unknown, columns: readonly ColumnShape[]): string[] | undefined {
  if (!Array.isArray(stored)) return undefined;
  const shown = columns.filter(({ key, drop }) => drop === undefined || stored.includes(key));
  return shown.map(({ key }) => key);
}

function readWidths(stored: unknown, known: ReadonlySet<string>): Record<string, number> | undefined {
  if (!isRecord(stored)) return undefined;
  const good = Object.entries(stored).filter(
    (entry): entry is [string, number] => known.has(entry[0]) && Number.isFinite(entry[1]),
  );
  return good.length === 0
    ? undefined
    : Object.fromEntries(good.map(([key, pixels]) => [key, clampWidth(pixels)]));
}

/** The columns to draw in `room` pixels. Who chose columns gets them all, and scrolls if there is no room. */
export function shownColumns<C extends ColumnShape>(
  columns: readonly C[],
  memory: TableMemory,
  room: number,
): C[] {
  const chosen = memory.columns;
  if (chosen) return columns.filter(({ key }) => chosen.includes(key));
  let shown = columns.filter((column) => !column.extra);
  const widthOf = (column: C) => memory.widths?.[column.key] ?? column.width;
  const needed = () => shown.reduce((sum, column) => sum + widthOf(column), 0);
  while (needed() > room) {
    const next = shown.reduce<C | undefined>(
      (worst, one) => ((one.drop ?? 0) > (worst?.drop ?? 0) ? one : worst),
      undefined,
    );
    if (!next) break;
    shown = shown.filter((one) => one !== next);
  }
  return shown;
}

/** What `grid-template-columns` says for the columns; with `before` for what stands before them. */
export function columnTemplate(
  columns: readonly ColumnShape[],
  widths: TableMemory['widths'] = {},
  before = '',
): string {
  let grows = false;
  const tracks = columns.map(({ key, width, grow }) => {
    const own = widths[key];
    if (own !== undefined || !grow) return `${own ?? width}px`;
    grows = true;
    return `minmax(${width}px, 1fr)`;
  });
  // Somebody set the width of all that would grow: the room stays empty.
  if (!grows) tracks.push('1fr');
  return [before, ...tracks].filter(Boolean).join(' ');
}

/** Pressing a column's head: it becomes the order, or turns it round. */
export function pressedHead(sort: Sort, key: string): Sort {
  return { key, down: sort.key === key && !sort.down };
}

/**
 * Rows in order; what has no value comes last either way, and equals stay as they came. `compare` is for texts, in the
 * order of the language. Values are read once for each row: they may be costly.
 */
export function sortRows<T>(
  rows: readonly T[],
  by: (row: T) => SortValue,
  down: boolean,
  compare: (a: string, b: string) => number,
): T[] {
  const sign = down ? -1 : 1;
  return rows
    .map((row, at) => ({ row, at, value: by(row) }))
    .sort((a, b) => {
      const [left, right] = [a.value, b.value];
      if (left === undefined || right === undefined)
        return Number(left === undefined) - Number(right === undefined) || a.at - b.at;
      if (typeof left === 'number' && typeof right === 'number') return sign * (left - right) || a.at - b.at;
      return sign * compare(String(left), String(right)) || a.at - b.at;
    })
    .map(({ row }) => row);
}

export interface Selection {
  readonly keys: ReadonlySet<string>;
  /** Where a range begins. */
  readonly anchor: string | undefined;
}

export const nothingSelected: Selection = { keys: new Set(), anchor: undefined };

export function toggle(selection: Selection, key: string): Selection {
  const keys = new Set(selection.keys);
  if (!keys.delete(key)) keys.add(key);
  return { keys, anchor: key };
}

/** Adds all from the anchor to the row, both included, as they stand on the page. Without an anchor, only the row. */
export function selectTo(selection: Selection, order: readonly string[], key: string): Selection {
  const to = order.indexOf(key);
  if (to < 0) return selection;
  const from = selection.anchor === undefined ? -1 : order.indexOf(selection.anchor);
  const start = from < 0 ? to : from;
  const range = order.slice(Math.min(start, to), Math.max(start, to) + 1);
  return { keys: new Set([...selection.keys, ...range]), anchor: from < 0 ? key : selection.anchor };
}

/** Without what is no longer there: who selects does not see it, and must not act on it when it comes back. */
export function keepSelected(selection: Selection, isThere: (key: string) => boolean): Selection {
  const keys = [...selection.keys].filter(isThere);
  return keys.length === selection.keys.size ? selection : { ...selection, keys: new Set(keys) };
}

/** Selects all; or none, when all are. */
export function toggleAll(selection: Selection, order: readonly string[]): Selection {
  const all = order.length > 0 && order.every((key) => selection.keys.has(key));
  return { keys: all ? new Set() : new Set(order), anchor: undefined };
}

/** The row reached by a key of the keyboard from the one at `at`; undefined for other keys. `page`: rows in sight. */
export function reachedRow(key: string, at: number, count: number, page: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + page,
    PageUp: at - page,
    Home: 0,
    End: count - 1,
  };
  const to = steps[key];
  return to === undefined || count === 0 ? undefined : Math.min(count - 1, Math.max(0, to));
}
