// The task `imageswitch` under the suite of task kinds; what it refuses; what a reboot in its middle leaves alone.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type ApplianceWorld, applianceWorld } from '../../appliance/appliance-fixture.ts';
import { readStateSchema } from '../../appliance/boot-facts.ts';
import { systemClock } from '../../core/clock.ts';
import { imageSwitchKind } from './image-switch.ts';

interface SwitchWorld {
  readonly world: ApplianceWorld;
  /** Is a reboot under way? */
  readonly rebooting: () => boolean;
  readonly kind: ReturnType<typeof imageSwitchKind>;
}

const baseline = { addressUp: true, storages: ['local'], guests: [100] };

function switchWorld(world = applianceWorld(), bootId = 'this'): SwitchWorld {
  let rebooting = false;
  const kind = imageSwitchKind({
    ...world,
    boot: world.faults.wrap(world.boot, ['write']),
    runningVersion: '1.0.0',
    stateSchema: () => readStateSchema(world.paths),
    baseline: async () => baseline,
    reboot: {
      ask: () => {
        rebooting = true;
      },
      cancel: () => {
        rebooting = false;
      },
    },
    bootId,
    clock: systemClock,
    changed: () => {},
  });
  return { world, kind, rebooting: () => rebooting };
}

describeTaskKind('imageswitch', async () => {
  const { world, kind, rebooting } = switchWorld();
  const made = world.under(kind, {});
  return { ...made, snapshot: () => ({ ...(made.snapshot() as object), rebooting: rebooting() }) };
});

describe('imageswitch', () => {
  let world: ApplianceWorld;
  afterEach(() => world.dispose());
  const run = async (made: SwitchWorld) => {
    world = made.world;
    const tasks = runnerWorld();
    tasks.runner.register(made.kind);
    return await tasks.runner.wait(await tasks.runner.start(made.kind, {}, { requester: 'root@pam' }));
  };

  test('notes what is well now, tries the other slot on every disk, and reboots', async () => {
    const made = switchWorld();
    expect(await run(made)).toMatchObject({ exitStatus: 'OK' });
    expect(world.records.pending()).toMatchObject({
      from: { slot: 'A', version: '1.0.0' },
      to: { slot: 'B', version: '0.9.0' },
      bootId: 'this',
      baseline,
    });
    for (const esp of [0, 1]) expect(world.grubEnv(esp)).toEqual({ slot: 'A', try: 'B' });
    expect(made.rebooting()).toBe(true);
  });

  test.each<[string, (world: ApplianceWorld) => void, RegExp]>([
    [
      'a state that the other cannot read',
      (w) => writeFileSync(join(w.paths.state, 'schema'), '2'),
      /knows layout 1/,
    ],
    ['a missing file', (w) => writeFileSync(join(w.paths.system, 'B/vmlinuz'), ''), /cannot boot: vmlinuz/],
    [
      'a file that is not as it was written',
      (w) => writeFileSync(join(w.paths.system, 'B/vmlinuz'), 'x'.repeat(512)),
      /damaged: vmlinuz/,
    ],
    ['a trial that runs', (w) => writeFileSync(w.paths.trial, ''), /on trial/],
    ['a switch that waits', (w) => w.setGrubEnv(0, { slot: 'A', try: 'B' }), /reboot first/],
  ])('refuses %s, and changes nothing', async (_name, spoil, text) => {
    const made = switchWorld();
    spoil(made.world);
    const before = made.world.snapshot();
    expect((await run(made)).exitStatus).toMatch(text);
    expect(made.rebooting()).toBe(false);
    expect(world.snapshot()).toEqual(before);
  });

  test('a disk whose boot partition is damaged is a warning', async () => {
    const made = switchWorld();
    writeFileSync(join(made.world.esps[1] ?? '', 'grub/grubenv'), '');
    expect((await run(made)).exitStatus).toBe('WARNINGS: 1');
  });

  test('recovered after the reboot, it takes nothing back: the trial needs it', async () => {
    const made = switchWorld();
    await run(made);
    const before = world.snapshot();
    const { kind } = switchWorld(world, 'the next boot');
    const context = { signal: new AbortController().signal, log: () => {}, progress: () => {} };
    for (const step of kind.steps.toReversed()) await step.undo?.(context as never, {}, {});
    expect(world.snapshot()).toEqual(before);
  });
});
