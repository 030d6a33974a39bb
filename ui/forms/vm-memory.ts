// A VM's memory: between the form and the keys of its configuration. Pure.
import { type PendingLine, settingOf } from './guest-config.ts';
import { wholeNumber } from './plain-rules.ts';
import { isOn } from './property-string.ts';

export interface MemoryForm {
  readonly memory: string;
  /** `all`: it keeps all; `between`: the node may take some back down to `minimum`; `none`: it has no balloon. */
  readonly balloon: 'all' | 'between' | 'none';
  readonly minimum: string;
  /** Weight among guests that give back; empty: as all. */
  readonly shares: string;
  readonly ksm: boolean;
}

type Change = Record<string, string | boolean | undefined>;

export function readMemory(lines: readonly PendingLine[]): MemoryForm {
  const text = (key: string) => settingOf(lines, key).wanted ?? '';
  const memory = text('memory') || '512';
  const balloon = text('balloon');
  return {
    memory,
    balloon: balloon === '0' ? 'none' : balloon === '' || balloon === memory ? 'all' : 'between',
    minimum: balloon === '' || balloon === '0' ? '' : balloon,
    shares: text('shares'),
    ksm: text('allow-ksm') === '' || isOn(text('allow-ksm')),
  };
}

/** What differs from the configuration; the memory itself is always named. */
export function memoryChange(form: MemoryForm, lines: readonly PendingLine[]): Change {
  const had = readMemory(lines);
  const change: Change = { memory: form.memory.trim() };
  const balloon = { all: undefined, between: form.minimum.trim(), none: '0' }[form.balloon];
  const sameMinimum = form.balloon !== 'between' || form.minimum.trim() === had.minimum;
  const kept = settingOf(lines, 'balloon').wanted;
  // A balloon as large as the memory was must not stand in the way of less memory.
  const follows = form.balloon === 'all' && kept !== undefined && kept !== form.memory.trim();
  if (form.balloon !== had.balloon || !sameMinimum || follows) change['balloon'] = balloon;
  const shares = form.balloon === 'between' ? form.shares.trim() : had.shares;
  if (shares !== had.shares) change['shares'] = shares === '' ? undefined : shares;
  if (form.ksm !== had.ksm) change['allow-ksm'] = form.ksm ? undefined : false;
  return change;
}

export type MemoryProblem = 'memory' | 'minimum' | 'shares';

/** What would certainly be refused. */
export function checkMemory(form: MemoryForm): Partial<Record<keyof MemoryForm, MemoryProblem>> {
  const wrong: Partial<Record<keyof MemoryForm, MemoryProblem>> = {};
  const memory = wholeNumber(form.memory) ?? 0;
  if (memory < 16) wrong.memory = 'memory';
  if (form.balloon !== 'between') return wrong;
  const minimum = wholeNumber(form.minimum) ?? 0;
  if (minimum < 1 || minimum > memory) wrong.minimum = 'minimum';
  const shares = wholeNumber(form.shares) ?? -1;
  if (form.shares.trim() !== '' && (shares < 0 || shares > 50_000)) wrong.shares = 'shares';
  return wrong;
}
