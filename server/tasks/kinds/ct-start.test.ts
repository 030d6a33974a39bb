// The tasks `vzstart`, `vzstop`, `vzshutdown` and `vzreboot` under the suite of task kinds; what a start that fails leaves.

import { describe, expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { type CtWorld, ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { unwinding } from '../../../test/fixtures/vm-world.ts';
import { AppError } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import type { CtShutdownParams } from '../../guests/ct/ct-params.ts';
import type { TaskKind } from '../task.ts';
import { ctStartKind } from './ct-start.ts';
import { ctRebootKind, ctShutdownKind, ctStopKind } from './ct-stop.ts';

const config = {
  ...ctConfig(100),
  mp0: 'other:100/vm-100-disk-0.raw,mp=/srv,size=1G',
  hookscript: 'local:snippets/hook.pl',
};
const runs = (made: CtWorld) => made.states.stateOf(100) !== 'stopped';

async function world(running: boolean): Promise<CtWorld> {
  // What clears up after a container is told, and retried by the next start: it fails no task.
  const made = await ctWorld({ mountFaults: !running });
  await made.addVolume('local:snippets/hook.pl');
  await made.addCt(100, config, { running });
  return made;
}

async function run<P>(made: CtWorld, kind: TaskKind<P>, params: P) {
  const tasks = runnerWorld();
  tasks.runner.register(kind);
  const upid = await tasks.runner.start(kind, params, { requester: 'root@pam' });
  return { tasks, upid, ended: () => tasks.runner.wait(upid), made };
}

describeTaskKind('vzstart', async () => {
  const made = await world(false);
  return made.under(ctStartKind(made.parts), { vmid: 100 });
});

describeTaskKind('vzstart, undone', async () => {
  const made = await world(false);
  return made.under(unwinding(ctStartKind(made.parts)), { vmid: 100 });
});

describeTaskKind('vzstop', async () => {
  const made = await world(true);
  const task = { kind: ctStopKind(made.parts), params: { vmid: 100 } };
  return made.under(task.kind, task.params, async () => (runs(made) ? task : undefined));
});

describeTaskKind('vzshutdown', async () => {
  const made = await world(true);
  const task = { kind: ctShutdownKind(made.parts), params: { vmid: 100, timeoutSeconds: 5 } };
  return made.under(task.kind, task.params, async () => {
    // Asked it was, whatever the answer: it goes down a moment later.
    await made.snapshot();
    return runs(made) ? task : undefined;
  });
});

describeTaskKind('vzreboot', async () => {
  const made = await world(true);
  const task = { kind: ctRebootKind(made.parts), params: { vmid: 100, timeoutSeconds: 5 } };
  // Failed half-way, it is down, and what is left to do is to start it.
  const start = { kind: ctStartKind(made.parts) as typeof task.kind, params: task.params };
  return made.under(task.kind, task.params, async () => {
    await made.snapshot();
    return runs(made) ? task : start;
  });
});

describe('a start', () => {
  test('mounts, sets up, notes what it runs with; the end takes all of it away', async () => {
    const made = await world(false);
    expect(await (await run(made, ctStartKind(made.parts), { vmid: 100 })).ended()).toMatchObject({
      state: 'ok',
    });
    const up = await made.snapshot();
    expect(up.mounted).toHaveLength(2);
    expect(up.attached).toEqual(['local:100/subvol-100-disk-0.subvol', 'other:100/vm-100-disk-0.raw']);
    expect(up.roots['/memory/local/100/subvol-100-disk-0.subvol']).toContain('name ct100');
    expect(made.document(100)?.running).toEqual(config);
    made.driver.endGuest(100, 'shutdown');
    expect(await made.snapshot()).toMatchObject({ mounted: [], attached: [], guests: [] });
    expect(made.document(100)?.running).toBeUndefined();
    await made.dispose();
  });

  test('names the volume that is missing, and leaves nothing', async () => {
    const made = await world(false);
    await made.storages.storage('other').remove(quietContext(), '100/vm-100-disk-0.raw');
    const ended = await (await run(made, ctStartKind(made.parts), { vmid: 100 })).ended();
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'not-found' });
    expect(ended.exitStatus).toContain('vm-100-disk-0.raw');
    expect(await made.snapshot()).toMatchObject({ guests: [], attached: [], mounted: [] });
    await made.dispose();
  });

  test('that the driver refuses unmounts again', async () => {
    const made = await world(false);
    made.driver.failNext('start', new AppError('command-failed', 'no such luck'));
    const ended = await (await run(made, ctStartKind(made.parts), { vmid: 100 })).ended();
    expect(ended.state).toBe('failed');
    expect(await made.snapshot()).toMatchObject({ guests: [], attached: [], mounted: [] });
    await made.dispose();
  });
});

describe('a container that does not hear', () => {
  const stop = async (params: Partial<CtShutdownParams>) => {
    const made = await world(true);
    made.driver.deaf.add(100);
    const before = await made.snapshot();
    const { ended } = await run(made, ctShutdownKind(made.parts), {
      vmid: 100,
      timeoutSeconds: 0.02,
      ...params,
    });
    return { made, before, ended: await ended() };
  };

  test('fails a shutdown when its time is over, and runs on', async () => {
    const { made, before, ended } = await stop({});
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'timeout' });
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });

  test('is asked again, and hears it then', async () => {
    const made = await world(true);
    made.driver.deaf.add(100);
    let asked = 0;
    const driver: typeof made.driver = Object.assign(Object.create(made.driver), {
      requestShutdown: async (vmid: number) => {
        asked += 1;
        if (asked > 1) made.driver.deaf.delete(vmid);
        await made.driver.requestShutdown(vmid);
      },
    });
    const kind = ctShutdownKind({ ...made.parts, driver }, 10);
    const { ended } = await run(made, kind, { vmid: 100, timeoutSeconds: 10 });
    expect(await ended()).toMatchObject({ state: 'ok' });
    expect(asked).toBeGreaterThan(1);
    await made.dispose();
  });

  test('is stopped by force, with a warning', async () => {
    const { made, ended } = await stop({ forceStop: true });
    expect(ended.state).toBe('warnings');
    expect(await made.snapshot()).toMatchObject({ guests: [], attached: [], mounted: [] });
    await made.dispose();
  });
});

test('a reboot brings waiting changes into force', async () => {
  const made = await world(true);
  await made.store.write('guests/100', {
    ...made.document(100)!,
    config: { ...config, features: 'nesting=1' },
  });
  const { ended } = await run(made, ctRebootKind(made.parts), { vmid: 100 });
  expect((await ended()).state).toBe('ok');
  expect(made.document(100)?.running).toMatchObject({ features: 'nesting=1' });
  await made.dispose();
});

test.each([ctStopKind, ctShutdownKind, ctRebootKind])('a stopped container is refused (%o)', async (kind) => {
  const made = await world(false);
  const { ended } = await run(made, kind(made.parts) as TaskKind<{ vmid: number }>, { vmid: 100 });
  expect(await ended()).toMatchObject({ state: 'failed', exitStatus: 'CT 100 not running' });
  await made.dispose();
});
