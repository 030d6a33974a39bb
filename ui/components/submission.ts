// Doing what a button asks for, once at a time: whether it is going on, and what went wrong.
import { createSignal } from 'solid-js';
import { type ApiError, asApiError } from '../api/errors.ts';

export interface Submission {
  readonly busy: () => boolean;
  /** Of the last time. */
  readonly error: () => ApiError | undefined;
  /** Does nothing while it is going on already. True: it was done. */
  readonly submit: () => Promise<boolean>;
  readonly forget: () => void;
}

export function createSubmission(run: () => Promise<void>): Submission {
  const [busy, setBusy] = createSignal(false);
  const [error, setError] = createSignal<ApiError>();
  return {
    busy,
    error,
    forget: () => setError(undefined),
    async submit() {
      if (busy()) return false;
      setBusy(true);
      setError(undefined);
      try {
        await run();
        return true;
      } catch (thrown) {
        setError(asApiError(thrown));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
