// The readers, on recorded output of iproute2 6.1 and nftables 1.0.6.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readLinks, readRoutes } from './ip-json.ts';
import { readChains, readRuleComments } from './nft-json.ts';

const recorded = (name: string) => readFileSync(new URL(`../testdata/${name}`, import.meta.url), 'utf8');

test('links with their kind, mark, port and addresses', () => {
  const links = readLinks(recorded('ip-addr.iproute2-6.1.json'));
  expect(links.map((link) => [link.name, link.kind])).toEqual([
    ['lo', ''],
    ['vmbr0', 'bridge'],
    ['br-other', 'bridge'],
    ['e1', 'veth'],
    ['tap100i0', 'veth'],
  ]);
  expect(links[1]).toMatchObject({
    mac: '02:11:22:33:44:55',
    up: true,
    alias: 'croft-private-net 10.86.1.1/24',
    vlanFiltering: false,
    mtu: 1500,
  });
  expect(links[1]?.addresses[0]).toEqual({
    family: 'inet',
    address: '10.86.1.1',
    prefixLength: 24,
    scope: 'global',
    dynamic: false,
  });
  expect(links[2]).toMatchObject({ up: false, vlanFiltering: false, alias: '' });
  expect(links[4]).toMatchObject({ master: 'vmbr0' });
});

test('routes of all tables', () => {
  const routes = readRoutes(recorded('ip-route.iproute2-6.1.json'));
  expect(routes).toContainEqual({
    destination: 'default',
    device: 'e1',
    gateway: '192.0.2.1',
    table: 'main',
    type: 'unicast',
  });
  expect(routes).toContainEqual({
    destination: '10.98.0.0/16',
    device: undefined,
    gateway: undefined,
    table: 'main',
    type: 'blackhole',
  });
  expect(routes.some((route) => route.table === 'local')).toBe(true);
});

test('chains of everybody, with hook and policy', () => {
  const chains = readChains(recorded('nft-chains.nft-1.0.6.json'));
  expect(chains).toContainEqual({
    family: 'ip',
    table: 'filter',
    name: 'FORWARD',
    hook: 'forward',
    policy: 'drop',
  });
  expect(chains).toContainEqual({
    family: 'ip',
    table: 'filter',
    name: 'DOCKER',
    hook: undefined,
    policy: undefined,
  });
  expect(chains.filter((chain) => chain.table === 'croft_vmbr0')).toHaveLength(3);
});

test('the comments of rules, by chain', () => {
  const comments = readRuleComments(recorded('nft-table.nft-1.0.6.json'));
  expect(comments).toHaveLength(8);
  expect(comments[0]).toMatch(/^input: croft [0-9a-f]{12} 1$/);
  expect(comments[7]).toMatch(/^postrouting: croft [0-9a-f]{12} 8$/);
});

test('nothing is an empty list; what is not JSON is an error', () => {
  expect(readLinks('')).toEqual([]);
  expect(readRoutes('[]')).toEqual([]);
  expect(() => readLinks('Object "addr" is unknown')).toThrow('not JSON');
  expect(() => readChains('Error: syntax error')).toThrow('not JSON');
});
