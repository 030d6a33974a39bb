// What the datacenter has and what of it is in use.
import { describe, expect, it } from 'vitest';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import { guestsByState, memoryOf, processorsOf, spaceOf, storageViews } from './capacity.ts';

const node = (name: string, more: Partial<ResourceItem>): ResourceItem => ({
  ...{ id: `node/${name}`, type: 'node', node: name, status: 'online' },
  ...more,
});
const storage = (on: string, name: string, more: Partial<ResourceItem>): ResourceItem => ({
  ...{ id: `storage/${on}/${name}`, type: 'storage', node: on, storage: name, status: 'available' },
  ...more,
});

describe('capacity', () => {
  it('is that of the nodes that are reached', () => {
    const nodes = [
      node('a', { cpu: 0.5, maxcpu: 8, mem: 10, maxmem: 40 }),
      node('b', { cpu: 1, maxcpu: 2, mem: 5, maxmem: 10 }),
      node('c', { status: 'offline', cpu: 0.5, maxcpu: 100, mem: 1, maxmem: 1 }),
    ];
    expect(processorsOf(nodes)).toEqual({ used: 6, total: 10 });
    expect(memoryOf(nodes)).toEqual({ used: 15, total: 50 });
    expect(processorsOf([node('new', {})])).toEqual({ used: 0, total: 0 });
  });

  it('counts a shared storage once, also where not all nodes reach it', () => {
    const views = storageViews([
      storage('b', 'nas', { shared: 1, status: 'unknown', disk: 0, maxdisk: 0 }),
      storage('b', 'local', { disk: 3, maxdisk: 9 }),
      storage('a', 'nas', { shared: 1, disk: 10, maxdisk: 100 }),
      storage('a', 'local', { disk: 1, maxdisk: 9 }),
    ]);
    expect(views.map((one) => one.id)).toEqual(['storage/a/local', 'storage/b/local', 'shared/nas']);
    expect(views[2]).toMatchObject({ nodes: ['a', 'b'], without: ['b'], item: { node: 'a' } });
    expect(spaceOf(views)).toEqual({ used: 14, total: 118 });
  });

  it('leaves out what cannot be used', () => {
    const views = storageViews([storage('a', 'gone', { status: 'unknown', disk: 5, maxdisk: 9 })]);
    expect(views[0]?.without).toEqual(['a']);
    expect(spaceOf(views)).toEqual({ used: 0, total: 0 });
  });
});

describe('guests by state', () => {
  it('has what runs first, templates and words of tomorrow last', () => {
    const guest = (status: string, template?: 1): ResourceItem => ({
      ...{ id: '', type: 'qemu', node: 'a', status },
      ...(template && { template }),
    });
    const list = [
      guest('stopped', 1),
      guest('stopped'),
      guest('dreaming'),
      guest('running'),
      guest('stopped'),
    ];
    const counts = guestsByState(list);
    expect(counts.slice(0, 2)).toEqual([
      ['running', 1],
      ['stopped', 2],
    ]);
    expect(counts).toHaveLength(4);
  });
});
