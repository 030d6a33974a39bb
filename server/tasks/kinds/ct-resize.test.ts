// The task `resize` of containers under the suite of task kinds; images grow with their file system, trees get another limit.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type CtWorld, type CtWorldOptions, ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { gibibyte } from '../../core/units.ts';
import type { TaskKind } from '../task.ts';
import { guestResizeKind } from './ct-kinds.ts';
import { ctResizeKind } from './ct-resize.ts';
import { vmResizeKind } from './vm-resize.ts';

const raw = 'other:100/vm-100-disk-0.raw';
const tree = 'local:100/subvol-100-disk-0.subvol';
const config = { ...ctConfig(100), mp0: `${raw},mp=/srv,size=1G`, mp1: '/srv/shared,mp=/shared' };
const paramsFor = (disk: string, size: string) =>
  ({ kind: 'lxc', vmid: 100, disk, size, digest: undefined }) as const;

async function world(running: boolean, options: CtWorldOptions = {}): Promise<CtWorld> {
  const made = await ctWorld(options);
  await made.addCt(100, config, { running });
  return made;
}

for (const running of [false, true]) {
  for (const disk of ['rootfs', 'mp0']) {
    describeTaskKind(`resize of ${disk} of a ${running ? 'running' : 'stopped'} container`, async () => {
      const made = await world(running);
      return made.under(ctResizeKind(made.parts), paramsFor(disk, '3G'));
    });
  }
}

async function resize(made: CtWorld, disk: string, size: string) {
  const { runner } = runnerWorld();
  // As the daemon has it: one kind for both sorts of guests.
  const kind = guestResizeKind(vmResizeKind(undefined as never) as TaskKind, made.parts);
  runner.register(kind);
  return runner.wait(await runner.start('resize', paramsFor(disk, size), { requester: 'root@pam' }));
}

describe.each([false, true])('running: %s', (running) => {
  test('an image grows with its file system', async () => {
    const made = await world(running);
    expect((await resize(made, 'mp0', '+1G')).state).toBe('ok');
    expect(await made.sizeOf(raw)).toBe(2 * gibibyte);
    expect((await made.snapshot()).roots[`/memory/${raw.replace(':', '/')}`]).toContain('grown');
    expect(made.document(100)?.config['mp0']).toBe(`${raw},mp=/srv,size=2G`);
    expect(made.document(100)?.running?.['mp0']).toBe(running ? `${raw},mp=/srv,size=2G` : undefined);
    expect((await made.snapshot()).attached.includes(raw)).toBe(running);
    await made.dispose();
  });

  test('an image does not shrink, the limit of a tree does', async () => {
    const made = await world(running);
    expect(await resize(made, 'mp0', '512M')).toMatchObject({ errorCode: 'invalid-input' });
    expect((await resize(made, 'rootfs', '512M')).state).toBe('ok');
    expect(await made.sizeOf(tree)).toBe(gibibyte / 2);
    await made.dispose();
  });
});

test('where nothing limits a tree, the wish is noted with a warning', async () => {
  const made = await world(false, { limits: false });
  expect((await resize(made, 'rootfs', '+1G')).state).toBe('warnings');
  expect(made.document(100)?.config['rootfs']).toBe(`${tree},size=2G`);
  await made.dispose();
});

test.each(['mp1', 'mp7', 'net0'])('%s cannot be resized', async (key) => {
  const made = await world(false);
  const ended = await resize(made, key, '+1G');
  expect(ended).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
  expect(ended.exitStatus).toContain('disk');
  await made.dispose();
});
