// Asking a real port of this machine: one that listens, and one that does not.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { reachAny, reachByTcp } from './server-reach.ts';

const { signal } = new AbortController();

test('a port that listens answers; one that does not says why', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  expect(await reachByTcp(address, signal)).toBeUndefined();
  expect(await reachByTcp(address, AbortSignal.abort())).toContain('was not asked');
  await new Promise((resolve) => server.close(resolve));
  const refusal = `server '127.0.0.1' refuses connections (port ${address.port})`;
  expect(await reachByTcp(address, signal)).toBe(refusal);
});

test('one server that answers is enough; none to ask is fine', async () => {
  const reach = async ({ host }: { host: string }) => (host === 'up' ? undefined : `${host} is down`);
  const servers = (...hosts: string[]) => hosts.map((host) => ({ host, port: 1 }));
  expect(await reachAny(reach, servers('a', 'up'), signal)).toBeUndefined();
  expect(await reachAny(reach, servers('a', 'b'), signal)).toBe('a is down');
  expect(await reachAny(reach, [], signal)).toBeUndefined();
});
