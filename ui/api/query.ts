// Reading something for a page and reading it again when the event stream says that it changed.
import { createResource, type Resource } from 'solid-js';
import { type ApiError, asApiError } from './errors.ts';

export interface Query<T> {
  /** The last answer; kept while it is read again. */
  data(): T | undefined;
  error(): ApiError | undefined;
  loading(): boolean;
  reload(): void;
}

/**
 * Reads when `source` first has a value and whenever it changes; `false` means not now. Put everything that the
 * answer depends on into the source, with the `revision` of the object.
 */
export function createQuery<S, T>(source: () => S | false, read: (from: S) => Promise<T>): Query<T> {
  const [resource, { refetch }]: [Resource<T>, { refetch: () => unknown }] = createResource(
    () => {
      const value = source();
      // A fresh object each time would read in a loop: sources are compared by what they say.
      return value === false ? false : JSON.stringify(value);
    },
    (key) => read(JSON.parse(key) as S),
  );
  return {
    // Asked before it is there, a resource would take the whole page away until it is.
    data: () => (resource.state === 'ready' || resource.state === 'refreshing' ? resource.latest : undefined),
    error: () => (resource.state === 'errored' ? asApiError(resource.error) : undefined),
    loading: () => resource.loading,
    reload: () => void refetch(),
  };
}
