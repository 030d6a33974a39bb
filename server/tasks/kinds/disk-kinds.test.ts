// Tasks on disks under the suite of task kinds; and what each of them refuses, in which words.
import { afterEach, describe, expect, test } from 'vitest';
import { describeTaskKind, type TaskKindWorld } from '../../../test/contracts/task-kind.ts';
import { type DiskWorld, diskWorld } from '../../../test/fixtures/disk-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import type { TaskKind } from '../task.ts';
import { directoryCreateKind } from './disk-directory-create.ts';
import { directoryRemoveKind } from './disk-directory-remove.ts';
import { lvmCreateKind, lvmThinCreateKind } from './disk-group-create.ts';
import { lvmRemoveKind, lvmThinRemoveKind } from './disk-group-remove.ts';
import { diskInitKind } from './disk-init.ts';
import type { DiskKindParts } from './disk-target.ts';
import { diskWipeKind } from './disk-wipe.ts';

const signal = new AbortController().signal;

async function targetOf(world: DiskWorld, device: string, withIdentity = false) {
  const { hardware, identity } = await world.disks.find(device, signal);
  return { device, hardware, ...(withIdentity ? { expected: identity } : {}) };
}

type Make<P> = (world: DiskWorld) => Promise<P> | P;

function under<P, S>(
  name: string,
  kindOf: (parts: DiskKindParts) => TaskKind<P, S>,
  params: Make<P>,
  afterFailure?: (world: DiskWorld) => Promise<{ kind: TaskKind; params: unknown } | undefined>,
): void {
  describeTaskKind(name, async () => {
    const world = await diskWorld();
    const given = await params(world);
    return {
      ...{ kind: kindOf(world.parts), params: given, faults: world.faults },
      snapshot: () => world.snapshot(),
      dispose: () => world.dispose(),
      ...(afterFailure ? { afterFailure: () => afterFailure(world) } : {}),
    } as TaskKindWorld<P, S>;
  });
}

/** A directory on the first partition of sdc, with a storage in it. */
async function withDirectory(world: DiskWorld, files: readonly string[] = []): Promise<void> {
  const { driver, storages } = world;
  await driver.mount(driver.mountOf('box', { uuid: 'c-1', type: 'ext4', partition: 'C-PART-1' }), signal);
  driver.files.set('box', [...files]);
  await storages.create('box', 'dir', { path: '/mnt/pve/box', content: 'iso' });
}
const removal = { cleanupConfig: true, cleanupDisks: true, withVolumes: true };

under('diskinit', diskInitKind, (world) => targetOf(world, '/dev/sdb', true));
// What it erased is another disk by its contents: whoever asks again has looked again.
under('wipedisk', diskWipeKind, (world) => targetOf(world, '/dev/sdc'));
under('wipedisk of a partition', diskWipeKind, (world) => targetOf(world, '/dev/sdc1'));
under('dircreate on a disk', directoryCreateKind, async (world) => ({
  ...(await targetOf(world, '/dev/sdb', true)),
  ...{ name: 'box', fileSystem: 'ext4' as const, addStorage: true },
}));
under('dircreate on a partition', directoryCreateKind, async (world) => ({
  ...(await targetOf(world, '/dev/sdc2')),
  ...{ name: 'box', fileSystem: 'xfs' as const, addStorage: false },
}));
under('dircreate by a kernel without its quotas', directoryCreateKind, async (world) => {
  world.driver.lacksQuotas = true;
  return {
    ...(await targetOf(world, '/dev/sdb')),
    ...{ name: 'box', fileSystem: 'ext4' as const, addStorage: true },
  };
});
under('lvmcreate', lvmCreateKind, async (world) => ({
  ...(await targetOf(world, '/dev/sdb')),
  ...{ name: 'vg1', addStorage: true },
}));
under('lvmthincreate', lvmThinCreateKind, async (world) => ({
  ...(await targetOf(world, '/dev/sdb')),
  ...{ name: 'thin', addStorage: true },
}));
under(
  'dirremove',
  directoryRemoveKind,
  async (world) => {
    await withDirectory(world);
    return { ...removal, name: 'box' };
  },
  // The last step may fail behind its effect: then nothing is left to ask for.
  async (world) =>
    world.driver.state.mounts.has('box')
      ? { kind: directoryRemoveKind(world.parts) as TaskKind, params: { ...removal, name: 'box' } }
      : undefined,
);
under(
  'lvmremove',
  lvmRemoveKind,
  async (world) => {
    await world.storages.create('thin', 'lvmthin', { vgname: 'vg0', thinpool: 'data', content: 'images' });
    return { ...removal, name: 'vg0' };
  },
  async (world) => {
    if (world.driver.state.groups.has('vg0'))
      return { kind: lvmRemoveKind(world.parts) as TaskKind, params: { ...removal, name: 'vg0' } };
    // What is left of a group that is gone is a disk like any other.
    return { kind: diskWipeKind(world.parts) as TaskKind, params: await targetOf(world, '/dev/sdd') };
  },
);
under(
  'lvmthinremove',
  lvmThinRemoveKind,
  async (world) => {
    await world.storages.create('thin', 'lvmthin', { vgname: 'vg0', thinpool: 'data', content: 'images' });
    return { ...removal, name: 'data', group: 'vg0' };
  },
  async (world) => {
    const group = world.driver.state.groups.get('vg0');
    const params = { ...removal, name: 'data', group: 'vg0' };
    if (group?.volumes.length) return { kind: lvmThinRemoveKind(world.parts) as TaskKind, params };
    if (group) return { kind: lvmRemoveKind(world.parts) as TaskKind, params: { ...removal, name: 'vg0' } };
    return { kind: diskWipeKind(world.parts) as TaskKind, params: await targetOf(world, '/dev/sdd') };
  },
);

