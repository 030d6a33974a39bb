// The task `download` under the suite of task kinds, from a server on the loopback.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { unwinding, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { downloadKind } from './download.ts';

const server = createServer((_incoming, outgoing) => void outgoing.end(Buffer.alloc(4096, 'x')));
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const params = {
  storage: 'local',
  content: 'iso' as const,
  fileName: 'a.iso',
  url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.iso`,
  verifyCertificates: true,
  key: 'random',
};

describeTaskKind('download', async () => {
  const made = await vmWorld();
  return made.under(downloadKind({ storages: made.faultyStorages, allowAddress: () => true }), params);
});

describeTaskKind('download, undone', async () => {
  const made = await vmWorld();
  const kind = downloadKind({ storages: made.faultyStorages, allowAddress: () => true });
  return made.under(unwinding(kind), params);
});
