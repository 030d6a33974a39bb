// The whole storage contract through a process: what works in the daemon works isolated, errors and streams included.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';
import { describeStoragePlugin } from '../../../test/contracts/storage-plugin.ts';
import { silentLog } from '../../../test/fixtures/storage-world.ts';
import { foreignPlugins } from './isolated-plugins.ts';
import { isProcessStorage, type ProcessStorage } from './storage-process.ts';

const entry = fileURLToPath(new URL('./storage-child.ts', import.meta.url));
const memory = new URL('../../../storage-plugins/memory/memory-plugin.ts', import.meta.url).href;

const root = mkdtempSync(join(tmpdir(), 'croft-isolated-'));
chmodSync(root, 0o755);
mkdirSync(join(root, 'apart'), { mode: 0o755 });
const text = `import { createMemoryPlugin } from ${JSON.stringify(memory)};
export default () => createMemoryPlugin({ type: 'apart', capacityBytes: ${1024 ** 4} });
`;
writeFileSync(join(root, 'apart', 'plugin.mjs'), text, { mode: 0o644 });
const [plugin] = await foreignPlugins(root, [], { entry, log: silentLog });
if (!plugin) throw new Error('the plugin was not loaded');
afterAll(() => rmSync(root, { recursive: true }));

describeStoragePlugin(
  'memory in a process of its own',
  async () => {
    const opened: ProcessStorage[] = [];
    const { declaration } = plugin;
    return {
      plugin: {
        declaration,
        open(id, options) {
          const storage = plugin.open(id, options);
          if (isProcessStorage(storage)) opened.push(storage);
          return storage;
        },
      },
      options: {},
      cleanUp: async () => {
        for (const storage of opened) storage.end();
      },
      leftovers: async () => [],
      tooManyBytes: 2 * 1024 ** 4,
      contents: 'none',
    };
  },
  { qcow2: true, fullCopies: true },
);
