// The task configbackup: a file in its place or nothing at all, and the oldest go.
import { describe, expect, test } from 'vitest';
import { Faults } from '../../../test/contracts/faults.ts';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { configWorld } from '../../backup/host-config/config-fixture.ts';
import { listStoredConfigs } from '../../backup/host-config/stored-configs.ts';
import { quietContext } from '../../core/work-context.ts';
import { configBackupKind } from './config-backup.ts';

const day = 86_400_000;

describeTaskKind('configbackup', async () => {
  const faults = new Faults();
  const world = await configWorld(faults);
  const stored = () => listStoredConfigs(world.storages, quietContext(), 'nas');
  const before = await world.backUp();
  world.clock.nowMs += day;
  return {
    kind: configBackupKind({ config: world.config, zone: () => 'UTC' }),
    params: { storage: 'nas' },
    faults,
    async snapshot() {
      const list = await stored();
      return { files: list.map(({ volid }) => volid), before };
    },
    async dispose() {
      world.close();
    },
  };
});

describe('configbackup', () => {
  test('thirty stay, and the newest of thirty days', async () => {
    const world = await configWorld();
    const { runner, log } = runnerWorld();
    runner.register(configBackupKind({ config: world.config, zone: () => 'UTC' }));
    for (let n = 0; n < 70; n += 1) {
      world.clock.nowMs += day / 2;
      await world.backUp();
    }
    world.clock.nowMs += day / 2;
    const upid = await runner.start('configbackup', { storage: 'nas' }, { requester: 'root@pam' });
    expect(upid).toContain(':configbackup:nas:root@pam:');
    expect(await runner.wait(upid)).toMatchObject({ state: 'ok' });
    const left = await listStoredConfigs(world.storages, quietContext(), 'nas');
    expect(left[0]?.atMs).toBe(world.clock.nowMs);
    // Thirty half days; then one of each day before them, of which there are twenty.
    expect(left.length).toBe(30 + 20);
    expect(log(upid).join('\n')).toContain('secrets are left out');
    expect(world.config.target('nas')).toEqual({
      volid: left[0]?.volid,
      digest: await world.config.digest(),
    });
    world.close();
  });

  test.each([
    ['vault', 'invalid-input'],
    ['nowhere', 'not-found'],
  ])('to %s it is refused', async (storage, errorCode) => {
    const world = await configWorld();
    const { runner } = runnerWorld();
    runner.register(configBackupKind({ config: world.config, zone: () => 'UTC' }));
    const upid = await runner.start('configbackup', { storage }, { requester: 'root@pam' });
    expect(await runner.wait(upid)).toMatchObject({ state: 'failed', errorCode });
    world.close();
  });
});
