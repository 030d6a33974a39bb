// Many guests at once: their order, their waits, what becomes of one that fails, who may, and the kind under the suite.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type RunnerWorld, runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { createGuestBulk } from '../../guests/guest-bulk.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import type { TaskRecord } from '../task.ts';
import { type BulkParams, guestBulkKinds } from './guest-bulk.ts';
import { vmTaskKinds } from './vm-kinds.ts';

const startups: Readonly<Record<number, object>> = {
  100: { onboot: 1 },
  101: { onboot: 1, startup: 'order=2,down=7' },
  102: { startup: 'order=1,up=5' },
  103: { onboot: 1, startup: 'order=2' },
};
const all = Object.keys(startups).map(Number);

async function world(running = false): Promise<VmWorld> {
  const made = await vmWorld();
  for (const vmid of all) await made.addVm(vmid, { memory: 512, ...startups[vmid] }, { running });
  return made;
}

/** The kinds that it stands on run in the same runner, as in the daemon. Answers what was slept, in milliseconds. */
function register(made: VmWorld, { runner }: RunnerWorld): number[] {
  const slept: number[] = [];
  const clock = {
    now: () => 0,
    sleep: async (ms: number) => {
      slept.push(ms);
    },
  };
  for (const kind of vmTaskKinds(made.parts)) runner.register(kind);
  for (const kind of guestBulkKinds({ ...made, clock, runner })) runner.register(kind);
  return slept;
}

async function run(made: VmWorld, type: string, params: BulkParams) {
  const runners = runnerWorld();
  const slept = register(made, runners);
  const upid = await runners.runner.start(type, params, { requester: 'joe@pve' });
  const record = await runners.runner.wait(upid);
  const children = runners.changes.filter((each) => each.parent === upid && each.endedAt !== undefined);
  return { record, slept, children, log: runners.log(upid) };
}
const ids = (records: readonly TaskRecord[]) => records.map(({ objectId }) => Number(objectId));

describeTaskKind('startall', async () => {
  const made = await world();
  // Each child does its work at once, and again if it is asked again.
  const started = new Map<string, number>();
  const runner = {
    start: async (_kind: unknown, { vmid }: { vmid: number }) => {
      await made.driver.start(quietContext(), made.parts.renderStart(vmid, { memory: 512 }, new Map()));
      started.set(`UPID:${vmid}`, vmid);
      return `UPID:${vmid}`;
    },
    wait: async () => ({ errorCode: undefined }),
  } as unknown as Parameters<typeof guestBulkKinds>[0]['runner'];
  const clock = { now: () => 0, sleep: async () => {} };
  const kind = guestBulkKinds({ ...made, clock, runner }).find(({ type }) => type === 'startall')!;
  return made.under(kind, { vmids: all, workers: 2 });
});

