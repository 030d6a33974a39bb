// The memory store under the contract of all ClusterStores.
import { describeClusterStore } from '../../../test/contracts/cluster-store.ts';
import { createMemoryStore } from './memory-store.ts';

describeClusterStore('memory', async () => ({
  store: createMemoryStore(),
  reopen: undefined,
  dispose: async () => {},
}));
