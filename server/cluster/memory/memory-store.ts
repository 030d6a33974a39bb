// A ClusterStore that forgets everything when it is closed: for tests and the development server.
import type { ClusterStore } from '../cluster-store.ts';
import { LocalStore, type LocalStoreOptions } from '../local-store.ts';

/** A fresh, empty store of the one member `node`. */
export function createMemoryStore(options: Partial<LocalStoreOptions> = {}): ClusterStore {
  return new LocalStore(
    { load: () => [], keep: () => {} },
    { node: 'localhost', address: '127.0.0.1', ...options },
  );
}
