// The task configrestore: chosen items come back, all documents or none, whatever breaks.
import { describe, expect, test } from 'vitest';
import { Faults } from '../../../test/contracts/faults.ts';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type ConfigWorld, configWorld } from '../../backup/host-config/config-fixture.ts';
import { quietContext } from '../../core/work-context.ts';
import { configRestoreKind } from './config-restore.ts';

async function changedWorld(faults?: Faults) {
  const world = await configWorld(faults);
  await world.config.setPassphrase('correct horse');
  const volume = await world.backUp();
  await world.put('groups/admins', { comment: 'changed' });
  await world.store.delete('backup-jobs/nightly');
  const guest = world.value('guests/100') as { config: object };
  const changed = { ...guest.config, memory: '512', scsi0: 'disks:100/vm-100-disk-7.raw,size=1M' };
  await world.put('guests/100', { ...guest, config: changed } as never);
  world.files.set('/etc/hosts', 'changed\n');
  return { world, volume };
}

const ids = ['groups/admins', 'backup-jobs/nightly', 'guests/100', 'file/%2Fetc%2Fhosts'];
const chosen = async (world: ConfigWorld, volume: string, which = ids) => {
  const { items } = await world.config.compare(quietContext(), volume);
  return which.map((id) => `${id}@${items.find(({ item }) => item.id === id)?.digest}`);
};
const shown = (world: ConfigWorld) => ({
  documents: ['groups/admins', 'backup-jobs/nightly', 'guests/100'].map((key) => world.value(key)),
  files: [...world.files],
});

describeTaskKind('configrestore', async () => {
  const faults = new Faults();
  const { world, volume } = await changedWorld(faults);
  const items = await chosen(world, volume);
  return {
    kind: configRestoreKind({ config: world.config, passphrase: () => undefined }),
    params: { volume, items, passphraseId: undefined },
    faults,
    snapshot: () => shown(world),
    // Whoever asks again has compared again.
    async afterFailure() {
      const left = await chosen(world, volume);
      const { items: compared } = await world.config.compare(quietContext(), volume);
      const still = left.filter((text) => {
        const one = compared.find(({ item }) => text.startsWith(`${item.id}@`));
        return one !== undefined && one.state !== 'same' && one.refused === undefined;
      });
      if (still.length === 0) return undefined;
      const kind = configRestoreKind({ config: world.config, passphrase: () => undefined });
      return { kind, params: { volume, items: still, passphraseId: undefined } };
    },
    async dispose() {
      world.close();
    },
  };
});

describe('configrestore', () => {
  test('says what it did, and keeps a copy before', async () => {
    const { world, volume } = await changedWorld();
    const { runner, log } = runnerWorld();
    runner.register(
      configRestoreKind({
        ...{ config: world.config, passphrase: () => undefined },
        keepCopy: async () => 'croft-20261123T120000Z.db',
      }),
    );
    const items = await chosen(world, volume);
    const given = { volume, items, passphraseId: undefined };
    const upid = await runner.start('configrestore', given, { requester: 'root@pam' });
    expect(await runner.wait(upid)).toMatchObject({ state: 'ok' });
    expect(log(upid)).toEqual([
      'the configuration as it was is kept: croft state restore croft-20261123T120000Z.db',
      "group 'admins': as in the backup",
      "job 'nightly': made again",
      "guest '100': as in the backup",
      "file '/etc/hosts': as in the backup",
      'wrote /etc/hosts',
      'TASK OK',
    ]);
    expect(world.value('guests/100')).toMatchObject({
      config: { memory: '2048', scsi0: 'disks:100/vm-100-disk-7.raw,size=1M', cipassword: 'tiger-of-guest' },
      running: { memory: '2048' },
    });
    expect(world.files.get('/etc/hosts')).toBe('127.0.0.1 localhost\n');
    world.close();
  });

  test('without the passphrase that it was given nothing is written', async () => {
    const { world, volume } = await changedWorld();
    const { runner } = runnerWorld();
    runner.register(configRestoreKind({ config: world.config, passphrase: () => undefined }));
    const before = shown(world);
    const given = { volume, items: await chosen(world, volume), passphraseId: 'gone' };
    const upid = await runner.start('configrestore', given, { requester: 'root@pam' });
    expect(await runner.wait(upid)).toMatchObject({ exitStatus: expect.stringContaining('passphrase') });
    expect(shown(world)).toEqual(before);
    world.close();
  });

  test('one item that changed meanwhile keeps all from being written', async () => {
    const { world, volume } = await changedWorld();
    const { runner } = runnerWorld();
    runner.register(configRestoreKind({ config: world.config, passphrase: () => undefined }));
    const items = await chosen(world, volume);
    await world.put('groups/admins', { comment: 'by somebody else' });
    const before = shown(world);
    const given = { volume, items, passphraseId: undefined };
    const upid = await runner.start('configrestore', given, { requester: 'root@pam' });
    expect(await runner.wait(upid)).toMatchObject({ state: 'failed', errorCode: 'wrong-state' });
    expect(shown(world)).toEqual(before);
    world.close();
  });
});
