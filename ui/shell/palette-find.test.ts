// What the palette shows for a text, and in which order.
import { expect, test } from 'vitest';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { type Entry, findEntries, makeStock } from './palette-find.ts';

const guest = (vmid: number, name: string, status: string, tags = ''): ResourceItem => {
  return { id: `qemu/${vmid}`, type: 'qemu', node: 'n1', vmid, name, status, tags };
};
const items = [
  guest(100, 'web', 'running', 'prod'),
  guest(101, 'db', 'stopped'),
  guest(102, 'web-2', 'stopped'),
  guest(103, 'staging', 'stopped'),
];
const current = new Map(items.map((item) => [item.id, item]));
const entries: Entry[] = [
  ...items.map((item) => ({
    id: item.id,
    item,
    title: item.name ?? '',
    number: item.vmid,
    words: item.tags ?? '',
    order: 0,
  })),
  { id: 'page:/guests', title: 'Guests', words: 'web list', order: 4 },
  { id: 'action:stop-all', title: 'Stop everything', order: 5 },
];
const stock = makeStock(
  entries,
  [
    { action: 'start', names: ['Start'] },
    { action: 'stop', names: ['Stop'] },
  ],
  (action: string, item): Entry | undefined =>
    item.name === 'db' && action === 'stop'
      ? undefined
      : {
          id: `${action}:${item.id}`,
          item,
          title: `${action} ${item.name}`,
          reason: (action === 'start') === (item.status === 'stopped') ? undefined : 'no',
          order: 5,
        },
);
const found = (text: string) => findEntries(stock, text, (item) => current.get(item.id)).map((one) => one.id);

test('words find guests, pages and actions, the best first', () => {
  expect(found('web')).toEqual(['qemu/100', 'qemu/102', 'page:/guests']);
  expect(found('101')).toEqual(['qemu/101']);
});

test('a wish comes before what words find, what can be done before what cannot', () => {
  expect(found('start web')).toEqual(['start:qemu/102', 'start:qemu/100']);
  expect(found('start 101')).toEqual(['start:qemu/101']);
  expect(found('stop db')).toEqual([]);
  expect(found('start nothing')).toEqual([]);
});

test('a verb alone is offered for those with whom it can be done, after what is called like it', () => {
  expect(found('start')).toEqual(['start:qemu/101', 'start:qemu/103', 'start:qemu/102']);
  expect(found('stop')).toEqual(['action:stop-all', 'stop:qemu/100']);
  expect(found('sta')[0]).toBe('qemu/103');
});

test('a filter finds resources only, as they are now', () => {
  expect(found('status:stopped')).toEqual(['qemu/101', 'qemu/103', 'qemu/102']);
  expect(found('web status:stopped')).toEqual(['qemu/102']);
  expect(found('tag:prod')).toEqual(['qemu/100']);
  current.set('qemu/101', guest(101, 'db', 'running'));
  expect(found('status:stopped')).toEqual(['qemu/103', 'qemu/102']);
  current.delete('qemu/103');
  expect(found('status:stopped')).toEqual(['qemu/102']);
  current.set('qemu/101', items[1]!);
  current.set('qemu/103', items[3]!);
});

test('what cannot be read finds nothing instead of everything', () => {
  expect(found('colour:red')).toEqual([]);
  expect(found('mem>many web')).toEqual([]);
});
