// The way to a place, from its address.
import { expect, test } from 'vitest';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { crumbsOf, nodeOfPlace } from './crumbs.ts';

const items: Record<string, ResourceItem> = {
  'qemu/100': { id: 'qemu/100', type: 'qemu', node: 'n1', vmid: 100, name: 'web', status: 'running' },
  'lxc/200': { id: 'lxc/200', type: 'lxc', node: 'n 2', vmid: 200, status: 'running' },
};
const crumbs = (path: string) =>
  crumbsOf({ path, resourceOf: (id) => items[id], places: { account: 'Account' }, datacenter: 'D' });
const drawn = (path: string) => crumbs(path).map((one) => one.label);

test.each([
  ['/', ['D']],
  ['/guests', ['D']],
  ['/account', ['D', 'Account']],
  ['/account/tokens', ['D', 'Account']],
  ['/nodes/n1', ['D', 'n1']],
  ['/nodes/n1/system', ['D', 'n1']],
  ['/nodes/n1/storage/local/iso', ['D', 'n1', 'local']],
  ['/vms/100/hardware', ['D', 'n1', '100 web']],
  ['/cts/200', ['D', 'n 2', 'CT 200']],
  ['/vms/999', ['D', '999']],
  ['/nodes/%E0%A4%A', ['D', '%E0%A4%A']],
  ['/nothing/here', ['D']],
])('%s', (path, labels) => {
  expect(drawn(path)).toEqual(labels);
});

test('each leads to its place, names escaped', () => {
  expect(crumbs('/cts/200/console').map((one) => one.href)).toEqual(['/', '/nodes/n%202', '/cts/200']);
  expect(crumbs('/nodes/a%2Fb/storage/x%20y').at(-1)?.href).toBe('/nodes/a%2Fb/storage/x%20y');
});

test('the node of a place', () => {
  expect(nodeOfPlace(crumbs('/vms/100'))).toBe('n1');
  expect(nodeOfPlace(crumbs('/nodes/n1/storage/local'))).toBe('n1');
  expect(nodeOfPlace(crumbs('/account'))).toBeUndefined();
});
