// A storage behind a time limit for each call and a circuit breaker, activated on first use: it can never hang its callers.
import { Readable } from 'node:stream';
import type { Storage } from '../../storage-plugins/plugin.ts';
import type { Clock } from '../core/clock.ts';
import { AppError, asAppError } from '../core/errors.ts';
import { quietContext, type WorkContext } from '../core/work-context.ts';
import type { Circuit } from './circuit.ts';
import type { ProcessControl } from './isolation/storage-process.ts';

/** Milliseconds each call may take. `undefined`: as long as its caller wants, for work whose length is the data's. */
const limitsMs: Readonly<Record<keyof Storage, number | undefined>> = {
  check: 10_000,
  activate: 60_000,
  deactivate: 60_000,
  usage: 10_000,
  list: 30_000,
  info: 10_000,
  createDisk: 600_000,
  // A tree of a container may hold millions of files; removing and copying them takes its time.
  remove: 3_600_000,
  annotate: 30_000,
  resize: 120_000,
  copyDisk: undefined,
  snapshot: 3_600_000,
  rollback: 3_600_000,
  removeSnapshot: 3_600_000,
  listSnapshots: 30_000,
  clone: undefined,
  makeBase: 600_000,
  reassign: 120_000,
  limitsTrees: 10_000,
  beginImport: 30_000,
  writeImport: undefined,
  importPath: 30_000,
  readImport: 10_000,
  commitImport: 120_000,
  discardImport: 120_000,
  sweep: 60_000,
  describeImport: 30_000,
  // Up to 16 MiB, over a slow network.
  putBeside: 60_000,
  readBeside: 60_000,
  exportStream: 10_000,
  attach: 60_000,
  detach: 60_000,
};

/** How long a call that was cancelled may take to clean up before its caller is answered all the same. */
const graceMs = 30_000;

/**
 * How long a call that was given up may go on in a storage's own process before that is killed. The second while a copy or an import
 * runs there too, or a file is read: a server that restarts must not cost hours of work.
 */
const patienceMs = { alone: 2_000, besideLongWork: 120_000 };

/** Calls that only look, or are done again without harm when they are cut off: what goes on beside them does not wait for them. */
const cutShort: ReadonlySet<keyof Storage> = new Set([
  ...(['check', 'activate', 'deactivate', 'usage', 'list', 'info', 'listSnapshots', 'limitsTrees'] as const),
  ...(['importPath', 'describeImport', 'readImport', 'readBeside', 'exportStream', 'sweep'] as const),
]);

/** Work with a limit of its own: it ends, or is late itself. */
interface UnderWay {
  readonly over: Promise<void>;
}

export interface GuardOptions {
  readonly circuit: Circuit;
  readonly clock: Clock;
  /** The storage's own process, where it has one. */
  readonly process?: ProcessControl | undefined;
  /** A call that hangs holds one of the daemon's own threads for files. */
  readonly holdsThreads?: boolean | undefined;
  /** What must be over before it is activated: an earlier life of it, what it lies on. */
  readonly beforeActivation?: (() => Promise<void>) | undefined;
  /** Shortens all limits, for tests: milliseconds. */
  readonly limitMs?: number | undefined;
}

/**
 * The same storage, guarded. Calls other than `check` and `activate` activate it first when that was not done yet. Once it is deactivated
 * nothing activates it again: another one is opened.
 */
export function guardStorage(storage: Storage, options: GuardOptions): Storage {
  let active: Promise<void> | undefined;
  let activating: Promise<unknown> | undefined;
  let over = false;
  let longWork = 0;
  const underWay = new Set<UnderWay>();
  const bounded = async (
    name: keyof Storage,
    context: WorkContext,
    call: (context: WorkContext) => unknown,
  ) => {
    const limit = limitsMs[name];
    const limitMs = limit === undefined ? undefined : Math.min(limit, options.limitMs ?? limit);
    const { promise, resolve } = Promise.withResolvers<void>();
    const mine: UnderWay = { over: promise };
    if (limit === undefined) longWork += 1;
    else if (!cutShort.has(name)) underWay.add(mine);
    try {
      const result = await boundedCall(context, call, limitMs, options, {
        isLong: () => longWork > (limit === undefined ? 1 : 0),
        limited: () => [...underWay].filter((other) => other !== mine),
      });
      if (result instanceof Readable && !result.closed) {
        longWork += 1;
        result.once('close', () => {
          longWork -= 1;
        });
      }
      return result;
    } finally {
      if (limit === undefined) longWork -= 1;
      underWay.delete(mine);
      resolve();
    }
  };
  const activate = (): Promise<void> => {
    // Shared by all callers, so it must not end with the one that happened to be first.
    const own = quietContext();
    active ??= (async () => {
      await options.beforeActivation?.();
      if (over) throw new AppError('unavailable', 'the storage was changed or removed');
      activating = bounded('activate', own, (inner) => storage.activate(inner));
      await activating;
    })().then(
      () => {},
      (error: unknown) => {
        active = undefined;
        throw error;
      },
    );
    return active;
  };
  let looking: Promise<void> | undefined;
  /** Several calls at once that hang would hold all threads for files: one for all callers finds out first whether it answers at all. */
  const look = async (): Promise<void> => {
    if (!options.holdsThreads) return;
    looking ??= (async () => {
      try {
        await bounded('check', quietContext(), (inner) => storage.check(inner));
      } finally {
        looking = undefined;
      }
    })();
    await looking;
  };

  const guard = async (
    name: keyof Storage,
    context: WorkContext,
    call: (context: WorkContext) => unknown,
  ) => {
    // What a dead storage left on this node is taken away also while nobody else may call it.
    if (name === 'deactivate') {
      over = true;
      active = undefined;
      await activating?.catch(() => {});
      return await bounded(name, context, call);
    }
    options.circuit.enter();
    try {
      if (name !== 'check') {
        await activate();
        // Usage is measured by one caller at a time anyway.
        if (name !== 'usage') await look();
      }
      const result = name === 'activate' ? undefined : await bounded(name, context, call);
      options.circuit.succeeded();
      return result;
    } catch (thrown) {
      const error = asAppError(thrown);
      if (error.code === 'timeout' || error.code === 'unavailable') {
        active = undefined;
        options.circuit.failed(error.message);
      } else if (error.code === 'cancelled') options.circuit.indifferent();
      else options.circuit.succeeded();
      throw error;
    }
  };

  const members = Object.keys(limitsMs) as (keyof Storage)[];
  const guarded = members.map((name) => {
    const method = storage[name] as (context: WorkContext, ...rest: unknown[]) => Promise<unknown>;
    const call = (context: WorkContext, ...rest: unknown[]) =>
      guard(name, context, (inner) => method.call(storage, inner, ...rest));
    return [name, call] as const;
  });
  return Object.fromEntries(guarded) as unknown as Storage;
}

