import { describe, expect, test } from 'vitest';
import { configDigest } from '../../../core/config-digest.ts';
import type { ConfigInput } from '../../config/config-keys.ts';
import type { CtConfig } from '../../ct-parts.ts';
import { completeCtChange, fillInTemplateFacts, mergeCtChange } from './merge-ct-change.ts';

const gib = 1024 ** 3;
function counting() {
  let n = 0;
  return { mac: () => `BC:24:11:00:00:${String(++n).padStart(2, '0')}` };
}
const create = (set: Record<string, ConfigInput>, storage?: string) =>
  mergeCtChange({}, set, [], {
    vmid: 101,
    create: true,
    generate: counting(),
    ...(storage === undefined ? {} : { storage }),
  });
const change = (current: CtConfig, set: Record<string, ConfigInput>, remove: string[] = [], force = false) =>
  mergeCtChange(current, set, remove, { vmid: 101, create: false, force, generate: counting() });

const current: CtConfig = {
  hostname: 'web',
  unprivileged: 1,
  rootfs: 'local:101/vm-101-disk-0.subvol,size=8G',
  mp0: 'local:101/vm-101-disk-1.subvol,mp=/data,size=4G',
  mp1: '/srv/photos,mp=/photos',
  net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:AA:00:01,type=veth',
  unused0: 'local:101/vm-101-disk-5.subvol',
};

describe('a new container', () => {
  const made = create({
    rootfs: 'local:8,acl=1',
    mp0: 'fast:0.5,mp=/data,backup=1',
    mp1: '/srv/photos,mp=/photos',
    dev0: '/dev/kvm',
    net0: 'name=eth0,bridge=vmbr0,ip=dhcp',
    net1: 'name=eth1,hwaddr=bc:24:11:99:99:99',
    unprivileged: true,
  });

  test('says what to allocate, and which paths of the host it asks for', () => {
    expect(made.allocations).toMatchObject([
      { key: 'rootfs', storage: 'local', sizeBytes: 8 * gib },
      { key: 'mp0', storage: 'fast', sizeBytes: gib / 2 },
    ]);
    expect(made.hostPaths).toEqual([
      { key: 'mp1', kind: 'bind', path: '/srv/photos' },
      { key: 'dev0', kind: 'device', path: '/dev/kvm' },
    ]);
    expect(made).toMatchObject({ references: [], detached: [], removals: [], filledKeys: ['hostname'] });
  });

  test('has a name and MAC addresses; mounts come with their volumes', () => {
    expect(made.config).toEqual({
      hostname: 'CT101',
      unprivileged: 1,
      mp1: '/srv/photos,mp=/photos',
      dev0: '/dev/kvm',
      net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp,type=veth',
      net1: 'name=eth1,hwaddr=BC:24:11:99:99:99,type=veth',
    });
    const volumes = new Map([
      ['rootfs', { volume: 'local:101/vm-101-disk-0.subvol', sizeBytes: 8 * gib }],
      ['mp0', { volume: 'fast:vm-101-disk-0', sizeBytes: gib / 2 }],
    ]);
    expect(completeCtChange(made, volumes)).toMatchObject({
      rootfs: 'local:101/vm-101-disk-0.subvol,acl=1,size=8G',
      mp0: 'fast:vm-101-disk-0,mp=/data,backup=1,size=512M',
    });
    expect([...made.changedKeys].sort()).toEqual([
      ...['dev0', 'hostname', 'mp0', 'mp1', 'net0', 'net1', 'rootfs', 'unprivileged'],
    ]);
  });

  test('gets its root on the storage that is given', () => {
    expect(create({}, 'local').allocations).toMatchObject([
      { key: 'rootfs', storage: 'local', sizeBytes: 4 * gib },
    ]);
    expect(create({ rootfs: '8', mp0: 'volume=2,mp=/a' }, 'fast').allocations).toMatchObject([
      { key: 'rootfs', storage: 'fast', sizeBytes: 8 * gib },
      { key: 'mp0', storage: 'fast', sizeBytes: 2 * gib, mount: { target: '/a' } },
    ]);
  });

  test('a root without a size is a tree without a limit', () => {
    const { allocations, config } = create({ rootfs: 'local:0' });
    expect(allocations).toMatchObject([{ sizeBytes: 0 }]);
    const volumes = new Map([['rootfs', { volume: 'local:101/a.subvol', sizeBytes: 0 }]]);
    expect(completeCtChange({ config, allocations }, volumes)['rootfs']).toBe('local:101/a.subvol');
  });

  test('what the template told fills in what was not said', () => {
    const found = { osType: 'alpine', arch: 'arm64' };
    expect(fillInTemplateFacts({}, found)).toEqual({ ostype: 'alpine', arch: 'arm64' });
    expect(fillInTemplateFacts({ ostype: 'unmanaged', arch: 'amd64' }, found)).toEqual({
      ostype: 'unmanaged',
      arch: 'amd64',
    });
    expect(fillInTemplateFacts({}, { osType: 'unmanaged', arch: undefined })).toMatchObject({
      arch: 'amd64',
    });
  });

  test.each<[Record<string, ConfigInput>, string]>([
    [{}, 'rootfs'],
    [{ rootfs: '8' }, 'rootfs'],
    [{ rootfs: '/srv/root' }, 'rootfs'],
    [{ rootfs: 'local:99999999999' }, 'rootfs'],
    [{ rootfs: 'local:8', mp0: 'local:8' }, 'mp0'],
    [{ rootfs: 'local:8', mp0: 'local:8,mp=/a', mp1: 'local:8,mp=/a' }, 'mp1'],
    [{ rootfs: 'local:8', unused0: 'local:101/x.raw' }, 'unused0'],
    [{ rootfs: 'local:8', colour: 'red' }, 'colour'],
  ])('%j is refused', (set, key) => {
    expect(() => create(set)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.any(String) } }),
    );
  });
});

