// The resource index: what is listed, to whom, and which changes become events.
import { describe, expect, it } from 'vitest';
import type { CroftEventBody } from '../contract/events.ts';
import type { ResourceItem } from '../contract/resources.ts';
import { createResourceIndex } from './resource-index.ts';

const guest = (vmid: number, status = 'stopped'): ResourceItem => ({
  id: `qemu/${vmid}`,
  type: 'qemu',
  node: 'n1',
  status,
  vmid,
});
const node: ResourceItem = { id: 'node/n1', type: 'node', node: 'n1', status: 'online' };
const storage: ResourceItem = {
  id: 'storage/n1/local',
  type: 'storage',
  node: 'n1',
  status: 'available',
  storage: 'local',
};

function filled() {
  const events: CroftEventBody[] = [];
  const index = createResourceIndex((event) => events.push(event));
  for (const item of [guest(100), guest(101), node, storage]) index.set(item);
  return { index, events };
}
const everything = { may: () => true };

describe('resource index', () => {
  it('publishes a change once, and nothing when nothing changed', () => {
    const { index, events } = filled();
    events.length = 0;
    index.set(guest(100));
    index.patch('qemu/100', { status: 'running' });
    index.patch('qemu/999', { status: 'running' });
    index.remove('qemu/101');
    index.remove('qemu/101');
    expect(events).toEqual([
      { type: 'resource', resource: guest(100, 'running') },
      { type: 'resource-gone', id: 'qemu/101' },
    ]);
  });

  it('lists by type, vm meaning every guest', () => {
    const { index } = filled();
    expect(index.visibleTo(everything).length).toBe(4);
    expect(index.visibleTo(everything, 'vm').map((item) => item.vmid)).toEqual([100, 101]);
    expect(index.visibleTo(everything, 'storage')).toEqual([storage]);
  });

  it('shows a guest to whom VM.Audit lets, and the same as JSON', () => {
    const { index } = filled();
    const viewer = {
      may: (path: string, privilege: string) => path === '/vms/101' && privilege === 'VM.Audit',
    };
    expect(index.visibleTo(viewer).map((item) => item.id)).toEqual(['qemu/101', 'node/n1']);
    index.patch('node/n1', { cpu: 0.5 });
    expect(index.visibleTo(viewer, 'node')).toEqual([node]);
    expect(index.visibleTo(everything, 'node')).toEqual([{ ...node, cpu: 0.5 }]);
    expect(JSON.parse(index.jsonVisibleTo(viewer).toString())).toEqual(index.visibleTo(viewer));
  });

  it('gives the JSON of now to each viewer, whatever it gave before', () => {
    const { index } = filled();
    const nobody = { may: () => false };
    const json = (viewer: { may(): boolean }, type?: 'vm' | 'lxc') =>
      JSON.parse(index.jsonVisibleTo(viewer, type).toString());
    for (const change of [
      () => {},
      () => index.set({ ...guest(102), name: 'κόμμα, "é"' }),
      () => index.patch('qemu/100', { status: 'running' }),
      () => index.remove('qemu/101'),
    ]) {
      change();
      for (const type of [undefined, 'vm', undefined] as const)
        expect(json(everything, type)).toEqual(index.visibleTo(everything, type));
      expect(json(nobody)).toEqual([node]);
      expect(json(nobody, 'vm')).toEqual([]);
      expect(json(everything, 'lxc')).toEqual([]);
    }
  });
});
