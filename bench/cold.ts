// How long the daemon takes from the start of its process to its first answer, beside a bare server.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bench, median, type Row, timed } from './bench.ts';
import { withDaemonBundle } from './bundle.ts';
import { ChildServer, startPeer } from './child-server.ts';
import { certificateIn, withPeerFiles } from './peer-files.ts';
import { TlsClient } from './tls-client.ts';

const rounds = 7;

export const bench: Bench = {
  name: 'cold',
  about: `from the start of the process to the first answer to GET /version over TLS, data folder and certificate there already, median of ${rounds} alternating rounds`,
  run: (note) =>
    withPeerFiles((folder) =>
      withDaemonBundle('server/main.ts', async (bundle) => {
        const data = mkdtempSync(join(tmpdir(), 'croft-cold-'));
        const env = (name: string) => ({
          CROFT_PORT: '0',
          CROFT_ADDRESS: '127.0.0.1',
          CROFT_NODE: 'bench',
          CROFT_DATA_DIR: join(data, name, 'data'),
          CROFT_RUNTIME_DIR: join(data, name, 'run'),
          CROFT_GUEST_PREFIX: 'bench-cold-',
          CROFT_PRIVATE_BRIDGE: '',
          CROFT_LOG_LEVEL: 'error',
        });
        const daemon =
          (name: string, entry: string, more: Record<string, string> = {}) =>
          () =>
            ChildServer.start([entry], { ...env(name), ...more });
        const sources = 'server/main.ts';
        const ways: Record<string, () => Promise<ChildServer>> = {
          'node:https': () => startPeer(certificateIn(folder)),
          'from its sources': daemon('sources', sources),
          'from its sources, compile cache': daemon('cached', sources, {
            NODE_COMPILE_CACHE: join(data, 'cache'),
          }),
          bundled: daemon('bundled', bundle),
          'bundled, compile cache': daemon('bundled-cached', bundle, {
            NODE_COMPILE_CACHE: join(data, 'bundle-cache'),
          }),
        };
        const seen = new Map<string, number[]>(Object.keys(ways).map((name) => [name, []]));
        try {
          // The first round makes data folders and fills caches: it does not count.
          for (let round = -1; round < rounds; round += 1) {
            for (const [name, start] of Object.entries(ways)) {
              const ms = await firstAnswer(start);
              if (round >= 0) seen.get(name)?.push(ms);
            }
          }
        } finally {
          rmSync(data, { recursive: true, force: true });
        }
        const of = (name: string) => median(seen.get(name) ?? []);
        for (const [name, values] of seen)
          note(`${name}: ${Math.min(...values).toFixed(0)} to ${Math.max(...values).toFixed(0)} ms`);
        const peer = { name: 'bare node:https', value: of('node:https') };
        return Object.keys(ways)
          .filter((name) => name !== 'node:https')
          .map((name): Row => ({ measure: `first answer, ${name}`, value: of(name), unit: 'ms', peer }));
      }),
    ),
};

/** An answer counts whatever it says: without a ticket the daemon's is 401. */
async function firstAnswer(start: () => Promise<ChildServer>): Promise<number> {
  let server: ChildServer | undefined;
  const ms = await timed(async () => {
    server = await start();
    const client = new TlsClient(server.port);
    await client.send('GET', '/api2/json/version');
    client.close();
  });
  await server?.end();
  return ms;
}
