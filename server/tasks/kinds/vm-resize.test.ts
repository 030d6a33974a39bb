// The task `resize` under the suite of task kinds, stopped and running; growing by an amount happens once.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { gibibyte } from '../../core/units.ts';
import type { BoundaryMoment } from '../crash-point.ts';
import { vmResizeKind } from './vm-resize.ts';

const disk = 'local:100/vm-100-disk-0.qcow2';
const config = { scsi0: `${disk},size=1G`, ide2: 'local:iso/a.iso,media=cdrom' };

async function world(running: boolean): Promise<VmWorld> {
  const made = await vmWorld();
  await made.addVolume('local:iso/a.iso');
  await made.addVm(100, config, { running });
  return made;
}

for (const running of [false, true]) {
  describeTaskKind(`resize of a ${running ? 'running' : 'stopped'} VM`, async () => {
    const made = await world(running);
    const params = { vmid: 100, disk: 'scsi0', size: '3G', digest: undefined };
    return made.under(vmResizeKind(made.parts), params);
  });
}

async function resize(made: VmWorld, size: string, diskKey = 'scsi0') {
  const { runner } = runnerWorld();
  runner.register(vmResizeKind(made.parts));
  const params = { vmid: 100, disk: diskKey, size, digest: undefined };
  return runner.wait(await runner.start('resize', params, { requester: 'root@pam' }));
}

describe.each([false, true])('running: %s', (running) => {
  test.each(['before-run', 'after-run', 'after-save'] as const)(
    'killed at %s of any step, +1G grows the disk by 1 GiB',
    async (moment: BoundaryMoment) => {
      for (const step of ['decide', 'resize']) {
        const made = await world(running);
        const { promise: reached, resolve } = Promise.withResolvers<void>();
        const tasks = runnerWorld({
          onBoundary: (point) => {
            if (point.step !== step || point.moment !== moment) return;
            resolve();
            return new Promise(() => {});
          },
        });
        tasks.runner.register(vmResizeKind(made.parts));
        const params = { vmid: 100, disk: 'scsi0', size: '+1G', digest: undefined };
        const upid = await tasks.runner.start('resize', params, { requester: 'root@pam' });
        await reached;
        const next = tasks.crash();
        next.runner.register(vmResizeKind(made.parts));
        await next.runner.recover();
        expect((await next.runner.wait(upid)).state).toBe('ok');
        expect(await made.sizeOf(disk)).toBe(2 * gibibyte);
        expect(made.document(100)?.config['scsi0']).toBe(`${disk},size=2G`);
        expect(made.document(100)?.running?.['scsi0']).toBe(running ? `${disk},size=2G` : undefined);
        await made.dispose();
      }
    },
  );

  test('a disk does not shrink', async () => {
    const made = await world(running);
    expect(await resize(made, '512M')).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
    expect(await made.sizeOf(disk)).toBe(gibibyte);
    await made.dispose();
  });
});

test('below a running guest a device grows first, and QEMU is told again after a crash', async () => {
  const made = await world(true);
  const asked: string[] = [];
  const real = made.parts.storages;
  const parts: typeof made.parts = {
    ...made.parts,
    driver: Object.assign(Object.create(made.driver), {
      hotPlug: async (_context: unknown, _vmid: number, changes: readonly { sizeBytes?: number }[]) => {
        asked.push(`QEMU ${changes[0]?.sizeBytes}, device ${await made.sizeOf(disk)}`);
        return [];
      },
    }),
    storages: {
      ...real,
      storage: (id) => real.storage(id),
      capabilities: () => [{ feature: 'resize', formats: ['qcow2'], states: ['current'], live: true }],
    },
  };
  const [, step] = vmResizeKind(parts).steps;
  const { runner } = runnerWorld();
  const kind = vmResizeKind(parts);
  runner.register({
    ...kind,
    steps: [kind.steps[0]!, { ...step!, name: 'resize' }, { ...step!, name: 'again' }],
  });
  const params = { vmid: 100, disk: 'scsi0', size: '+1G', digest: undefined };
  const ended = await runner.wait(await runner.start('resize', params, { requester: 'root@pam' }));
  expect(ended.state).toBe('ok');
  const grown = `QEMU ${2 * gibibyte}, device ${2 * gibibyte}`;
  expect(asked).toEqual([grown, grown]);
  await made.dispose();
});

test('a running guest that does not take it leaves the disk as it is', async () => {
  const made = await world(true);
  made.driver.stubborn.add('scsi0');
  expect(await resize(made, '+1G')).toMatchObject({ state: 'failed', errorCode: 'unsupported' });
  expect(await made.sizeOf(disk)).toBe(gibibyte);
  expect(made.document(100)?.config).toEqual(config);
  await made.dispose();
});

test.each(['ide2', 'scsi1', 'net0'])('%s cannot be resized', async (key) => {
  const made = await world(false);
  const ended = await resize(made, '+1G', key);
  expect(ended).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
  expect(ended.exitStatus).toContain('disk');
  await made.dispose();
});

test.each(['+0.0001K', '1000000000000000000G', '-1G', '', '+'])(
  'the size %j is refused or rounded up',
  async (size) => {
    const made = await world(false);
    const ended = await resize(made, size);
    const now = await made.sizeOf(disk);
    expect(now % 512).toBe(0);
    if (ended.state !== 'ok') {
      expect(ended.errorCode).toBe('invalid-input');
      expect(now).toBe(gibibyte);
    }
    await made.dispose();
  },
);
