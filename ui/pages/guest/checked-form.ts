// A form's state with what is wrong with it, which is told only after the first attempt to go on.
import { createSignal } from 'solid-js';
import { createStore } from 'solid-js/store';
import type { BoundForm } from '../../components/bound-field.tsx';
import { problemText } from './problem-text.ts';

export interface CheckedForm<F> extends BoundForm<F> {
  /** Looks at it, and from now on tells what is wrong. True: nothing is. */
  readonly check: () => boolean;
  /** Was it looked at? */
  readonly tried: () => boolean;
}

/** `problemsOf`: what is wrong with which entry, as words of the dictionary; `say`: such a word as a sentence. */
export function createCheckedForm<F extends object>(
  initial: F,
  problemsOf: (form: F) => Readonly<Partial<Record<keyof F & string, string | undefined>>>,
  say: (word: string | undefined) => string | undefined = problemText,
): CheckedForm<F> {
  const [form, setForm] = createStore<F>(initial);
  const [tried, setTried] = createSignal(false);
  return {
    form,
    set: (part) => setForm((now) => ({ ...now, ...part })),
    error: (name) => (tried() ? say(problemsOf(form)[name]) : undefined),
    check: () => {
      setTried(true);
      return Object.values(problemsOf(form)).every((one) => one === undefined);
    },
    tried,
  };
}
