// The task `move_volume` under the suite of task kinds: to another storage, and to another container.

import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type CtWorld, ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import type { CtGiveParams, CtMoveParams } from '../../guests/ct/ct-params.ts';
import type { BoundaryPoint } from '../crash-point.ts';
import { ctGiveVolumeKind } from './ct-give-volume.ts';
import { ctTaskKinds } from './ct-kinds.ts';
import { ctMoveVolumeKind } from './ct-move-volume.ts';

const disk = (number: number, vmid = 100) => `local:${vmid}/subvol-${vmid}-disk-${number}.subvol`;
const config = { ...ctConfig(100), mp0: `${disk(1)},mp=/srv,size=1G`, unused0: disk(2) };

async function world(how: Parameters<CtWorld['addCt']>[2] = {}): Promise<CtWorld> {
  const made = await ctWorld();
  await made.addCt(100, config, how);
  await made.addCt(101, ctConfig(101));
  return made;
}

const move: CtMoveParams = { vmid: 100, key: 'rootfs', storage: 'other', remove: false, digest: undefined };
const give: CtGiveParams = {
  ...{ vmid: 100, key: 'mp0', targetVmid: 101, targetKey: 'mp3' },
  ...{ digest: undefined, targetDigest: undefined },
};

describeTaskKind('move_volume to another storage', async () => {
  const made = await world();
  return made.under(ctMoveVolumeKind(made.parts), move);
});

describeTaskKind('move_volume to another container', async () => {
  const made = await world();
  return made.under(ctGiveVolumeKind(made.parts), give);
});

async function run(
  made: CtWorld,
  params: CtMoveParams | CtGiveParams,
  onBoundary: (point: BoundaryPoint) => void = () => {},
) {
  const { runner } = runnerWorld({ onBoundary });
  for (const kind of ctTaskKinds(made.parts)) runner.register(kind);
  return runner.wait(await runner.start('move_volume', params, { requester: 'root@pam' }));
}

describe('to another storage', () => {
  test('a copy is taken into use, the old one stays as unused, or goes', async () => {
    for (const remove of [false, true]) {
      const made = await world();
      expect((await run(made, { ...move, remove })).state).toBe('ok');
      const moved = made.document(100)!.config;
      expect(moved['rootfs']).toBe('other:100/subvol-100-disk-0.subvol,size=1G');
      expect(moved['unused1']).toBe(remove ? undefined : disk(0));
      const { roots, volumes, attached, mounted } = await made.snapshot();
      expect(roots['/memory/other/100/subvol-100-disk-0.subvol']).toContain('content');
      expect(volumes.some((line) => line.startsWith(disk(0)))).toBe(!remove);
      expect([...attached, ...mounted]).toEqual([]);
      await made.dispose();
    }
  });

  test('broken after the old one was removed, the copy stays', async () => {
    const made = await world();
    const ended = await run(made, { ...move, remove: true }, ({ step, moment }) => {
      if (step === 'remove-source' && moment === 'after-run') throw new Error('broken');
    });
    expect(ended.state).toBe('failed');
    expect(made.document(100)?.config['rootfs']).toContain('other:100/subvol-100-disk-0.subvol');
    expect((await made.snapshot()).volumes.join()).toContain('other:100/subvol-100-disk-0.subvol');
    await made.dispose();
  });

  test.each([
    ['of a running container', move, { running: true }, 'wrong-state', 'stop it first'],
    ['where it is already', { ...move, storage: 'local' }, {}, 'invalid-input', 'already'],
    ['that is not there', { ...move, key: 'mp9' }, {}, 'invalid-input', 'mp9'],
    [
      'of a snapshot, to be removed',
      { ...move, remove: true },
      { snapshots: ['first'] },
      'wrong-state',
      'first',
    ],
  ] as const)('a volume %s is refused', async (_what, params, how, code, text) => {
    const made = await world(how);
    const ended = await run(made, params);
    expect(ended).toMatchObject({ state: 'failed', errorCode: code });
    expect(ended.exitStatus).toContain(text);
    await made.dispose();
  });
});

describe('to another container', () => {
  test('a volume gets its number, and keeps its content', async () => {
    const made = await world();
    expect((await run(made, give)).state).toBe('ok');
    expect(made.document(101)?.config['mp3']).toBe(`${disk(1, 101)},mp=/srv,size=1G`);
    expect(made.document(100)?.config['mp0']).toBeUndefined();
    expect((await made.snapshot()).roots[`/memory/${disk(1, 101).replace(':', '/')}`]).toContain('content');
    await made.dispose();
  });

  test.each([
    ['a root', { key: 'rootfs' }, 'a root stays'],
    ['to itself', { targetVmid: 100 }, 'same container'],
    ['to a key that is taken', { targetKey: 'rootfs' }, 'a root stays'],
    ['an unused one to be mounted', { key: 'unused0' }, 'no mount path'],
  ])('%s is refused', async (_what, more, text) => {
    const made = await world();
    const before = await made.snapshot();
    const ended = await run(made, { ...give, ...more });
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
    expect(ended.exitStatus).toContain(text);
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });

  test('what a snapshot needs stays', async () => {
    const made = await world({ snapshots: ['first'] });
    expect(await run(made, give)).toMatchObject({
      errorCode: 'wrong-state',
      exitStatus: expect.stringContaining('first'),
    });
    await made.dispose();
  });
});
