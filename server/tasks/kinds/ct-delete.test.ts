// The task `vzdestroy` under the suite of task kinds: it goes on to the end, and takes only what is the container's own.

import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type CtWorld, ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { quietContext } from '../../core/work-context.ts';
import type { CtDeleteParams } from '../../guests/ct/ct-params.ts';
import { ctDeleteKind } from './ct-delete.ts';

const disk = (number: number, vmid = 100) => `local:${vmid}/subvol-${vmid}-disk-${number}.subvol`;
const config = { ...ctConfig(100), unused0: disk(1), mp0: '/srv/shared,mp=/shared' };

async function world(running = false): Promise<CtWorld> {
  const made = await ctWorld({ mountFaults: !running });
  await made.addVolume(disk(7));
  await made.addCt(100, config, { running, snapshots: ['first'] });
  await made.addCt(101, ctConfig(101));
  return made;
}

for (const running of [false, true]) {
  describeTaskKind(`vzdestroy of a ${running ? 'running' : 'stopped'} container`, async () => {
    const made = await world(running);
    const kind = ctDeleteKind(made.parts);
    const params = { vmid: 100, unreferenced: true, force: running };
    return made.under(kind, params, async () => (made.document(100) ? { kind, params } : undefined));
  });
}

async function destroy(made: CtWorld, more: Partial<CtDeleteParams> = {}) {
  const { runner } = runnerWorld();
  runner.register(ctDeleteKind(made.parts));
  const params = { vmid: 100, unreferenced: false, ...more };
  const ended = await runner.wait(await runner.start('vzdestroy', params, { requester: 'root@pam' }));
  const { volumes, documents } = await made.snapshot();
  await made.dispose();
  return { ended, volumes: volumes.map((line) => line.split(' ')[0]), documents };
}

test.each([
  [true, [disk(0, 101)]],
  [false, [disk(7), disk(0, 101)]],
])('unreferenced volumes: %s', async (unreferenced, left) => {
  const { ended, volumes, documents } = await destroy(await world(), { unreferenced });
  expect(ended.state).toBe('ok');
  expect(volumes).toEqual(left);
  expect(documents).toHaveLength(1);
});

test('with purge it goes out of the backup jobs', async () => {
  const made = await world();
  const options = { schedule: '02:00', enabled: true, vmid: '100' };
  await made.store.write('backup-jobs/night', { options, since: 1 });
  const { ended } = await destroy(made, { purge: true });
  expect(ended.state).toBe('ok');
  expect(made.store.read('backup-jobs/night')).toBeUndefined();
});

test('a running one is refused without force', async () => {
  const { ended, documents } = await destroy(await world(true));
  expect(ended.exitStatus).toBe('unable to destroy CT 100 - container is running');
  expect(documents).toHaveLength(2);
});

test('a protected one is refused, with force too', async () => {
  for (const force of [false, true]) {
    const made = await world();
    await made.store.write('guests/100', { ...made.document(100)!, config: { ...config, protection: 1 } });
    const { ended, volumes } = await destroy(made, { force });
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'wrong-state' });
    expect(volumes).toContain(disk(0));
  }
});

test('one that runs with a protected volume runs on, with force too', async () => {
  const made = await world(true);
  await made.storages.annotate(quietContext(), disk(0), { protected: true });
  const before = (await made.snapshot()).guests;
  const { runner } = runnerWorld();
  runner.register(ctDeleteKind(made.parts));
  const params = { vmid: 100, unreferenced: false, force: true };
  const ended = await runner.wait(await runner.start('vzdestroy', params, { requester: 'root@pam' }));
  expect(ended).toMatchObject({ state: 'failed', errorCode: 'wrong-state' });
  expect(ended.exitStatus).toContain(disk(0));
  expect((await made.snapshot()).guests).toEqual(before);
  await made.dispose();
});

test('a template with linked clones is refused, naming them', async () => {
  const made = await ctWorld();
  const base = 'local:100/base-100-disk-0.subvol';
  await made.addCt(100, { ...ctConfig(100), rootfs: `${base},size=1G`, template: 1 });
  const clone = { vmid: 101, name: 'subvol-101-disk-0', mode: 'linked' } as const;
  await made.storages.storage('local').clone(quietContext(), base.slice('local:'.length), clone);
  await made.addCt(101, ctConfig(101));
  const { ended, volumes } = await destroy(made);
  expect(ended).toMatchObject({ state: 'failed', errorCode: 'busy' });
  expect(ended.exitStatus).toBe('CT 100 has linked clones: remove CT 101 first');
  expect(volumes).toContain(base);
});
