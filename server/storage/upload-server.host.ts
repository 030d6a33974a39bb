// The other process of upload.host.test.ts: receives one upload into a directory and tells its highest memory use.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDirPlugin } from '../../storage-plugins/dir/dir-plugin.ts';
import { createPluginRegistry } from '../../storage-plugins/registry.ts';
import { createMemoryStore } from '../cluster/memory/memory-store.ts';
import { exec } from '../core/exec.ts';
import { createLogger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';
import { createStorageService } from './storage-service.ts';
import { receiveUpload } from './upload.ts';

const [root = ''] = process.argv.slice(2);
const service = createStorageService({
  store: createMemoryStore(),
  plugins: createPluginRegistry([createDirPlugin(exec)]),
  node: 'pve1',
  log: createLogger('warn'),
  referencedBy: () => [],
});
await service.ensureDefault(root);
const server = createServer(async (incoming, outgoing) => {
  const received = await receiveUpload(service, 'local', incoming, {}, new AbortController().signal);
  await service.storage('local').commitImport(quietContext(), received.importId, false);
  // maxRSS is in KiB: getrusage(2).
  const highestRssBytes = process.resourceUsage().maxRSS * 1024;
  outgoing.end(JSON.stringify({ ...received, highestRssBytes }), () => process.exit(0));
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
