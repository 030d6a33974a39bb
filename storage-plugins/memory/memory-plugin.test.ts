// The memory storage against the contract.
import { describeStoragePlugin } from '../../test/contracts/storage-plugin.ts';
import { createMemoryPlugin } from './memory-plugin.ts';

describeStoragePlugin(
  'memory',
  async () => ({
    plugin: createMemoryPlugin({ capacityBytes: 1024 ** 4 }),
    options: {},
    cleanUp: async () => {},
    leftovers: async () => [],
    tooManyBytes: 2 * 1024 ** 4,
    contents: 'none',
  }),
  { qcow2: true, fullCopies: true },
);
