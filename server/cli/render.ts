// Plain text for people: tables, pairs of key and value, sizes, times. Pure.
import { styleText } from 'node:util';

/** A column: its heading and what stands in it. */
export interface Column<Row> {
  readonly title: string;
  readonly value: (row: Row) => string;
  /** Numbers stand to the right. */
  readonly right?: boolean;
}

export type Painter = (text: string) => string;

/** Control characters could move the cursor or fake lines: texts of guests and uploads are shown without. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, '?').replace(/[\t\n]+/g, ' ');
}

/** An aligned table with headings; `none` when there are no rows. `paint` gets each padded cell of `STATUS`. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { readonly none: string; readonly paint?: Painter | undefined },
): string {
  if (rows.length === 0) return `${options.none}\n`;
  const cells = rows.map((row) => columns.map((column) => printable(column.value(row))));
  const widths = columns.map((column, at) =>
    Math.max(column.title.length, ...cells.map((line) => (line[at] ?? '').length)),
  );
  const pad = (text: string, at: number): string =>
    columns[at]?.right ? text.padStart(widths[at] ?? 0) : text.padEnd(widths[at] ?? 0);
  const line = (texts: string[], paint?: Painter): string =>
    texts
      .map((text, at) => (paint && columns[at]?.title === 'STATUS' ? paint(pad(text, at)) : pad(text, at)))
      .join('  ')
      .trimEnd();
  return `${[line(columns.map(({ title }) => title)), ...cells.map((texts) => line(texts, options.paint))].join('\n')}\n`;
}

/** `key: value` lines with the values below each other. */
export function renderPairs(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...pairs.map(([key]) => key.length));
  return pairs.map(([key, value]) => `${`${key}:`.padEnd(width + 1)} ${printable(value)}\n`).join('');
}

/** Any answer of the API as text: lists of objects as a table, an object as pairs, the rest as it is. */
export function renderAnswer(data: unknown): string {
  if (data === null || data === undefined) return '';
  if (Array.isArray(data)) {
    if (!data.every(isObject)) return data.map((item) => `${renderCell(item)}\n`).join('');
    const keys = [...new Set(data.flatMap((item) => Object.keys(item)))];
    const columns = keys.map((key) => ({
      title: key,
      value: (row: Record<string, unknown>) => renderCell(row[key]),
    }));
    return renderTable(data, columns, { none: 'nothing' });
  }
  if (isObject(data))
    return renderPairs(Object.entries(data).map(([key, value]) => [key, renderCell(value)]));
  return `${renderCell(data)}\n`;
}

function renderCell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Bytes as people read them, in powers of 1024: `1.5 GiB`. */
export function renderBytes(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  let value = bytes;
  for (const unit of ['B', 'KiB', 'MiB', 'GiB']) {
    if (value < 1024) return `${unit === 'B' ? value : value.toFixed(value < 10 ? 1 : 0)} ${unit}`;
    value /= 1024;
  }
  return `${value.toFixed(1)} TiB`;
}

/** Seconds as `3d 4h`, `5h 12m`, `41s`; nothing for 0. */
export function renderDuration(seconds: number | undefined): string {
  if (!seconds) return '';
  const days = Math.floor(seconds / 86_400);
  const hours = Math.floor((seconds % 86_400) / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${Math.floor(seconds % 60)}s` : `${Math.floor(seconds)}s`;
}

/** Seconds since the epoch in local time, `2026-11-21 14:03`. */
export function renderTime(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  const date = new Date(seconds * 1000);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** Colours of state words; undefined when there are to be none. */
export function statusPainter(colours: boolean): Painter | undefined {
  if (!colours) return undefined;
  return (text) => {
    const word = text.trim();
    if (/^(running|online|available|OK)$/.test(word))
      return styleText('green', text, { validateStream: false });
    if (/^(stopped|offline)$/.test(word)) return styleText('dim', text, { validateStream: false });
    if (/^(paused|suspended|WARNINGS.*)$/.test(word))
      return styleText('yellow', text, { validateStream: false });
    return text;
  };
}
