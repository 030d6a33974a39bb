// What a step of the image build is: its inputs decide its result, and its result is a folder that is kept.
import { createHash } from 'node:crypto';
import { AppError } from '../server/core/errors.ts';
import type { WorkContext } from '../server/core/work-context.ts';

export interface StepContext {
  /** An empty folder for the result. It is renamed when the step is done: write no absolute path of it into files. */
  readonly outDir: string;
  readonly work: WorkContext;
  /** Folder of the result of a step named in `needs`; to be read only. Throws `internal` for any other name. */
  of(stepName: string): string;
  /** Seconds since the epoch; the time of everything that bears one. Name it in `inputs` when the result must follow it. */
  readonly sourceDateEpoch: number;
}

export interface Step {
  /** Lower case letters, digits, hyphens: also a folder of the cache. */
  readonly name: string;
  /** Steps whose results this one reads; they stand before it in the list. Their keys join its own by themselves. */
  readonly needs?: readonly string[];
  /** Everything else that the result depends on, as plain JSON: parts of the profile, hashes of sources. */
  inputs(): object | Promise<object>;
  /** Makes the result in `outDir`. Stops when `work.signal` aborts. */
  run(context: StepContext): Promise<void>;
}

/** SHA-256 (hex) of what a result depends on: the step, its inputs, and the keys of the steps it needs. */
export function resultKey(step: string, inputs: object, needs: Readonly<Record<string, string>>): string {
  return createHash('sha256').update(canonicalJson({ step, inputs, needs })).digest('hex');
}

/**
 * JSON with the keys of objects in order, so that equal values have equal texts. Throws `internal` for what is no
 * JSON (a Map, a function): its content would be lost and a stale result taken for a fresh one.
 */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'function' || typeof item === 'symbol' || typeof item === 'bigint')
      throw noJson(item);
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item;
    if (Object.getPrototypeOf(item) !== Object.prototype) throw noJson(item);
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

function noJson(item: unknown): AppError {
  const what = typeof item === 'object' ? (item?.constructor?.name ?? 'object') : typeof item;
  return new AppError('internal', `inputs of a step must be plain JSON, not a ${what}`);
}