/** What else is under way in the storage's process. */
interface Beside {
  /** Work without a limit. */
  isLong(): boolean;
  limited(): readonly UnderWay[];
}

async function boundedCall(
  context: WorkContext,
  call: (context: WorkContext) => unknown,
  limitMs: number | undefined,
  { circuit, clock, process, limitMs: testLimitMs }: GuardOptions,
  beside: Beside,
): Promise<unknown> {
  const giveUp = new AbortController();
  const signal = AbortSignal.any([context.signal, giveUp.signal]);
  const ended = new AbortController();
  const work = (async () => await call(withSignal(context, signal)))();
  const waits: Promise<'out of time' | 'ended'>[] = [
    cancelledFor(graceMs, context.signal, clock, ended.signal),
  ];
  if (limitMs !== undefined) waits.push(waitFor(limitMs, clock, ended.signal));
  try {
    const outcome = await Promise.race([work.then((value) => ({ value })), outOfTime(waits)]);
    return outcome.value;
  } catch (error) {
    if (error === late) {
      giveUp.abort();
      circuit.stuck(work);
      // Nobody will read what it opens all the same.
      work.then((value) => value instanceof Readable && value.destroy()).catch(() => {});
      if (process) {
        const patience = beside.isLong() ? patienceMs.besideLongWork : patienceMs.alone;
        void killUnlessEnded(
          work,
          process,
          Math.min(patience, testLimitMs ?? patience),
          clock,
          beside.limited,
        );
      }
      throw new AppError('timeout', 'the storage does not answer in time');
    }
    throw error;
  } finally {
    ended.abort();
  }
}

async function killUnlessEnded(
  work: Promise<unknown>,
  process: ProcessControl,
  ms: number,
  clock: Clock,
  limited: Beside['limited'],
): Promise<void> {
  const ended = new AbortController();
  const settled = work.then(
    () => ended.abort(),
    () => ended.abort(),
  );
  while ((await waitFor(ms, clock, ended.signal)) === 'out of time') {
    const others = limited();
    if (others.length === 0) return process.kill();
    // It may have waited for them (LVM's lock, say): once they are through it has its time again.
    await Promise.race([settled, Promise.all(others.map(({ over }) => over))]);
  }
}

function withSignal(context: WorkContext, signal: AbortSignal): WorkContext {
  return {
    signal,
    log: (line) => context.log(line),
    progress: (fraction) => context.progress(fraction),
  };
}

const late = new Error('late');

async function outOfTime(waits: Promise<'out of time' | 'ended'>[]): Promise<never> {
  const first = await Promise.race(waits);
  if (first === 'out of time') throw late;
  return await new Promise<never>(() => {});
}

async function waitFor(ms: number, clock: Clock, ended: AbortSignal): Promise<'out of time' | 'ended'> {
  return await clock.sleep(ms, ended).then(
    () => 'out of time',
    () => 'ended',
  );
}

async function cancelledFor(
  ms: number,
  cancelled: AbortSignal,
  clock: Clock,
  ended: AbortSignal,
): Promise<'out of time' | 'ended'> {
  if (!cancelled.aborted) {
    await new Promise<void>((resolve) => {
      AbortSignal.any([cancelled, ended]).addEventListener('abort', () => resolve(), { once: true });
    });
  }
  return ended.aborted ? 'ended' : await waitFor(ms, clock, ended);
}
