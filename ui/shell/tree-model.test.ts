// The tree's rows: order, folding, filtering.
import { expect, test } from 'vitest';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { hrefOf, matches, treeRows } from './tree-model.ts';

const resources: ResourceItem[] = [
  { id: 'qemu/110', type: 'qemu', node: 'n2', vmid: 110, name: 'db', status: 'stopped', tags: 'prod' },
  { id: 'storage/n1/local', type: 'storage', node: 'n1', storage: 'local', status: 'available' },
  { id: 'qemu/101', type: 'qemu', node: 'n1', vmid: 101, status: 'running' },
  { id: 'qemu/100', type: 'qemu', node: 'n1', vmid: 100, name: 'web', status: 'running' },
  { id: 'node/n10', type: 'node', node: 'n10', status: 'offline' },
  { id: 'node/n2', type: 'node', node: 'n2', status: 'online' },
  { id: 'node/n1', type: 'node', node: 'n1', status: 'online' },
];
const keys = (filter = '', folded: string[] = []) =>
  treeRows({ resources, folded: new Set(folded), filter, rootLabel: 'Datacenter' }).map((row) => row.key);

test('nodes by name with numbers as numbers, guests by number, storages after them', () => {
  expect(keys()).toEqual([
    'root',
    'node/n1',
    'qemu/100',
    'qemu/101',
    'storage/n1/local',
    'node/n2',
    'qemu/110',
    'node/n10',
  ]);
});

test('what is folded hides what is below', () => {
  expect(keys('', ['node/n1'])).toEqual(['root', 'node/n1', 'node/n2', 'qemu/110', 'node/n10']);
  expect(keys('', ['root'])).toEqual(['root']);
});

test('a filter looks into names, numbers, tags and states, and opens what is folded', () => {
  expect(keys('web', ['node/n1'])).toEqual(['root', 'node/n1', 'qemu/100']);
  expect(keys('prod')).toEqual(['root', 'node/n2', 'qemu/110']);
  expect(keys('running 101')).toEqual(['root', 'node/n1', 'qemu/101']);
  expect(keys('n10')).toEqual(['root', 'node/n10']);
  expect(keys('nothing at all')).toEqual(['root']);
});

test('rows tell their place among their siblings, and only what can be folded says so', () => {
  const rows = treeRows({ resources, folded: new Set(), filter: '', rootLabel: 'D' });
  expect(rows[2]).toMatchObject({ level: 3, position: 1, siblings: 3, parent: 'node/n1', href: '/vms/100' });
  expect(rows[3]?.label).toBe('VM 101');
  expect(rows[4]?.href).toBe('/nodes/n1/storage/local');
  expect(rows.at(-1)?.expanded).toBeUndefined();
  expect(rows[1]?.expanded).toBe(true);
});

test('containers have their own address and fallback name, and are found by their kind as a whole word', () => {
  const ct: ResourceItem = { id: 'lxc/120', type: 'lxc', node: 'n1', vmid: 120, status: 'running' };
  expect(hrefOf(ct)).toBe('/cts/120');
  expect(
    treeRows({ resources: [...resources, ct], folded: new Set(), filter: '120', rootLabel: 'D' })[2],
  ).toMatchObject({
    kind: 'lxc',
    label: 'CT 120',
  });
  expect(matches(ct, 'container')).toBe(true);
  expect(matches(ct, 'ct running')).toBe(true);
  expect(matches(ct, 'contain')).toBe(false);
  expect(resources.some((one) => matches(one, 'lxc'))).toBe(false);
});
