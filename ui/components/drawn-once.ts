// Signs that many rows show: drawn once, then copied, which costs a tenth of drawing each.
import { createRoot, type JSX } from 'solid-js';

/** `draw` answers one element that depends on nothing and does nothing. What is returned answers a copy of it. */
export function drawnOnce(draw: () => JSX.Element): () => JSX.Element {
  let sign: Element | undefined;
  return () => {
    sign ??= createRoot(() => draw() as Element);
    return sign.cloneNode(true) as Element;
  };
}
