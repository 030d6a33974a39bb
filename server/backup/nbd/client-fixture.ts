// For tests: a client of an export in memory that may be written, by a server of ours.
import { afterAll, afterEach } from 'vitest';
import { NbdClient } from './nbd-client.ts';
import type { NbdExport } from './nbd-export.ts';
import { memoryExport, socketFolder } from './nbd-fixture.ts';
import { NbdServer } from './nbd-server.ts';

export interface WritableClients {
  /** One in each test; it and its server end with the test. */
  open(content: Buffer, change?: Partial<NbdExport>): Promise<NbdClient>;
  /** The server goes. */
  hangUp(): Promise<void>;
}

export function writableClients(): WritableClients {
  const folder = socketFolder();
  const socketPath = folder.path('s');
  let server: NbdServer | undefined;
  let client: NbdClient | undefined;
  afterEach(async () => {
    await client?.close();
    await server?.close();
  });
  afterAll(() => folder.remove());
  return {
    hangUp: async () => server?.close(),
    async open(content, change = {}) {
      const written = memoryExport('disk', content, {
        readOnly: false,
        write: async (offset, data) => void content.set(data, offset),
        ...change,
      });
      server = await NbdServer.listen({ socketPath, exports: [written] });
      client = await NbdClient.open({ socketPath, exportName: 'disk' });
      return client;
    },
  };
}
