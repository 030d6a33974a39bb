// The tasks `qmstop`, `qmshutdown` and `qmreboot` under the suite of task kinds; a guest that is deaf, and one that is forced.
import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import type { ShutdownParams } from './guest-stop.ts';
import { vmStartKind } from './vm-start.ts';
import { vmRebootKind, vmShutdownKind, vmStopKind } from './vm-stop.ts';

const config = {
  memory: '512',
  scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G',
  hookscript: 'local:snippets/hook.pl',
};

async function world(): Promise<VmWorld> {
  const made = await vmWorld();
  await made.addVolume('local:snippets/hook.pl');
  await made.addVm(100, config, { running: true });
  return made;
}
const runs = (made: VmWorld) => made.states.stateOf(100) !== 'stopped';

describeTaskKind('qmstop', async () => {
  const made = await world();
  const task = { kind: vmStopKind(made.parts), params: { vmid: 100 } };
  return made.under(task.kind, task.params, async () => (runs(made) ? task : undefined));
});

describeTaskKind('qmshutdown', async () => {
  const made = await world();
  const task = { kind: vmShutdownKind(made.parts), params: { vmid: 100, timeoutSeconds: 5 } };
  return made.under(task.kind, task.params, async () => {
    // Asked it was, whatever the answer: it goes down a moment later.
    await made.snapshot();
    return runs(made) ? task : undefined;
  });
});

describeTaskKind('qmreboot', async () => {
  const made = await world();
  const task = { kind: vmRebootKind(made.parts), params: { vmid: 100, timeoutSeconds: 5 } };
  // Failed half-way, it is down, and what is left to do is to start it.
  const start = { kind: vmStartKind(made.parts) as typeof task.kind, params: task.params };
  return made.under(task.kind, task.params, async () => {
    await made.snapshot();
    return runs(made) ? task : start;
  });
});

async function ask(
  made: VmWorld,
  kind: (parts: VmWorld['parts']) => ReturnType<typeof vmShutdownKind>,
  more: Partial<ShutdownParams> = {},
) {
  const tasks = runnerWorld();
  const known = kind(made.parts);
  tasks.runner.register(known);
  const upid = await tasks.runner.start(known.type, { vmid: 100, ...more }, { requester: 'root@pam' });
  return { tasks, upid, end: () => tasks.runner.wait(upid) };
}

describe('a guest that does not hear', () => {
  test('fails a shutdown when its time is over, and runs on', async () => {
    const made = await world();
    made.driver.deaf.add(100);
    const before = await made.snapshot();
    const { end } = await ask(made, vmShutdownKind, { timeoutSeconds: 0.02 });
    expect(await end()).toMatchObject({
      state: 'failed',
      errorCode: 'timeout',
      exitStatus: 'VM quit/powerdown failed - got timeout',
    });
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });

  test('has its time, however long it is', async () => {
    const made = await world();
    made.driver.deaf.add(100);
    const { end, tasks, upid } = await ask(made, vmShutdownKind, {
      timeoutSeconds: 3_000_000,
      forceStop: true,
    });
    await expect.poll(() => tasks.log(upid).join()).toContain('3000000 s');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(made.states.stateOf(100)).toBe('running');
    await tasks.runner.cancel(upid);
    expect(await end()).toMatchObject({ state: 'cancelled' });
    await made.dispose();
  });

  test('is stopped by force, with a warning', async () => {
    const made = await world();
    made.driver.deaf.add(100);
    const { end } = await ask(made, vmShutdownKind, { timeoutSeconds: 0.02, forceStop: true });
    expect(await end()).toMatchObject({ state: 'warnings' });
    expect(runs(made)).toBe(false);
    expect(made.document(100)?.running).toBeUndefined();
    await made.dispose();
  });

  test('runs on when its shutdown is cancelled', async () => {
    const made = await world();
    made.driver.deaf.add(100);
    const before = await made.snapshot();
    const { tasks, upid, end } = await ask(made, vmShutdownKind);
    await expect.poll(() => tasks.log(upid).join(), { interval: 5 }).toContain('asked the guest');
    await tasks.runner.cancel(upid);
    expect((await end()).state).toBe('cancelled');
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });
});

test('a reboot brings waiting changes into force', async () => {
  const made = await world();
  await made.store.write('guests/100', { ...made.document(100)!, config: { ...config, memory: '1024' } });
  const { end } = await ask(made, vmRebootKind);
  expect((await end()).state).toBe('ok');
  expect(made.document(100)?.running).toMatchObject({ memory: '1024' });
  expect(runs(made)).toBe(true);
  await made.dispose();
});

test.each([vmStopKind, vmShutdownKind, vmRebootKind])('a stopped guest is refused (%o)', async (kind) => {
  const made = await vmWorld();
  await made.addVm(100, config);
  const { end } = await ask(made, kind);
  expect(await end()).toMatchObject({
    state: 'failed',
    errorCode: 'wrong-state',
    exitStatus: 'VM 100 not running',
  });
  await made.dispose();
});
