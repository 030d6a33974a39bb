// The tasks `vzsnapshot`, `vzdelsnapshot` and `vzrollback` under the suite of task kinds; frozen for a moment, and what is refused.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type CtWorld, type CtWorldOptions, ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import type { TaskKind } from '../task.ts';
import { ctRollbackKind } from './ct-rollback.ts';
import { ctDelSnapshotKind, ctSnapshotKind } from './ct-snapshot.ts';

const disk = (number: number) => `local:100/subvol-100-disk-${number}.subvol`;
const config = { ...ctConfig(100), mp0: `${disk(1)},mp=/srv,size=1G` };

async function world(
  running: boolean,
  snapshots: readonly string[] = [],
  options: CtWorldOptions = {},
): Promise<CtWorld> {
  const made = await ctWorld(options);
  await made.addCt(100, config, { running, snapshots });
  return made;
}

for (const running of [false, true]) {
  describeTaskKind(`vzsnapshot of a ${running ? 'running' : 'stopped'} container`, async () => {
    const made = await world(running, ['first']);
    return made.under(ctSnapshotKind(made.parts), { vmid: 100, name: 'second', description: 'before it' });
  });
}

describeTaskKind('vzdelsnapshot', async () => {
  const made = await world(true, ['first', 'second']);
  const task = { kind: ctDelSnapshotKind(made.parts), params: { vmid: 100, name: 'first' } };
  return made.under(task.kind, task.params, async () =>
    made.document(100)?.snapshots?.['first'] ? task : undefined,
  );
});

describeTaskKind('vzrollback', async () => {
  const made = await world(false, ['first', 'second']);
  return made.under(ctRollbackKind(made.parts), { vmid: 100, name: 'first', start: false });
});

describeTaskKind('vzrollback of a running container, with a start', async () => {
  const made = await world(true, ['first'], { mountFaults: false });
  const kind = ctRollbackKind(made.parts);
  return made.under(kind, { vmid: 100, name: 'first', start: true });
});

async function run<P, S>(kind: TaskKind<P, S>, params: P) {
  const { runner } = runnerWorld();
  runner.register(kind);
  return runner.wait(await runner.start(kind, params, { requester: 'root@pam' }));
}
const take = (made: CtWorld, name: string) => run(ctSnapshotKind(made.parts), { vmid: 100, name });

describe('a snapshot', () => {
  test('is of every volume, and stands in the line of descent', async () => {
    const made = await world(false);
    for (const name of ['first', 'second', 'third']) expect((await take(made, name)).state).toBe('ok');
    expect(await made.snapshotsOf(disk(1))).toEqual(['first', 'second', 'third']);
    expect(made.document(100)).toMatchObject({
      parent: 'third',
      snapshots: { first: { config, snaptime: 1_000_000 }, second: { parent: 'first' } },
    });
    expect((await run(ctDelSnapshotKind(made.parts), { vmid: 100, name: 'second' })).state).toBe('ok');
    expect(made.document(100)?.snapshots?.['third']?.parent).toBe('first');
    expect(await made.snapshotsOf(disk(0))).toEqual(['first', 'third']);
    await made.dispose();
  });

  test('freezes a running container for its moment, also when a storage fails', async () => {
    const made = await world(true);
    const seen: string[] = [];
    made.states.watch(({ reason }) => seen.push(reason));
    expect((await take(made, 'first')).state).toBe('ok');
    expect(seen.filter((reason) => reason === 'paused' || reason === 'resumed')).toEqual([
      'paused',
      'resumed',
    ]);
    const storage = made.parts.storages.storage('local');
    const local = made.parts.storages.storage;
    made.parts.storages.storage = (id: string) =>
      Object.assign(Object.create(null), local(id), {
        ...Object.fromEntries(
          ['list', 'info', 'listSnapshots', 'removeSnapshot'].map((name) => [
            name,
            (...args: unknown[]) => Reflect.apply(Reflect.get(storage, name), storage, args) as unknown,
          ]),
        ),
        snapshot: async () => {
          throw new Error('broken');
        },
      });
    expect((await take(made, 'second')).state).toBe('failed');
    expect(made.states.stateOf(100)).toBe('running');
    await made.dispose();
  });

  test('of one that somebody froze leaves it frozen', async () => {
    const made = await world(true);
    await made.driver.pause(100);
    expect((await take(made, 'first')).state).toBe('ok');
    expect(made.states.stateOf(100)).toBe('paused');
    await made.dispose();
  });

  test('is refused while it runs where the storage cannot, naming storage and rule', async () => {
    const made = await world(true, [], { liveSnapshots: false });
    const ended = await take(made, 'first');
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'unsupported' });
    expect(ended.exitStatus).toContain("storage 'local'");
    expect(ended.exitStatus).toContain('stop it first');
    await made.dispose();
  });

  test.each([
    ['current', 'invalid-input'],
    ['first', 'already-exists'],
  ])('named %s is refused', async (name, code) => {
    const made = await world(false, ['first']);
    expect(await take(made, name)).toMatchObject({ state: 'failed', errorCode: code });
    await made.dispose();
  });
});

describe('a rollback', () => {
  test('brings the configuration back and keeps what came later as unused', async () => {
    const made = await world(false, ['first']);
    await made.addVolume(disk(2));
    await made.store.write('guests/100', {
      ...made.document(100)!,
      config: { ...config, memory: 1024, mp1: `${disk(2)},mp=/later,size=1G` },
    });
    const ended = await run(ctRollbackKind(made.parts), { vmid: 100, name: 'first', start: true });
    expect(ended.state).toBe('ok');
    expect(made.document(100)?.config).toEqual({ ...config, unused0: disk(2) });
    expect(made.states.stateOf(100)).toBe('running');
    await made.dispose();
  });

  test('to a snapshot that one of the volumes does not have changes nothing', async () => {
    const made = await world(false, ['first']);
    const { quietContext } = await import('../../core/work-context.ts');
    const name = disk(1).slice('local:'.length);
    await made.storages.storage('local').removeSnapshot(quietContext(), name, 'first');
    const before = await made.snapshot();
    const ended = await run(ctRollbackKind(made.parts), { vmid: 100, name: 'first', start: false });
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'not-found' });
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });
});
