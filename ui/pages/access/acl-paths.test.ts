// Paths of permissions.
import { expect, test } from 'vitest';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { asPath, type Grant, grantsOn, knownPaths, pathKind } from './acl-paths.ts';

const item = (part: Partial<ResourceItem>) =>
  ({ id: 'x', node: 'n1', status: 'running', ...part }) as ResourceItem;

test('all that is there can be named, numbers in their order', () => {
  const paths = knownPaths({
    resources: [
      item({ type: 'qemu', vmid: 1000, name: 'late' }),
      item({ type: 'lxc', vmid: 200, name: '<b>' }),
      item({ type: 'node', node: 'n1' }),
      item({ type: 'storage', storage: 'nas', node: 'n1' }),
      item({ type: 'storage', storage: 'nas', node: 'n2' }),
    ],
    pools: ['shop/front'],
    groups: ['staff'],
    realms: ['pve'],
  });
  expect(paths[0]).toEqual({ path: '/', kind: 'all', name: '' });
  expect(paths.map((one) => one.path).slice(9)).toEqual([
    '/access/groups/staff',
    '/access/realm/pve',
    '/nodes/n1',
    '/pool/shop/front',
    '/storage/nas',
    '/vms/200',
    '/vms/1000',
  ]);
  expect(paths.find((one) => one.path === '/vms/200')).toMatchObject({ kind: 'guest', name: '<b>' });
});

test.each([
  ['vms/100', '/vms/100'],
  [' /vms//100/ ', '/vms/100'],
  ['/', '/'],
  ['', undefined],
  ['/vms/a b', undefined],
  ['/vms/<b>', undefined],
])('%j is %s', (typed, path) => {
  expect(asPath(typed)).toBe(path);
});

test('a word for what a path names', () => {
  expect(
    ['/', '/vms', '/vms/1', '/pool/a/b', '/access/realm/pve', '/sdn/zones/x', '/what'].map(pathKind),
  ).toEqual(['all', 'guests', 'guest', 'pool', 'realm', 'networks', 'other']);
});

test('roles on a path: given there, from above, from its pools', () => {
  const grant = (path: string, ugid: string, propagate: 0 | 1 = 1): Grant => {
    return { path, ugid, propagate, roleid: 'r', type: 'user' };
  };
  const all = [
    grant('/', 'top'),
    grant('/', 'only-top', 0),
    grant('/vms', 'vms'),
    grant('/vms/100', 'own', 0),
    grant('/vms/101', 'other'),
    grant('/pool/a', 'pool-above'),
    grant('/pool/a/b', 'pool', 0),
    grant('/pool/c', 'strange-pool'),
  ];
  const { here, above } = grantsOn(all, '/vms/100', ['a/b']);
  expect(here.map((one) => one.ugid)).toEqual(['own']);
  expect(above.map((one) => one.ugid)).toEqual(['pool', 'pool-above', 'vms', 'top']);
  expect(grantsOn(all, '/', []).above).toEqual([]);
  expect(grantsOn(all, '/', []).here).toHaveLength(2);
});
