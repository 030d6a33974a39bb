// How fast a task goes, and when it may end: from what it said of itself in the last half minute. Pure but for what it remembers.
import { createEffect, createSignal, onCleanup } from 'solid-js';
import type { TaskItem } from '../../server/contract/tasks.ts';

export interface PaceSample {
  /** Milliseconds. */
  readonly at: number;
  /** 0 to 1. */
  readonly progress: number;
  /** Bytes. */
  readonly done?: number | undefined;
}

export interface Pace {
  /** Bytes per second. */
  readonly rate?: number;
  readonly leftSeconds?: number;
}

/** What is longer ago tells nothing of now. */
const windowMs = 30_000;
/** Before so long nothing is foretold. */
const leastMs = 3000;
/** One that says nothing for so long stands still. */
const silentMs = 20_000;
const rereadMs = 2000;
const mostTasks = 50;

/** With one more. What counts from the beginning again forgets what was before; bytes do so with each guest of a job. */
export function withSample(samples: readonly PaceSample[], next: PaceSample): PaceSample[] {
  const last = samples.at(-1);
  if (last && last.progress === next.progress && last.done === next.done) return [...samples];
  const again = last !== undefined && next.progress < last.progress;
  const others = last?.done !== undefined && (next.done ?? 0) < last.done;
  const kept = others ? samples.map(({ at, progress }) => ({ at, progress })) : samples;
  const fresh = again ? [] : kept;
  // The one before the window is kept: from it on is measured.
  const first = fresh.findLastIndex(({ at }) => at <= next.at - windowMs);
  return [...fresh.slice(Math.max(0, first)), next];
}

/** Nothing while too little is known, and of what stands still. */
export function paceOf(samples: readonly PaceSample[], nowMs: number): Pace {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at - first.at < leastMs || nowMs - last.at > silentMs) return {};
  const seconds = (last.at - first.at) / 1000;
  const part = last.progress - first.progress;
  const left = part > 0 ? ((1 - last.progress) * seconds) / part - (nowMs - last.at) / 1000 : undefined;
  return {
    ...rateOf(samples.filter(({ done }) => done !== undefined)),
    ...(left === undefined ? {} : { leftSeconds: Math.max(1, left) }),
  };
}

function rateOf(samples: readonly PaceSample[]): { rate?: number } {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at - first.at < leastMs) return {};
  const done = (last.done ?? 0) - (first.done ?? 0);
  return done > 0 ? { rate: (done * 1000) / (last.at - first.at) } : {};
}

/** Nobody knows it to the second: `left` in steps of five seconds, then of ten, then of minutes. */
export function roundedLeft(left: number): number {
  const step = left < 60 ? 5 : left < 600 ? 10 : 60;
  return Math.max(step, Math.round(left / step) * step);
}

/** So that it is known at once wherever the task is shown next. */
const remembered = new Map<string, PaceSample[]>();

/** Of a task that is shown: kept while it runs. */
export function createPace(task: () => TaskItem): () => Pace {
  const [now, setNow] = createSignal(Date.now());
  const timer = setInterval(() => setNow(Date.now()), rereadMs);
  onCleanup(() => clearInterval(timer));
  const [samples, setSamples] = createSignal<readonly PaceSample[]>([]);
  createEffect(() => {
    const { upid, progress, bytes, state } = task();
    if (state !== 'running' || progress === undefined) {
      remembered.delete(upid);
      setSamples([]);
      return;
    }
    const next = withSample(remembered.get(upid) ?? [], { at: Date.now(), progress, done: bytes?.done });
    remembered.set(upid, next);
    for (const old of [...remembered.keys()].slice(0, -mostTasks)) remembered.delete(old);
    setSamples(next);
    setNow(Date.now());
  });
  return () => paceOf(samples(), now());
}
