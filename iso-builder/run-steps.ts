// Runs the steps of a build in order, each only when its result is not there yet.
import { performance } from 'node:perf_hooks';
import { AppError, asAppError } from '../server/core/errors.ts';
import type { WorkContext } from '../server/core/work-context.ts';
import type { ResultCache } from './result-cache.ts';
import { resultKey, type Step } from './step.ts';

export interface StepResult {
  readonly name: string;
  readonly key: string;
  readonly folder: string;
  readonly cached: boolean;
  readonly milliseconds: number;
}

export interface RunStepsOptions {
  readonly cache: ResultCache;
  readonly work: WorkContext;
  readonly sourceDateEpoch: number;
  /** Only this step and those it needs. */
  readonly only?: string | undefined;
}

/**
 * Runs the steps and returns their results in order. A step that fails leaves nothing behind and names itself in the error.
 * To be called with the lock of the cache held.
 */
export async function runSteps(steps: readonly Step[], options: RunStepsOptions): Promise<StepResult[]> {
  checkList(steps);
  const { cache, work } = options;
  await cache.sweep();
  const selected = options.only === undefined ? steps : neededFor(steps, options.only);
  const results = new Map<string, StepResult>();
  for (const step of selected) {
    work.signal.throwIfAborted();
    const result = await runStep(step, results, options);
    results.set(step.name, result);
    const time = result.cached ? '(cached)' : `${(result.milliseconds / 1000).toFixed(1)} s`;
    work.log(`${step.name.padEnd(10)} ${time.padStart(9)}`);
    work.progress(results.size / selected.length);
    await cache.prune(step.name);
  }
  return [...results.values()];
}

async function runStep(
  step: Step,
  results: ReadonlyMap<string, StepResult>,
  { cache, work, sourceDateEpoch }: RunStepsOptions,
): Promise<StepResult> {
  const begun = performance.now();
  const before = needsOf(step).map((name) => [name, results.get(name)?.key ?? ''] as const);
  const inputs = await step.inputs();
  const key = resultKey(step.name, inputs, Object.fromEntries(before));
  const done = (folder: string, cached: boolean): StepResult => ({
    name: step.name,
    key,
    folder,
    cached,
    milliseconds: performance.now() - begun,
  });
  const found = cache.find(step.name, key);
  if (found) return done(found, true);

  const outDir = cache.begin(step.name);
  try {
    await step.run({ outDir, work, of: (name) => folderOf(step, name, results), sourceDateEpoch });
    work.signal.throwIfAborted();
    return done(await cache.commit(step.name, key, outDir, inputs), false);
  } catch (thrown) {
    const error = asAppError(thrown);
    await cache.discard(outDir).catch((failure) => work.log(asAppError(failure).message));
    throw new AppError(error.code, `step ${step.name}: ${error.message}`, {
      cause: thrown,
      ...(error.detail === undefined ? {} : { detail: error.detail }),
    });
  }
}

function folderOf(step: Step, name: string, results: ReadonlyMap<string, StepResult>): string {
  const result = needsOf(step).includes(name) ? results.get(name) : undefined;
  if (result) return result.folder;
  throw new AppError(
    'internal',
    `it reads the result of '${name}' but does not need it: its own would grow stale`,
  );
}

function needsOf(step: Step): readonly string[] {
  return step.needs ?? [];
}

/** Names fit for folders, each once, each after what it needs. */
function checkList(steps: readonly Step[]): void {
  const before = new Set<string>();
  for (const step of steps) {
    const late = needsOf(step).find((name) => !before.has(name));
    if (late)
      throw new AppError('internal', `step ${step.name} needs '${late}', which does not stand before it`);
    if (!/^[a-z][a-z0-9-]*$/.test(step.name) || step.name === 'keys' || before.has(step.name)) {
      throw new AppError('internal', `'${step.name}' cannot be the name of a step, or is there twice`);
    }
    before.add(step.name);
  }
}

function neededFor(steps: readonly Step[], only: string): Step[] {
  if (!steps.some(({ name }) => name === only)) {
    const names = steps.map(({ name }) => name).join(', ');
    throw new AppError('invalid-input', `there is no step '${only}'; there are: ${names}`);
  }
  const wanted = new Set([only]);
  for (const step of steps.toReversed()) {
    if (wanted.has(step.name)) for (const name of needsOf(step)) wanted.add(name);
  }
  return steps.filter(({ name }) => wanted.has(name));
}
