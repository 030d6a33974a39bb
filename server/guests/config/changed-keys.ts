// Where two configurations of a guest differ, and what is shown of the one that waits.
import type { ConfigValue, VmConfig } from './config-keys.ts';

/** Keys whose values differ; those in `awaited` get theirs once their volumes are there. */
export function changedKeys(
  current: VmConfig,
  next: VmConfig,
  awaited: ReadonlySet<string> = new Set(),
): string[] {
  return [...allKeys(current, next, awaited)].filter((key) => awaited.has(key) || current[key] !== next[key]);
}

export interface PendingLine {
  readonly key: string;
  readonly value?: ConfigValue;
  readonly pending?: ConfigValue;
  readonly delete?: number;
}

/** `GET .../pending`: every key with the value in force, and what comes with the next start. */
export function linesOfPending(
  { config, running = config }: { readonly config: VmConfig; readonly running?: VmConfig },
  order: (a: string, b: string) => number,
): PendingLine[] {
  return [...allKeys(running, config)].sort(order).map((key) => {
    const value = running[key];
    const wanted = config[key];
    return {
      key,
      ...(value === undefined ? {} : { value }),
      ...(wanted === value ? {} : wanted === undefined ? { delete: 1 } : { pending: wanted }),
    };
  });
}

function allKeys(first: VmConfig, second: VmConfig, more: Iterable<string> = []): Set<string> {
  return new Set([...Object.keys(first), ...Object.keys(second), ...more]);
}