describe('a change', () => {
  test('a deleted mount point becomes unused; a folder of the host is only forgotten', () => {
    const done = change(current, {}, ['mp0', 'mp1']);
    expect(done.detached).toEqual([
      { key: 'mp0', unusedKey: 'unused1', volume: 'local:101/vm-101-disk-1.subvol' },
    ]);
    expect(done.config).toMatchObject({ unused1: 'local:101/vm-101-disk-1.subvol' });
    expect(done.config).not.toHaveProperty('mp0');
    expect(done.config).not.toHaveProperty('mp1');
    expect(done.removals).toEqual([]);
  });

  test('with force, and of an unused one, the volume is to be removed', () => {
    expect(change(current, {}, ['mp0'], true).removals).toEqual(['local:101/vm-101-disk-1.subvol']);
    expect(change(current, {}, ['unused0'])).toMatchObject({
      removals: ['local:101/vm-101-disk-5.subvol'],
      detached: [],
    });
  });

  test('an unused volume can be mounted', () => {
    const done = change(current, { mp2: 'local:101/vm-101-disk-5.subvol,mp=/b,size=999G' });
    expect(done.config).toMatchObject({ mp2: 'local:101/vm-101-disk-5.subvol,mp=/b' });
    expect(done.config).not.toHaveProperty('unused0');
    expect(done.references).toEqual([{ key: 'mp2', volume: 'local:101/vm-101-disk-5.subvol' }]);
  });

  test('options of a mount point change, its size stays', () => {
    const done = change(current, { mp0: 'local:101/vm-101-disk-1.subvol,mp=/data,ro=1,size=999G' });
    expect(done.config['mp0']).toBe('local:101/vm-101-disk-1.subvol,mp=/data,ro=1,size=4G');
    expect(done).toMatchObject({ references: [], detached: [], allocations: [], hostPaths: [] });
  });

  test('another volume or a folder in its place: the old one becomes unused', () => {
    const other = change(current, { mp0: 'fast:16,mp=/data' });
    expect(other.allocations).toMatchObject([{ key: 'mp0', storage: 'fast', sizeBytes: 16 * gib }]);
    expect(other.detached).toMatchObject([{ key: 'mp0', unusedKey: 'unused1' }]);
    const folder = change(current, { mp0: '/srv/x,mp=/data' });
    expect(folder.detached).toMatchObject([{ key: 'mp0', unusedKey: 'unused1' }]);
    expect(folder.hostPaths).toEqual([{ key: 'mp0', kind: 'bind', path: '/srv/x' }]);
  });

  test('a folder handed in otherwise is asked for again; as it is, it is not', () => {
    expect(change(current, { mp1: '/srv/photos,mp=/photos' }).hostPaths).toEqual([]);
    expect(change(current, { mp1: '/srv/photos,mp=/photos,keepattrs=1' }).hostPaths).toHaveLength(1);
  });

  test('a card keeps its MAC address when none is given', () => {
    expect(change(current, { net0: 'name=eth0,bridge=vmbr1' }).config['net0']).toBe(
      'name=eth0,bridge=vmbr1,hwaddr=BC:24:11:AA:00:01,type=veth',
    );
  });

  test('what is as it was stays allowed', () => {
    expect(change(current, { unprivileged: '1', template: 0 }).changedKeys).toEqual(['template']);
  });

  test('a digest of another configuration is refused', () => {
    const options = { vmid: 101, create: false };
    mergeCtChange(current, { onboot: 1 }, [], { ...options, digest: configDigest(current) });
    expect(() => mergeCtChange(current, { onboot: 1 }, [], { ...options, digest: '0'.repeat(40) })).toThrow(
      expect.objectContaining({ code: 'wrong-state' }),
    );
  });

  test.each<[Record<string, ConfigInput>, string[], string]>([
    [{ mp0: 'local:8,mp=/a' }, ['mp0'], 'mp0'],
    [{}, ['rootfs'], 'delete'],
    [{}, ['colour'], 'delete'],
    [{}, ['unprivileged'], 'unprivileged'],
    [{ unprivileged: 0 }, [], 'unprivileged'],
    [{ template: 1 }, [], 'template'],
    [{ rootfs: 'local:16' }, [], 'rootfs'],
    [{ mp2: 'local:101/vm-101-disk-1.subvol,mp=/b' }, [], 'mp2'],
  ])('%j without %j is refused', (set, remove, key) => {
    expect(() => change(current, set, remove)).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.any(String) } }),
    );
  });

  test('the given configuration is not touched', () => {
    const before = structuredClone(current);
    change(current, { mp0: 'local:16,mp=/x', onboot: 1 }, ['net0']);
    expect(current).toEqual(before);
  });
});
