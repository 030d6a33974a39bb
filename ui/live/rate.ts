// How fast a counter grows, from the live state.
import { createEffect, createSignal, on } from 'solid-js';

/**
 * Units a second, from two values one sampling apart; undefined before there are two. `tick` changes with each sampling,
 * also when the counter stands still. A counter that fell began anew.
 */
export function createRate(
  tick: () => number | undefined,
  counter: () => number | undefined,
): () => number | undefined {
  const [rate, setRate] = createSignal<number>();
  let before: { readonly at: number; readonly value: number } | undefined;
  createEffect(
    on(tick, () => {
      const value = counter();
      const at = performance.now();
      if (value !== undefined && before && value >= before.value && at > before.at)
        setRate(((value - before.value) * 1000) / (at - before.at));
      else setRate(undefined);
      before = value === undefined ? undefined : { at, value };
    }),
  );
  return rate;
}
