// What somebody writes, once he has stopped: nobody is asked about what is still being written.
import { createEffect, createSignal, on, onCleanup } from 'solid-js';

const restMs = 300;

/** The value as it was when it had stayed the same for a while; at first at once. Values are compared as they are. */
export function createSettled<T>(value: () => T): () => T {
  const [settled, setSettled] = createSignal<T>(value());
  createEffect(
    on(
      value,
      (next) => {
        const timer = setTimeout(() => setSettled(() => next), restMs);
        onCleanup(() => clearTimeout(timer));
      },
      { defer: true },
    ),
  );
  return settled;
}
