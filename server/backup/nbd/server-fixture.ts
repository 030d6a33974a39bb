// For tests: a server of ours at a socket, and peers that say what they are told; all of it ends with the test.
import { afterAll, afterEach, vi } from 'vitest';
import type { NbdExport } from './nbd-export.ts';
import { choose, greet, memoryExport, RawPeer, socketFolder } from './nbd-fixture.ts';
import { NbdServer, type NbdServerOptions } from './nbd-server.ts';

/** `content`: of the export `disk` that is served where a test names none. */
export function servedToPeers(content: Buffer) {
  const folder = socketFolder();
  const socketPath = folder.path('nbd.sock');
  const onError = vi.fn();
  const peers: RawPeer[] = [];
  let server: NbdServer | undefined;
  afterEach(async () => {
    for (const peer of peers.splice(0)) peer.socket.destroy();
    await server?.close();
    onError.mockReset();
  });
  afterAll(() => folder.remove());
  const kept = (peer: RawPeer): RawPeer => {
    peers.push(peer);
    return peer;
  };
  return {
    socketPath,
    onError,
    async serve(
      exports: readonly NbdExport[] = [memoryExport('disk', content)],
      options: Partial<NbdServerOptions> = {},
    ): Promise<NbdServer> {
      server = await NbdServer.listen({ socketPath, exports, onError, ...options });
      return server;
    },
    /** How many clients it has. */
    connections: () => server?.connections,
    close: async () => server?.close(),
    /** Peers before the greeting, after the greeting, and after the export was chosen. */
    connected: async () => kept(await RawPeer.connect(socketPath)),
    greeted: async (flags?: string) => kept(await greet(socketPath, flags)),
    chosen: async (options?: Parameters<typeof choose>[1]) => kept(await choose(socketPath, options)),
  };
}
