// Forgetting guests whose storage is gone: the configuration goes, the volumes stay and are named.
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import type { TaskKind } from '../task.ts';
import { ctTaskKinds } from './ct-kinds.ts';
import { vmTaskKinds } from './vm-kinds.ts';

const disk = (number: number) => `local:100/vm-100-disk-${number}.qcow2`;
const disc = 'local:iso/setup-100-a.iso';
const config = { scsi0: `${disk(0)},size=1G`, unused0: disk(1), ide2: `${disc},media=cdrom` };

async function world(): Promise<VmWorld> {
  const made = await vmWorld();
  await made.addVolume(disc);
  await made.addVm(100, config);
  return made;
}
const kindOf = (kinds: readonly TaskKind[], type: string) => kinds.find((kind) => kind.type === type)!;

describeTaskKind('qmforget', async () => {
  const made = await world();
  const kind = kindOf(vmTaskKinds(made.parts), 'qmforget');
  const params = { vmid: 100 };
  return made.under(kind, params, async () => (made.document(100) ? { kind, params } : undefined));
});

async function forget(kinds: readonly TaskKind[], type: string) {
  const { runner, log } = runnerWorld();
  runner.register(kindOf(kinds, type));
  const upid = await runner.start(type, { vmid: 100 }, { requester: 'root@pam' });
  return { ended: await runner.wait(upid), log: log(upid) };
}

test('a VM is forgotten although its storage is switched off, and its volumes are named', async () => {
  const made = await world();
  await made.storages.update('local', { set: { disable: '1' }, delete: [] });
  const { ended, log } = await forget(vmTaskKinds(made.parts), 'qmforget');
  expect(ended).toMatchObject({ state: 'warnings', exitStatus: 'WARNINGS: 2' });
  expect(log).toEqual(
    expect.arrayContaining([disk(0), disk(1)].map((volume) => expect.stringContaining(`left: ${volume}`))),
  );
  expect(log.join('\n')).not.toContain(disc);
  expect(made.document(100)).toBeUndefined();
  await made.storages.update('local', { set: {}, delete: ['disable'] });
  expect((await made.snapshot()).volumes).toHaveLength(3);
  await made.dispose();
});

test.each([
  ['running', {}, true],
  ['protected', { protection: 1 }, false],
])('a VM that is %s is not forgotten', async (_what, more, running) => {
  const made = await world();
  await made.addVm(100, { ...config, ...more }, { running });
  expect((await forget(vmTaskKinds(made.parts), 'qmforget')).ended).toMatchObject({
    errorCode: 'wrong-state',
  });
  expect(made.document(100)).toBeDefined();
  await made.dispose();
});

test('a container is forgotten alike', async () => {
  const made = await ctWorld();
  await made.addCt(100, ctConfig(100));
  const { ended, log } = await forget(ctTaskKinds(made.parts), 'vzforget');
  expect(ended.state).toBe('warnings');
  expect(log.join('\n')).toMatch(/left: local:100\/subvol-100-disk-0/);
  expect(made.document(100)).toBeUndefined();
  await made.dispose();
});
