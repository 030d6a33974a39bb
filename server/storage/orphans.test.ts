// Which volumes count as orphans, and what tasks keep them from it.
import { expect, test } from 'vitest';
import type { VolumeInfo } from '../../storage-plugins/plugin.ts';
import { mentionsOf } from '../tasks/task-mentions.ts';
import { findOrphans } from './orphans.ts';

function volume(name: string, more: Partial<VolumeInfo> = {}): VolumeInfo {
  const vmid = /^(\d+)\//.exec(name)?.[1];
  return {
    ...{
      name,
      content: 'images',
      format: 'raw',
      sizeBytes: 1,
      usedBytes: 1,
      parent: undefined,
      createdAt: 1,
    },
    vmid: vmid === undefined ? undefined : Number(vmid),
    ...more,
  };
}

const volumes = [
  volume('100/vm-100-disk-0.raw'),
  volume('100/vm-100-disk-1.raw'),
  volume('200/vm-200-disk-0.raw'),
  volume('300/base-300-disk-0.raw'),
  volume('301/vm-301-disk-0.qcow2', { parent: '300/base-300-disk-0.raw' }),
  volume('0/base-0-debian.subvol', { vmid: 0, content: 'rootdir' }),
  volume('iso/a.iso', { content: 'iso' }),
  volume('unnumbered'),
];
const facts = {
  isNamed: (volid: string) =>
    ['local:100/vm-100-disk-0.raw', 'local:301/vm-301-disk-0.qcow2'].includes(volid),
  guestExists: (vmid: number) => vmid === 100,
  isHeld: () => false,
};

test('what nobody names, and why; a base stays while it has clones', () => {
  const found = findOrphans('local', volumes, facts).map(({ info, reason }) => [info.name, reason]);
  expect(found).toEqual([
    ['100/vm-100-disk-1.raw', 'not-named'],
    ['200/vm-200-disk-0.raw', 'guest-gone'],
    ['unnumbered', 'no-guest'],
  ]);
  const alone = volumes.filter(({ vmid }) => vmid !== 301);
  expect(findOrphans('local', alone, facts).map(({ info }) => info.name)).toContain(
    '300/base-300-disk-0.raw',
  );
  expect(findOrphans('other', volumes, facts)).toHaveLength(5);
});

test('what a task holds is none', () => {
  const isHeld = ({ vmid }: { vmid: number | undefined }) => vmid === 200;
  const found = findOrphans('local', volumes, { ...facts, isHeld });
  expect(found.map(({ info }) => info.name)).not.toContain('200/vm-200-disk-0.raw');
});

test('tasks mention guests and volumes in their parameters, their state and their object', () => {
  const task = (objectId: string, params: unknown, state: unknown) =>
    ({ record: { objectId }, paramsJson: JSON.stringify(params), stateJson: JSON.stringify(state) }) as never;
  const mentions = mentionsOf([
    task('100', { vmid: 100, newId: 200 }, { plans: [{ key: 'scsi0', name: 'vm-200-disk-4' }] }),
    task('local', { volid: 'local:300/vm-300-disk-0.raw' }, { made: { 'other:vm-301-disk-0': true } }),
    task('', {}, {}),
  ]);
  expect([100, 200, 201, 0].map((vmid) => mentions.guest(vmid))).toEqual([true, true, false, true]);
  expect(
    ['vm-200-disk-4', 'vm-300-disk-0', 'vm-301-disk-0', 'vm-201'].map((name) => mentions.text(name)),
  ).toEqual([true, true, true, false]);
});
