// The tasks `vzsuspend` and `vzresume` under the suite of task kinds.
import { expect, test } from 'vitest';
import { describeTaskKind } from '../../../test/contracts/task-kind.ts';
import { ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { ctPowerKinds } from './ct-power.ts';

const targets = { vzsuspend: 'paused', vzresume: 'running' } as const;
type PowerType = keyof typeof targets;

async function world(type: PowerType) {
  const made = await ctWorld();
  await made.addCt(100, ctConfig(100), { running: true });
  if (type === 'vzresume') await made.driver.pause(100);
  await made.states.refresh();
  return made;
}

for (const type of Object.keys(targets) as PowerType[]) {
  describeTaskKind(type, async () => {
    const made = await world(type);
    const kind = ctPowerKinds(made.parts).find((candidate) => candidate.type === type)!;
    const task = { kind, params: { vmid: 100 } };
    return made.under(kind, task.params, async () =>
      made.states.stateOf(100) === targets[type] ? undefined : task,
    );
  });

  test(`${type} a second time is refused`, async () => {
    const made = await world(type);
    const { runner } = runnerWorld();
    for (const kind of ctPowerKinds(made.parts)) runner.register(kind);
    const run = async () => runner.wait(await runner.start(type, { vmid: 100 }, { requester: 'root@pam' }));
    expect((await run()).state).toBe('ok');
    expect(made.states.stateOf(100)).toBe(targets[type]);
    expect((await run()).errorCode).toBe('wrong-state');
    await made.dispose();
  });
}
