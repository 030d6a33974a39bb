// Asking a real port of this machine: one that listens, and one that does not.
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, test } from 'vitest';
import { connectPortal } from '../iscsi/connect.ts';
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

test('one that never answers keeps nobody waiting while another does', async () => {
  const reach = async ({ host }: { host: string }) =>
    host === 'up' ? undefined : await new Promise<string>(() => {});
  const servers = ['silent', 'up'].map((host) => ({ host, port: 1 }));
  expect(await reachAny(reach, servers, signal)).toBeUndefined();
});

test('an iSCSI portal is asked the same way, and refused by its own name', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const portal = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  await connectPortal(portal, signal);
  await expect(connectPortal(portal, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  await new Promise((resolve) => server.close(resolve));
  await expect(connectPortal(portal, signal)).rejects.toMatchObject({
    ...{ code: 'unavailable', message: `the iSCSI portal 127.0.0.1:${portal.port} refuses connections` },
  });
});
