// The tree's rows in each view: what is where, in which order, folded and filtered.
import { expect, test } from 'vitest';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { readFilter } from '../search/filter.ts';
import { keptRows, type TreeInput, treeRows, treeViews } from './tree-views.ts';

const guest = (vmid: number, node: string, more: Partial<ResourceItem> = {}): ResourceItem => {
  const type = more.type ?? 'qemu';
  return { id: `${type}/${vmid}`, type, node, vmid, status: 'running', ...more };
};
const storage = (node: string, name: string): ResourceItem => ({
  id: `storage/${node}/${name}`,
  type: 'storage',
  node,
  storage: name,
  status: 'available',
});
const resources: ResourceItem[] = [
  guest(110, 'n2', { name: 'db', status: 'stopped', tags: 'prod;db', pool: 'shop' }),
  storage('n1', 'local'),
  storage('n2', 'nas'),
  storage('n1', 'nas'),
  guest(101, 'n1'),
  guest(100, 'n1', { name: 'web', tags: 'prod' }),
  guest(102, 'n1', { name: 'base', template: 1 }),
  guest(120, 'n1', { type: 'lxc', tags: 'web2 web10' }),
  { id: 'node/n10', type: 'node', node: 'n10', status: 'offline' },
  { id: 'node/n2', type: 'node', node: 'n2', status: 'online' },
  { id: 'node/n1', type: 'node', node: 'n1', status: 'online' },
];
const words: TreeInput['words'] = {
  datacenter: 'D',
  folders: { node: 'Nodes', qemu: 'VMs', lxc: 'CTs', template: 'Templates', storage: 'Storages' },
  noPool: 'No pool',
  noTag: 'No tag',
};
const rows = (
  view: TreeInput['view'],
  filter = '',
  folded: string[] = [],
  pools: string[] = ['empty', 'shop'],
) =>
  treeRows({
    view,
    resources,
    pools,
    folded: new Set(folded),
    matches: filter === '' ? undefined : readFilter(filter).matches,
    words,
  });
const drawn = (...given: Parameters<typeof rows>) =>
  rows(...given).map((row) => `${'  '.repeat(row.level - 1)}${row.number}${row.number && ' '}${row.label}`);

test('by server: nodes by name with numbers as numbers, guests by number, storages after them', () => {
  expect(drawn('server')).toEqual([
    'D',
    ...['  n1', '    100 web', '    101 VM 101', '    102 base', '    120 CT 120', '    local', '    nas'],
    ...['  n2', '    110 db', '    nas'],
    '  n10',
  ]);
});

test('by kind: only the folders that hold something; templates of their own', () => {
  expect(drawn('kind')).toEqual([
    'D',
    ...['  Nodes', '    n1', '    n2', '    n10'],
    ...['  VMs', '    100 web', '    101 VM 101', '    110 db'],
    ...['  CTs', '    120 CT 120'],
    ...['  Templates', '    102 base'],
    ...['  Storages', '    local (n1)', '    nas (n1)', '    nas (n2)'],
  ]);
  expect(drawn('kind', 'type:ct')).toEqual(['D', '  CTs', '    120 CT 120']);
});

test('by pool: empty ones too, and at the end what is in none', () => {
  expect(drawn('pool', '', ['pool/'])).toEqual(['D', '  empty', '  shop', '    110 db', '  No pool']);
  expect(rows('pool').find((row) => row.label === 'empty')).toMatchObject({ expanded: undefined, count: 0 });
  // A pool that was not in the list yet, but in which a guest is.
  expect(drawn('pool', 'db', [], [])).toEqual(['D', '  shop', '    110 db']);
});

test('by tag: a guest is below each of its tags, with keys of their own', () => {
  expect(drawn('tag', '', ['tag/'])).toEqual([
    'D',
    ...['  db', '    110 db'],
    ...['  prod', '    100 web', '    110 db'],
    ...['  web2', '    120 CT 120', '  web10', '    120 CT 120'],
    '  No tag',
  ]);
});

test('by storage: one that several nodes have stands above them, one of one node stands for itself', () => {
  expect(drawn('storage')).toEqual(['D', '  local', '  nas', '    n1', '    n2']);
  const [, local, nas, first] = rows('storage');
  expect(local).toMatchObject({
    href: '/nodes/n1/storage/local',
    itemId: 'storage/n1/local',
    expanded: undefined,
  });
  expect(nas).toMatchObject({ href: undefined, itemId: undefined, expanded: true, count: 2 });
  expect(first).toMatchObject({ href: '/nodes/n1/storage/nas', parent: 'storage/nas' });
});

test.each(treeViews)('%s: each key is there once, parents are there, places are counted', (view) => {
  const all = rows(view);
  expect(new Set(all.map((row) => row.key)).size).toBe(all.length);
  for (const row of all.slice(1)) {
    expect(all.some((one) => one.key === row.parent && one.level === row.level - 1)).toBe(true);
    const siblings = all.filter((one) => one.parent === row.parent);
    expect(siblings).toHaveLength(row.siblings);
    expect(siblings[row.position - 1]).toBe(row);
  }
});

test.each(treeViews)('%s: what is folded hides what is below; a filter opens it', (view) => {
  const branch = rows(view).find((row) => row.level === 2 && row.expanded)!;
  const folded = rows(view, '', [branch.key]);
  expect(folded.find((row) => row.key === branch.key)?.expanded).toBe(false);
  expect(folded.some((row) => row.parent === branch.key)).toBe(false);
  expect(rows(view, '', ['root']).map((row) => row.key)).toEqual(['root']);
  expect(rows(view, 'node:n1,n2', [branch.key, 'root']).some((row) => row.parent === branch.key)).toBe(true);
});

test('a filter keeps a node that fits itself, and leaves nothing but the datacenter when nothing fits', () => {
  expect(drawn('server', 'n10')).toEqual(['D', '  n10']);
  expect(drawn('server', 'tag:prod status:stopped')).toEqual(['D', '  n2', '    110 db']);
  for (const view of treeViews) expect(drawn(view, 'nothing at all')).toEqual(['D']);
});

test('rows say nothing of states: they do not change fifty times a second', () => {
  const reads: string[] = [];
  const watched = resources.map(
    (item) =>
      new Proxy(item, {
        get(target, name) {
          reads.push(String(name));
          return Reflect.get(target, name);
        },
      }),
  );
  for (const view of treeViews)
    treeRows({ view, resources: watched, pools: [], folded: new Set(), matches: undefined, words });
  expect([...new Set(reads)].sort()).toEqual([
    'id',
    'name',
    'node',
    'pool',
    'storage',
    'tags',
    'template',
    'type',
    'vmid',
  ]);
});

test('rows that have not changed stay the objects that they were, in the new order', () => {
  const before = keptRows(new Map(), rows('server'));
  const [group] = [...before.values()].filter((row) => row.level === 2);
  expect([...keptRows(before, rows('server')).values()].every((row) => before.get(row.key) === row)).toBe(
    true,
  );
  const folded = keptRows(before, rows('server', '', [group?.key ?? '']));
  expect(folded.get(group?.key ?? '')).not.toBe(group);
  expect(folded.get('root')).toBe(before.get('root'));
  expect([...folded.keys()]).toEqual(rows('server', '', [group?.key ?? '']).map((row) => row.key));
  expect(folded.size).toBeLessThan(before.size);
});
