// A task awaited as if it were a call.
import { expect, test } from 'vitest';
import { runnerWorld } from '../../test/fixtures/task-runner-world.ts';
import { invalidInput } from '../core/errors.ts';
import { createDemoKind, DemoCommands } from './kinds/demo.ts';
import { taskEnded } from './task-ended.ts';

function world() {
  const commands = new DemoCommands();
  const { runner } = runnerWorld();
  const kind = createDemoKind(commands);
  runner.register(kind);
  const start = (name: string) => runner.start('demo', { name }, { requester: 'root@pam' });
  return { commands, runner, kind, start };
}

test('ends well also with warnings', async () => {
  const { commands, runner, start } = world();
  commands.give('a', { warn: 'careful' });
  commands.give('a', { go: true });
  await taskEnded(runner, await start('a'));
});

test('a failure comes as an error with its code, text and task; a cancelled one too', async () => {
  const { commands, runner, start } = world();
  commands.give('b', { fail: 'the storage is away' });
  const upid = await start('b');
  await expect(taskEnded(runner, upid)).rejects.toMatchObject({
    code: 'unavailable',
    message: 'the storage is away',
    data: { upid },
  });
  const other = await start('c');
  await runner.cancel(other);
  await expect(taskEnded(runner, other)).rejects.toMatchObject({ code: 'cancelled' });
});

test('the text names the keys at fault', async () => {
  const { runner, kind } = world();
  const wrong = {
    ...kind,
    type: 'wrong',
    check: () => Promise.reject(invalidInput({ scsi0: 'is too large' })),
  };
  runner.register(wrong);
  const upid = await runner.start(wrong, { name: 'd' }, { requester: 'root@pam' });
  await expect(taskEnded(runner, upid)).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringContaining('scsi0: is too large'),
  });
});

test('a task that nobody knows', async () => {
  const { runner } = world();
  await expect(taskEnded(runner, 'UPID:pve1:1')).rejects.toMatchObject({ code: 'not-found' });
});