describe('what is refused', () => {
  let world: DiskWorld;
  afterEach(() => world.dispose());

  test('a disk in use, by whom', async () => {
    world = await diskWorld();
    const wipe = diskWipeKind(world.parts);
    await expect(wipe.check(await targetOf(world, '/dev/sda'))).rejects.toMatchObject({
      code: 'busy',
      message: '/dev/sda is in use: /dev/sda2 is mounted at /: this machine runs from it',
    });
    await expect(wipe.check(await targetOf(world, '/dev/sda1'))).rejects.toMatchObject({
      code: 'busy',
      message: expect.stringContaining('what this machine starts from'),
    });
    await withDirectory(world);
    await expect(wipe.check(await targetOf(world, '/dev/sdc'))).rejects.toMatchObject({
      message: "/dev/sdc is in use: /dev/sdc1 is mounted at /mnt/pve/box as directory 'box' (storage 'box')",
    });
    await wipe.check(await targetOf(world, '/dev/sdc2'));
    await world.storages.create('fast', 'lvm', { vgname: 'vg0', content: 'images' });
    await expect(wipe.check(await targetOf(world, '/dev/sdd'))).rejects.toMatchObject({
      message: "/dev/sdd is in use: /dev/sdd belongs to the volume group 'vg0' of storage 'fast'",
    });
  });

  test('a disk that a guest has, wanted or in force', async () => {
    world = await diskWorld();
    await world.store.write('guests/100', {
      ...{ kind: 'qemu', vmid: 100, node: 'pve1', config: {}, createdAt: 0 },
      running: { scsi1: '/dev/sdb,size=200G' },
    });
    await expect(diskInitKind(world.parts).check(await targetOf(world, '/dev/sdb'))).rejects.toMatchObject({
      ...{ code: 'busy', message: '/dev/sdb is in use: VM 100 has /dev/sdb' },
    });
  });

  test('another disk that has got the name, and one that was changed since somebody looked', async () => {
    world = await diskWorld();
    const seen = await targetOf(world, '/dev/sdc', true);
    await world.driver.makeFileSystem('/dev/sdc2', 'ext4', 'new', signal);
    await expect(diskWipeKind(world.parts).check(seen)).rejects.toMatchObject({ code: 'wrong-state' });
    const empty = await targetOf(world, '/dev/sdb');
    world.driver.state.disks.set('/dev/sdb', { path: '/dev/sdb', sizeBytes: 1e12, serial: 'another' });
    for (const kind of [diskWipeKind(world.parts), diskInitKind(world.parts)])
      await expect(kind.check(empty)).rejects.toMatchObject({
        ...{ code: 'wrong-state', message: expect.stringContaining('another disk has this name now') },
      });
  });

  test('a disk that takes another one’s name while the task waits is not written to', async () => {
    world = await diskWorld();
    const { runner } = runnerWorld();
    const kind = directoryCreateKind({
      ...world.parts,
      disks: {
        ...world.disks,
        // Behind the check.
        driver: {
          ...world.driver,
          table: async (disk, stop) => {
            if (world.driver.state.disks.get('/dev/sdb')?.serial === 'S-B')
              world.driver.state.disks.set('/dev/sdb', {
                ...{ path: '/dev/sdb', sizeBytes: 5e11, serial: 'another' },
              });
            return await world.driver.table(disk, stop);
          },
        },
      },
    });
    runner.register(kind);
    const params = {
      ...(await targetOf(world, '/dev/sdb')),
      ...{ name: 'box', fileSystem: 'ext4' as const, addStorage: false },
    };
    const record = await runner.wait(await runner.start(kind, params, { requester: 'root@pam' }));
    expect(record.state).toBe('failed');
    expect(world.driver.state.disks.get('/dev/sdb')).toEqual({
      ...{ path: '/dev/sdb', sizeBytes: 5e11, serial: 'another' },
    });
  });

  test('what is not empty, what is a partition, names that are taken', async () => {
    world = await diskWorld();
    const onParts = { ...(await targetOf(world, '/dev/sdc')), name: 'box', addStorage: true };
    await expect(
      directoryCreateKind(world.parts).check({ ...onParts, fileSystem: 'ext4' }),
    ).rejects.toMatchObject({
      code: 'wrong-state',
      message: expect.stringMatching(/^\/dev\/sdc is not empty: .*‘<i>mine<\/i>’.* Wipe it first$/),
    });
    await expect(diskInitKind(world.parts).check(await targetOf(world, '/dev/sdc2'))).rejects.toThrow(
      'is a partition',
    );
    const onEmpty = { ...(await targetOf(world, '/dev/sdb')), addStorage: true };
    await expect(lvmCreateKind(world.parts).check({ ...onEmpty, name: 'vg0' })).rejects.toThrow(
      "name: a volume group 'vg0' exists already",
    );
    await withDirectory(world);
    for (const kind of [lvmCreateKind(world.parts), lvmThinCreateKind(world.parts)])
      await expect(kind.check({ ...onEmpty, name: 'box' })).rejects.toThrow("a storage 'box' exists already");
    await expect(
      directoryCreateKind(world.parts).check({ ...onEmpty, name: 'box', fileSystem: 'xfs' }),
    ).rejects.toThrow("a directory 'box' exists already");
  });

  test('a directory with a storage, guests or files in it', async () => {
    world = await diskWorld();
    await withDirectory(world, ['images/100/a.qcow2', 'template/b.iso']);
    const check = (given: object) =>
      directoryRemoveKind(world.parts).check({ ...removal, name: 'box', withVolumes: false, ...given });
    await expect(check({ cleanupConfig: false })).rejects.toThrow('storage box lies on it');
    await expect(check({})).rejects.toThrow('holds files (images/100/a.qcow2, template/b.iso)');
    await check({ cleanupDisks: false });
    await world.store.write('guests/101', {
      ...{
        kind: 'lxc',
        vmid: 101,
        node: 'pve1',
        config: { mp0: '/mnt/pve/box/data,mp=/data' },
        createdAt: 0,
      },
    });
    await expect(check({ withVolumes: true })).rejects.toThrow('CT 101 has a folder of it');
    await world.store.write('guests/102', {
      ...{ kind: 'qemu', vmid: 102, node: 'pve1', config: { scsi0: 'box:102/a.raw,size=1G' }, createdAt: 0 },
    });
    await expect(check({ withVolumes: true })).rejects.toThrow('VM 102 has volumes on storage box');
    await expect(check({ name: 'none' })).rejects.toMatchObject({ code: 'not-found' });
  });

  test('a group or pool with volumes in it, or open ones', async () => {
    world = await diskWorld();
    const volumes = (open: boolean) => [
      { name: 'data', sizeBytes: 1, type: 'thin-pool', open: true },
      { name: 'vm-1-disk-0', sizeBytes: 1, type: 'thin', pool: 'data', open },
    ];
    world.driver.state.groups.set('vg0', { devices: ['/dev/sdd'], volumes: volumes(false) });
    const keep = { ...removal, withVolumes: false };
    const group = lvmRemoveKind(world.parts);
    const pool = lvmThinRemoveKind(world.parts);
    await expect(group.check({ ...keep, name: 'vg0' })).rejects.toThrow(
      'holds vm-1-disk-0: remove them first',
    );
    await expect(pool.check({ ...keep, name: 'data', group: 'vg0' })).rejects.toThrow('holds vm-1-disk-0');
    await group.check({ ...removal, name: 'vg0' });
    world.driver.state.groups.set('vg0', { devices: ['/dev/sdd'], volumes: volumes(true) });
    await expect(group.check({ ...removal, name: 'vg0' })).rejects.toThrow('vm-1-disk-0 is open or mounted');
    world.driver.state.groups.set('vg0', {
      devices: ['/dev/sdd'],
      volumes: [...volumes(false), { name: 'root', sizeBytes: 1, type: 'linear' }],
    });
    await expect(pool.check({ ...removal, name: 'data', group: 'vg0' })).rejects.toThrow('also holds root');
    await pool.check({ ...removal, name: 'data', group: 'vg0', cleanupDisks: false });
  });
});
