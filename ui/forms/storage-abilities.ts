// What the volumes of a storage can do, brought into one row for each ability and set of states. Pure.
import type { StorageTypeCapability } from '../../server/contract/storage-types.ts';

export interface AbilityRow {
  readonly feature: string;
  readonly formats: readonly string[];
  readonly states: readonly string[];
  readonly live: boolean;
}

const order = [
  ...['snapshot', 'clone', 'linked-clone', 'copy', 'template', 'resize', 'sparse', 'discard', 'memory'],
  ...['stream-out', 'stream-in'],
];

/** Rows that differ only in their formats are one; in the order of what people ask for. */
export function abilityRows(capabilities: readonly StorageTypeCapability[]): AbilityRow[] {
  const rows = new Map<string, AbilityRow>();
  for (const { feature, formats, states, live } of capabilities) {
    const key = [feature, [...states].sort(), live].join('/');
    const before = rows.get(key)?.formats ?? [];
    rows.set(key, { feature, states, live: live === 1, formats: [...new Set([...before, ...formats])] });
  }
  const rank = (feature: string) => (order.includes(feature) ? order.indexOf(feature) : order.length);
  return [...rows.values()].sort((a, b) => rank(a.feature) - rank(b.feature));
}
