// kill -9 of the real daemon at every boundary of a snapshot with memory: the guest runs on, and nothing is left of a broken one.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import type { VmParts } from '../../server/guests/vm-parts.ts';
import { vmSnapshotKind } from '../../server/tasks/kinds/vm-snapshot.ts';
import { boundariesOf, CrashWorld, endsBefore, stepsOf } from './crash-world.ts';
import { eventually } from './wait.ts';

const take = stepsOf(vmSnapshotKind({} as VmParts));
const world = new CrashWorld();
const { daemon } = world;
const vm = '/nodes/testnode/qemu/100';
/** Before something was made, all kinds of task are alike. */
const boundaries = boundariesOf(take).filter((spec) => !/::(?!ended)|:plan:/.test(spec));
let clean: string[] = [];

beforeAll(async () => {
  await daemon.start();
  await world.runVm(100);
  clean = await world.storageEntries();
}, 60_000);
afterAll(() => daemon.dispose());

async function ownSnapshots(): Promise<number> {
  const image = `${daemon.storagePath}/images/100/vm-100-disk-0.qcow2`;
  const { stdout } = await exec('qemu-img', ['info', '-U', '--output=json', image]);
  return (JSON.parse(stdout) as { snapshots?: unknown[] }).snapshots?.length ?? 0;
}

async function expectRuns(): Promise<void> {
  await eventually('the guest to run on', 10_000, async () => {
    const { qmpstatus } = await daemon.ok<{ qmpstatus: string }>('GET', `${vm}/status/current`);
    return qmpstatus === 'running';
  });
  const { stdout } = await exec('virsh', ['-c', 'qemu:///system', 'domstate', world.domainOf(100)]);
  expect(stdout.trim()).toBe('running');
}

describe('a crash while a snapshot with memory is taken', () => {
  it.each(boundaries)('at %s', async (spec) => {
    await world.crash(spec, () => daemon.call('POST', `${vm}/snapshot`, { snapname: 'warm', vmstate: 1 }));
    await world.recover();
    await expectRuns();
    const lines = await daemon.ok<{ name: string; vmstate?: number }[]>('GET', `${vm}/snapshot`);
    const taken = lines.some(({ name }) => name === 'warm');
    const task = await world.newest('qmsnapshot');
    expect(task.state === 'ok').toBe(taken);
    if (endsBefore(take, spec)) expect(taken).toBe(true);
    if (taken) expect(await daemon.task('DELETE', `${vm}/snapshot/warm`)).toBe('OK');
    expect(await ownSnapshots()).toBe(0);
    expect(await world.storageEntries()).toEqual(clean);
  });
});

it('killed while the guest stands for the last of its memory, it runs on after the restart', async () => {
  // The middle of the step: begun by hand, as the daemon would have left it.
  const qmp = (execute: string, args?: object) =>
    exec('virsh', [
      ...['-c', 'qemu:///system', 'qemu-monitor-command', world.domainOf(100)],
      JSON.stringify(args === undefined ? { execute } : { execute, arguments: args }),
    ]);
  await world.crash('qmsnapshot:take:before-run', () =>
    daemon.call('POST', `${vm}/snapshot`, { snapname: 'warm', vmstate: 1 }),
  );
  const capabilities = [{ capability: 'pause-before-switchover', state: true }];
  await qmp('migrate-set-capabilities', { capabilities });
  const listener = (await import('node:net')).createServer((socket) => socket.resume());
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const { port } = listener.address() as { port: number };
  await qmp('migrate', { uri: `tcp:127.0.0.1:${port}` });
  await eventually('the guest to stand', 20_000, async () =>
    (await qmp('query-migrate')).stdout.includes('pre-switchover'),
  );
  await world.recover();
  await expectRuns();
  listener.close();
  expect(await world.storageEntries()).toEqual(clean);
  expect(await daemon.task('POST', `${vm}/snapshot`, { snapname: 'warm', vmstate: 1 })).toBe('OK');
  expect(await daemon.task('DELETE', `${vm}/snapshot/warm`)).toBe('OK');
});
