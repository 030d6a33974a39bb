// Disks that are directories: a kernel that lacks quotas, a daemon that starts anew in the middle, copies of disks, files nobody sees.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type DiskWorld, diskWorld } from '../../../test/fixtures/disk-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import type { TaskKind } from '../task.ts';
import { directoryCreateKind } from './disk-directory-create.ts';
import { type DiskRemoveParams, directoryRemoveKind } from './disk-directory-remove.ts';

const signal = new AbortController().signal;
const removal: DiskRemoveParams = { name: 'box', cleanupConfig: true, cleanupDisks: true, withVolumes: true };
let world: DiskWorld;
beforeEach(async () => {
  world = await diskWorld();
});
afterEach(() => world.dispose());

async function run<P, S>(kind: TaskKind<P, S>, params: P) {
  const { runner, log } = runnerWorld();
  runner.register(kind);
  const upid = await runner.start(kind, params, { requester: 'root@pam' });
  return { ...(await runner.wait(upid)), log: log(upid) };
}

/** A directory on the first partition of sdc, with a storage in it. */
async function withDirectory(): Promise<void> {
  const { driver, storages } = world;
  await driver.mount(driver.mountOf('box', { uuid: 'c-1', type: 'ext4', partition: 'C-PART-1' }), signal);
  await storages.create('box', 'dir', { path: '/mnt/pve/box', content: 'images' });
}
const typeOf = (path: string, index: number) => world.driver.state.disks.get(path)?.parts?.[index]?.type;

const creation = async () => ({
  ...{ name: 'box', fileSystem: 'ext4' as const, addStorage: false, device: '/dev/sdb' },
  hardware: (await world.disks.find('/dev/sdb', signal)).hardware,
});

test('a kernel that does not mount file systems with quotas mounts one without, and the log says so', async () => {
  world.driver.lacksQuotas = true;
  const ended = await run(directoryCreateKind(world.parts), await creation());
  expect(ended.exitStatus).toBe('WARNINGS: 1');
  expect(ended.log.join('\n')).toContain('without quotas');
  expect(world.driver.state.mounts.get('box')).toMatchObject({ mounted: true, kept: true });
});

test('a mount that fails for another reason is told, and undone', async () => {
  const driver = { ...world.driver, withoutQuotas: async () => undefined };
  world.driver.lacksQuotas = true;
  const kind = directoryCreateKind({ ...world.parts, disks: { ...world.disks, driver } });
  expect((await run(kind, await creation())).exitStatus).toContain('bad option');
  expect(world.driver.state.mounts.size).toBe(0);
});

test('no directory where something else is mounted', async () => {
  const driver = { ...world.driver, space: async () => ({ sizeBytes: 1, availableBytes: 1 }) };
  const kind = directoryCreateKind({ ...world.parts, disks: { ...world.disks, driver } });
  await expect(kind.check(await creation())).rejects.toMatchObject({
    ...{ code: 'already-exists', message: expect.stringContaining('mounted at /mnt/pve/box') },
  });
});

test.each([true, false])(
  'a daemon that starts between steps mounts it again; erased: %s',
  async (cleanupDisks) => {
    await withDirectory();
    const kind = directoryRemoveKind(world.parts);
    const startAfter = (name: string): (typeof kind.steps)[number] => ({
      name: `start-after-${name}`,
      run: async () => {
        for (const mount of await world.driver.mounts())
          await world.driver.mount(mount, signal).catch(() => {});
      },
    });
    const steps = kind.steps.flatMap((step) =>
      step.name === 'forget' ? [step] : [step, startAfter(step.name)],
    );
    expect(await run({ ...kind, steps }, { ...removal, cleanupDisks })).toMatchObject({ exitStatus: 'OK' });
    expect(world.driver.state.mounts.size).toBe(0);
    expect(typeOf('/dev/sdc', 0)).toBe(cleanupDisks ? undefined : 'ext4');
  },
);

test('a guest that takes a storage in it into use meanwhile loses nothing', async () => {
  await withDirectory();
  const kind = directoryRemoveKind(world.parts);
  const config = { scsi0: 'box:100/vm-100-disk-0.raw,size=1G' };
  const steps = kind.steps.flatMap((step): (typeof kind.steps)[number][] => [
    step,
    {
      name: `guest-after-${step.name}`,
      run: async () =>
        void (await world.store.write('guests/100', {
          ...{ kind: 'qemu', vmid: 100, node: 'pve1', config, createdAt: 0 },
        })),
    },
  ]);
  expect(await run({ ...kind, steps }, removal)).toMatchObject({ errorCode: 'busy' });
  expect(typeOf('/dev/sdc', 0)).toBe('ext4');
});

test('what is in a directory that is not mounted is not lost unless that is wanted', async () => {
  await withDirectory();
  const [mount] = await world.driver.mounts();
  await world.driver.unmount(mount!, signal);
  const { check } = directoryRemoveKind(world.parts);
  await expect(check({ ...removal, withVolumes: false })).rejects.toMatchObject({
    ...{ code: 'wrong-state', message: expect.stringContaining('is not mounted') },
  });
  await check({ ...removal, withVolumes: false, cleanupDisks: false });
  await check(removal);
  // Nothing is on it any more.
  await world.driver.erase('/dev/sdc1', 'part', signal);
  await check({ ...removal, withVolumes: false });
});

test('of a disk and its copy the one is erased that is mounted; neither when none is', async () => {
  await withDirectory();
  world.driver.state.disks.set('/dev/sdb', {
    ...{
      path: '/dev/sdb',
      sizeBytes: 1e12,
      serial: 'S-B',
      parts: [{ sizeBytes: 1e11, type: 'ext4', uuid: 'c-1', guid: 'COPY' }],
    },
  });
  const [mount] = await world.driver.mounts();
  await world.driver.unmount(mount!, signal);
  const refused = await run(directoryRemoveKind(world.parts), removal);
  expect(refused).toMatchObject({ errorCode: 'wrong-state' });
  expect(refused.exitStatus).toContain('/dev/sdb1, /dev/sdc1: disconnect the copies');
  await world.driver.mount(mount!, signal);
  expect(await run(directoryRemoveKind(world.parts), removal)).toMatchObject({ exitStatus: 'OK' });
  expect([typeOf('/dev/sdb', 0), typeOf('/dev/sdc', 0)]).toEqual(['ext4', undefined]);
});
