// The tasks `qmreset`, `qmpause` and `qmresume` under the suite of task kinds.
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { type VmWorld, vmWorld } from '../../../test/fixtures/vm-world.ts';
import { vmPowerKinds } from './vm-power.ts';

const config = { memory: '512', scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G' };
const targets = { qmreset: 'running', qmpause: 'paused', qmresume: 'running' } as const;
type PowerType = keyof typeof targets;

async function world(type: PowerType): Promise<VmWorld> {
  const made = await vmWorld();
  await made.addVm(100, config, { running: true });
  if (type === 'qmresume') await made.driver.pause(100);
  await made.states.refresh();
  return made;
}

for (const type of Object.keys(targets) as PowerType[]) {
  describeTaskKind(type, async () => {
    const made = await world(type);
    const kind = vmPowerKinds(made.parts).find((candidate) => candidate.type === type)!;
    const task = { kind, params: { vmid: 100 } };
    return made.under(kind, task.params, async () => {
      const done = made.states.stateOf(100) === targets[type];
      return done ? undefined : task;
    });
  });

  test(`${type} has its effect once it was asked for`, async () => {
    const made = await world(type);
    const { runner } = runnerWorld();
    for (const kind of vmPowerKinds(made.parts)) runner.register(kind);
    const run = async () => runner.wait(await runner.start(type, { vmid: 100 }, { requester: 'root@pam' }));
    expect((await run()).state).toBe('ok');
    expect(made.states.stateOf(100)).toBe(targets[type]);
    // A second time only a reset makes sense.
    expect((await run()).errorCode).toBe(type === 'qmreset' ? undefined : 'wrong-state');
    await made.dispose();
  });
}
