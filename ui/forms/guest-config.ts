// A guest's configuration as its pages show it: settings and devices with what is there and what waits for a restart. Pure.
import { type PropertyString, parseProperties } from './property-string.ts';

/** One line of `/pending`. */
export interface PendingLine {
  readonly key: string;
  readonly value?: string | number | undefined;
  readonly pending?: string | number | undefined;
  readonly delete?: number | undefined;
}

export interface Device<K extends string = string> {
  readonly key: string;
  readonly kind: K;
  /** What the guest has now; undefined when it is only to be added. */
  readonly current: PropertyString | undefined;
  /** What it will have: differs from `current` when a change waits; undefined when it will be removed. */
  readonly wanted: PropertyString | undefined;
  readonly pending: boolean;
}

/** The lines that `kindOf` takes for devices, in the order of `order`, each kind by its key. */
export function devicesBy<K extends string>(
  lines: readonly PendingLine[],
  kindOf: (key: string, value: string) => K | undefined,
  order: readonly K[],
): Device<K>[] {
  const devices: Device<K>[] = [];
  for (const line of lines) {
    const now = line.value === undefined ? undefined : String(line.value);
    const later = line.delete ? undefined : line.pending === undefined ? now : String(line.pending);
    const text = later ?? now;
    if (text === undefined) continue;
    const kind = kindOf(line.key, text);
    if (kind === undefined) continue;
    devices.push({
      key: line.key,
      kind,
      current: now === undefined ? undefined : parseProperties(now),
      wanted: later === undefined ? undefined : parseProperties(later),
      pending: now !== later,
    });
  }
  return devices.sort(
    (a, b) =>
      order.indexOf(a.kind) - order.indexOf(b.kind) ||
      a.key.localeCompare(b.key, undefined, { numeric: true }),
  );
}

export interface Setting {
  readonly current: string | undefined;
  readonly wanted: string | undefined;
  readonly pending: boolean;
}

/** A plain setting: now, later, and whether these differ. */
export function settingOf(lines: readonly PendingLine[], key: string): Setting {
  const line = lines.find((one) => one.key === key);
  const current = line?.value === undefined ? undefined : String(line.value);
  const wanted = line?.delete ? undefined : line?.pending === undefined ? current : String(line.pending);
  // Of a password both are shown alike: that one waits is said by the line.
  return { current, wanted, pending: Boolean(line?.delete) || line?.pending !== undefined };
}

/** The keys with a change that waits. */
export function pendingKeys(lines: readonly PendingLine[]): string[] {
  return lines.filter((line) => line.delete || line.pending !== undefined).map((line) => line.key);
}

/** The first free key of a numbered device; undefined when all `count` are taken. */
export function firstFreeKey(
  prefix: string,
  count: number,
  lines: readonly PendingLine[],
): string | undefined {
  const taken = new Set(lines.map((line) => line.key));
  for (let i = 0; i < count; i += 1) if (!taken.has(`${prefix}${i}`)) return `${prefix}${i}`;
  return undefined;
}
