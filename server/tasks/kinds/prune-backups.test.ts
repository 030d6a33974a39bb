// The task prunebackups: what goes and what stays, and that it comes to the same end when it is broken or repeated.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { storageWorld } from '../../../test/fixtures/storage-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { type PruneBackupsParams, pruneBackupsKind } from './prune-backups.ts';

const name = (day: number) => `vzdump-qemu-100-2026_06_0${day}-02_30_00.vma.zst`;
const params: PruneBackupsParams = { storage: 'local', keep: 'keep-last=2' };

async function makeWorld() {
  const world = await storageWorld();
  const dump = path.join(world.root, 'dump');
  await mkdir(dump, { recursive: true });
  for (const day of [1, 2, 3, 4]) await writeFile(path.join(dump, name(day)), 'x');
  await writeFile(path.join(dump, `${name(1)}.notes`), 'n');
  return world;
}

describeTaskKind('prunebackups', async () => {
  const made = await vmWorld();
  for (const day of [1, 2, 3, 4]) await made.addVolume(`local:backup/${name(day)}`);
  return made.under(pruneBackupsKind(made.faultyStorages), params);
});

describe('prunebackups', () => {
  test('removes what need not stay, with what lies beside it', async () => {
    const world = await makeWorld();
    const { runner, log } = runnerWorld();
    runner.register(pruneBackupsKind(world.service));
    world.references.set(`local:backup/${name(2)}`, ['VM 900']);
    const upid = await runner.start('prunebackups', params, { requester: 'root@pam' });
    expect(upid).toMatch(/:prunebackups:local:root@pam:$/);
    expect(await runner.wait(upid)).toMatchObject({ state: 'warnings', exitStatus: 'WARNINGS: 1' });
    expect(await world.files()).toEqual([2, 3, 4].map((day) => `dump/${name(day)}`));
    expect(log(upid).join('\n')).toContain(`'local:backup/${name(2)}' stays`);
    const ofOne = await runner.start('prunebackups', { ...params, vmid: 100 }, { requester: 'root@pam' });
    expect(ofOne).toContain(':prunebackups:100@local:');
    await runner.wait(ofOne);
    await world.cleanUp();
  });

  test('leaves what a task has to do with, and takes it the next time', async () => {
    const world = await makeWorld();
    const { runner } = runnerWorld();
    runner.register(pruneBackupsKind(world.service));
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const lock = { scope: 'name', id: `local:backup/${name(1)}` } as const;
    const reading = { ...pruneBackupsKind(world.service), type: 'qmrestore', locks: () => [lock] };
    runner.register({ ...reading, check: async () => {}, steps: [{ name: 'read', run: async () => go }] });
    const restore = await runner.start('qmrestore', params, { requester: 'root@pam' });
    const prune = async () =>
      await runner.wait(await runner.start('prunebackups', params, { requester: 'root@pam' }));
    expect((await prune()).exitStatus).toBe('WARNINGS: 1');
    expect((await world.files()).map((file) => file.slice(5))).toEqual(
      [name(1), `${name(1)}.notes`, name(3), name(4)].sort(),
    );
    resolve();
    await runner.wait(restore);
    expect((await prune()).exitStatus).toBe('OK');
    expect((await world.files()).map((file) => file.slice(5))).toEqual([name(3), name(4)]);
    await world.cleanUp();
  });

  test.each([
    [{ ...params, keep: 'keep-last=x' }, 'invalid-input'],
    [{ ...params, storage: 'nowhere' }, 'not-found'],
    [{ ...params, storage: 'disks' }, 'invalid-input'],
  ])('refuses %j', async (given, errorCode) => {
    const world = await makeWorld();
    await world.service.create('disks', 'memory', { content: 'images' });
    const { runner } = runnerWorld();
    runner.register(pruneBackupsKind(world.service));
    const upid = await runner.start('prunebackups', given, { requester: 'root@pam' });
    expect(await runner.wait(upid)).toMatchObject({ state: 'failed', errorCode });
    expect((await world.files()).length).toBe(5);
    await world.cleanUp();
  });
});
