// Reading something for a page and reading it again when the event stream says that it changed.
import { createResource, type Resource } from 'solid-js';
import { type ApiError, asApiError } from './errors.ts';

export interface Query<T> {
  /** The last answer; kept while it is read again, and when that fails: then there is an error beside it. */
  data(): T | undefined;
  error(): ApiError | undefined;
  loading(): boolean;
  reload(): void;
}

/**
 * Reads when `source` first has a value and whenever it changes; `false` means not now. Put everything that the
 * answer depends on into the source, with the `revision` of the object: an answer that only this makes old is kept when
 * no newer one comes.
 */
export function createQuery<S, T>(source: () => S | false, read: (from: S) => Promise<T>): Query<T> {
  let asked = '';
  let last: { readonly of: string; readonly answer: T } | undefined;
  const [resource, { refetch }]: [Resource<T>, { refetch: () => unknown }] = createResource(
    () => {
      const value = source();
      // A fresh object each time would read in a loop: sources are compared by what they say.
      return value === false ? false : JSON.stringify(value);
    },
    async (key) => {
      asked = key;
      const answer = await read(JSON.parse(key) as S);
      if (key === asked) last = { of: subjectOf(key), answer };
      return answer;
    },
  );
  /** What is known although the last reading failed. */
  const kept = () => (last?.of === subjectOf(asked) ? last.answer : undefined);
  return {
    // Asked before it is there, a resource would take the whole page away until it is.
    data: () => {
      if (resource.state === 'errored') return kept();
      return resource.state === 'ready' || resource.state === 'refreshing' ? resource.latest : undefined;
    },
    error: () => (resource.state === 'errored' ? asApiError(resource.error) : undefined),
    loading: () => resource.loading,
    reload: () => void refetch(),
  };
}

/** What a source asks about, whenever it is asked. Exported for its test. */
export function subjectOf(key: string): string {
  const source = JSON.parse(key) as unknown;
  if (typeof source !== 'object' || source === null || !('revision' in source)) return key;
  const { revision: _revision, ...subject } = source;
  return JSON.stringify(subject);
}
