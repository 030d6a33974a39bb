// A value made of much that changes often: made again at once when somebody asks for another, else with rests between.
import { createComputed, createReaction, createSignal, on, onCleanup, untrack } from 'solid-js';

/**
 * `compute` again whenever `asked` changes; when only what it reads has changed, not more often than every `restMs`.
 * The first change after a rest is shown at once.
 */
export function createCalm<T>(compute: () => T, asked: () => unknown, restMs: number): () => T {
  const [value, setValue] = createSignal<T>(undefined as T);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let madeAt = Number.NEGATIVE_INFINITY;
  const whenChanged = createReaction(() => {
    timer ??= setTimeout(make, Math.max(0, madeAt + restMs - performance.now()));
  });
  function make(): void {
    clearTimeout(timer);
    timer = undefined;
    whenChanged(() => {
      const next = compute();
      untrack(() => setValue(() => next));
    });
    madeAt = performance.now();
  }
  createComputed(on(asked, make));
  onCleanup(() => clearTimeout(timer));
  return value;
}
