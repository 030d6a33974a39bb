// What the palette offers: each entry has a name of its own, and hostile names stay names.
import { expect, test } from 'vitest';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { readFilter } from '../search/filter.ts';
import {
  actionEntries,
  guestVerbs,
  nodePageEntries,
  placeEntries,
  poolEntries,
  resourceEntries,
  settingEntries,
  wishEntry,
} from './palette-entries.ts';

const vm: ResourceItem = {
  id: 'qemu/100',
  type: 'qemu',
  node: 'n1',
  vmid: 100,
  name: 'web',
  status: 'running',
};
const ct: ResourceItem = { id: 'lxc/200', type: 'lxc', node: 'n1', vmid: 200, status: 'stopped' };

test('no two entries have the same name', () => {
  const all = [
    ...resourceEntries([vm, ct, { id: 'node/n1', type: 'node', node: 'n1', status: 'online' }]),
    ...poolEntries(['a', 'b']),
    ...placeEntries(),
    ...nodePageEntries(['n1', 'n2']),
    ...actionEntries(),
    ...settingEntries(),
  ];
  expect(new Set(all.map((one) => one.id)).size).toBe(all.length);
  expect(all.find((one) => one.id === 'page:/nodes/n2/system')?.does).toEqual({ href: '/nodes/n2/system' });
});

test('a pool asks for what is in it, whatever it is called', () => {
  for (const pool of ['shop', 'customers/nord', 'a b', '-x', 'a:b', 'a*'])
    expect(
      poolEntries([pool]).map(({ does }) => 'ask' in does && readFilter(does.ask).matches({ ...vm, pool })),
    ).toEqual([true]);
});

test('a wish says why it cannot be granted; what a kind cannot do at all is no wish', () => {
  expect(wishEntry('start', vm)?.reason).toBe('refusal.already-running');
  expect(wishEntry('start', ct)?.reason).toBeUndefined();
  expect(wishEntry('reset', ct)).toBeUndefined();
  expect(wishEntry('console', vm)?.does).toEqual({ href: '/vms/100/console' });
  expect(guestVerbs().map((verb) => verb.action)).not.toContain('delete');
});
