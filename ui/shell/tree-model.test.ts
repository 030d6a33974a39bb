// What resources are called, and where their pages are.
import { expect, test } from 'vitest';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { hrefOf, labelOf } from './tree-model.ts';

const vm: ResourceItem = { id: 'qemu/101', type: 'qemu', node: 'n1', vmid: 101, status: 'running' };
const ct: ResourceItem = { id: 'lxc/120', type: 'lxc', node: 'n1', vmid: 120, status: 'running' };
const storage: ResourceItem = {
  id: 'storage/n 1/local',
  type: 'storage',
  node: 'n 1',
  storage: 'local',
  status: 'available',
};

test('each kind has its own address', () => {
  expect([vm, ct, storage].map(hrefOf)).toEqual(['/vms/101', '/cts/120', '/nodes/n%201/storage/local']);
  expect(hrefOf({ id: 'node/n1', type: 'node', node: 'n1', status: 'online' })).toBe('/nodes/n1');
});

test('what has no name is called by its number', () => {
  expect([vm, ct, storage, { ...vm, name: 'web' }].map(labelOf)).toEqual([
    'VM 101',
    'CT 120',
    'local',
    'web',
  ]);
});