describe('many guests', () => {
  test('start in their order, with their waits', async () => {
    const made = await world();
    const { record, slept, children, log } = await run(made, 'startall', { vmids: all, workers: 1 });
    expect(record).toMatchObject({ state: 'ok', description: 'Start guests (4)', objectId: '' });
    expect(ids(children)).toEqual([102, 101, 103, 100]);
    expect(children.every(({ requester, type }) => requester === 'joe@pve' && type === 'qmstart')).toBe(true);
    expect(slept).toEqual([5000]);
    expect(log).toContain('VM 102: started');
    await made.dispose();
  });

  test('stop in the reverse of it, each with the time that it has', async () => {
    const made = await world(true);
    made.driver.deaf.add(103);
    await made.driver.pause(101);
    const done = await run(made, 'stopall', { vmids: all, workers: 4, timeoutSeconds: 0, forceStop: true });
    expect(done.record.state).toMatch(/ok|warnings/);
    expect(ids(done.children)[0]).toBe(100);
    expect(ids(done.children).at(-1)).toBe(102);
    for (const vmid of all) expect(made.states.stateOf(vmid)).toBe('stopped');
    await made.dispose();
  });

  test('one that fails is warned of, and the others come all the same', async () => {
    const made = await world();
    made.driver.failNext('start', new AppError('command-failed', 'no such bridge'));
    const { record, log } = await run(made, 'bulkstart', { vmids: all, workers: 1 });
    expect(record).toMatchObject({ state: 'warnings', exitStatus: 'WARNINGS: 1' });
    expect(log.join('\n')).toMatch(/VM 102: .*no such bridge/);
    expect(all.filter((vmid) => made.states.stateOf(vmid) === 'running')).toEqual([100, 101, 103]);
    await made.dispose();
  });

  test('go on after the daemon was restarted meanwhile', async () => {
    const made = await world();
    const gate = Promise.withResolvers<void>();
    const start = made.driver.start.bind(made.driver);
    made.driver.start = async (...given) => {
      await gate.promise;
      await start(...given);
    };
    const before = runnerWorld();
    register(made, before);
    const upid = await before.runner.start('startall', { vmids: all, workers: 1 }, { requester: 'joe@pve' });
    await expect.poll(() => before.changes.find(({ parent }) => parent === upid)?.objectId).toBe('102');
    const stopping = before.runner.stop({ graceMs: 5000 });
    gate.resolve();
    await stopping;
    expect(before.store.read(upid)?.state).toBe('running');
    const next = before.crash();
    register(made, next);
    await next.runner.recover();
    expect((await next.runner.wait(upid)).state).toBe('ok');
    for (const vmid of all) expect(made.states.stateOf(vmid)).toBe('running');
    await made.dispose();
  });

  test('are hibernated, and those that are off left alone', async () => {
    const made = await vmWorld();
    const disk = (vmid: number) => ({ scsi0: `local:${vmid}/vm-${vmid}-disk-0.qcow2,size=1G` });
    await made.addVm(100, disk(100), { running: true });
    await made.addVm(101, disk(101));
    const { record, log } = await run(made, 'bulksuspend', {
      ...{ vmids: [100, 101], workers: 2, toDisk: true, storage: 'other' },
    });
    expect(record.state).toBe('ok');
    expect(made.document(100)?.suspended?.memory.volume).toMatch(/^other:/);
    expect(log).toContain('VM 101: nothing to do, it is stopped');
    await made.dispose();
  });
});

describe('which guests, and who may', () => {
  const can = (...granted: readonly string[]): Asker => ({
    requester: 'joe@pve',
    may: (path, privilege) => granted.includes(`${path} ${privilege}`),
  });
  async function asked(made: VmWorld) {
    const tasks: unknown[] = [];
    const startTask = async (...task: unknown[]) => {
      tasks.push(task);
      return 'UPID:test';
    };
    return { tasks, bulk: createGuestBulk({ ...made, node: 'pve1', startTask }) };
  }

  test('all of them takes the privilege over all, some over each', async () => {
    const made = await world();
    const { tasks, bulk } = await asked(made);
    const some = { vmids: [100, 101], workers: 1 };
    for (const [asker, request, path] of [
      [can('/vms/100 VM.PowerMgmt'), { vmids: [], workers: 1 }, '/'],
      [can('/vms/100 VM.PowerMgmt'), some, '/vms/101'],
    ] as const)
      await expect(bulk(asker, 'startall', 'start', request)).rejects.toMatchObject({
        ...{ code: 'forbidden', message: `Permission check failed (${path}, VM.PowerMgmt)` },
      });
    const root = can('/ VM.PowerMgmt');
    await expect(bulk(root, 'startall', 'start', { vmids: [999], workers: 1 })).rejects.toMatchObject({
      ...{ code: 'invalid-input', fields: { vms: expect.stringContaining('999') } },
    });
    const sooner = { vmids: [], workers: 1, timeoutSeconds: -1 };
    await expect(bulk(root, 'bulkshutdown', 'shutdown', sooner)).rejects.toMatchObject({
      ...{ code: 'invalid-input', fields: { timeout: 'at least 0 seconds' } },
    });
    const toDisk = { vmids: [], workers: 1, toDisk: true, storage: 'other' };
    await expect(bulk(root, 'bulksuspend', 'suspend', toDisk)).rejects.toMatchObject({ code: 'forbidden' });
    expect(tasks).toEqual([]);
    await bulk(can('/vms/100 VM.PowerMgmt', '/vms/101 VM.PowerMgmt'), 'startall', 'start', some);
    await bulk(root, 'startall', 'start', { vmids: [], workers: 3, onlyWanted: true });
    expect(tasks).toEqual([
      ['startall', { vmids: [100, 101], workers: 1 }, 'joe@pve'],
      ['startall', { vmids: [100, 101, 103], workers: 3 }, 'joe@pve'],
    ]);
    await made.dispose();
  });
});
