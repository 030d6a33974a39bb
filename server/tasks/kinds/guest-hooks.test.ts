// Hook scripts in the tasks that start and stop guests of both kinds: which phases run when, what a failing one does, what is told.
import { describe, expect, test } from 'vitest';
import { ctConfig, ctWorld } from '../../../test/fixtures/ct-world.ts';
import { runnerWorld } from '../../../test/fixtures/task-runner-world.ts';
import { vmWorld } from '../../../test/fixtures/vm-world.ts';
import { AppError } from '../../core/errors.ts';
import type { TaskKind } from '../task.ts';
import { ctTaskKinds } from './ct-kinds.ts';
import { vmTaskKinds } from './vm-kinds.ts';

const hookscript = 'local:snippets/hook.pl';

async function containers(running: boolean, script: boolean) {
  const made = await ctWorld();
  if (script) await made.addVolume(hookscript);
  await made.addCt(100, { ...ctConfig(100), hookscript }, { running });
  return { made, kinds: ctTaskKinds(made.parts), prefix: 'vz' };
}

async function machines(running: boolean, script: boolean) {
  const made = await vmWorld();
  if (script) await made.addVolume(hookscript);
  const config = { memory: '512', scsi0: 'local:100/vm-100-disk-0.qcow2,size=1G', hookscript };
  await made.addVm(100, config, { running });
  return { made, kinds: vmTaskKinds(made.parts), prefix: 'qm' };
}

describe.each([
  ['container', containers],
  ['VM', machines],
] as const)('the hook script of a %s', (_kind, make) => {
  async function world(running: boolean, script = true) {
    const { made, kinds, prefix } = await make(running, script);
    const tasks = runnerWorld();
    for (const kind of kinds) tasks.runner.register(kind as TaskKind);
    const start = (word: string, more: object = {}) =>
      tasks.runner.start(`${prefix}${word}`, { vmid: 100, ...more }, { requester: 'root@pam' });
    const run = async (word: string, more: object = {}) => {
      const upid = await start(word, more);
      const record = await tasks.runner.wait(upid);
      await made.snapshot();
      return { record, log: tasks.log(upid).join('\n') };
    };
    const runs = () => made.states.stateOf(100) !== 'stopped';
    const phases = () => made.hooks.runs.map((each) => each.replace('100 ', ''));
    return { made, tasks, start, run, runs, phases };
  }
  const failing = (text: string) => () => Promise.reject(new AppError('command-failed', text));

  test('is run before and after a start and a stop, and what it says is in the task that it belongs to', async () => {
    const { made, run, phases } = await world(false);
    const started = await run('start');
    expect(started.record.state).toBe('ok');
    expect(started.log).toContain(`hook script ${hookscript}, pre-start\nhook: I am pre-start\n`);
    expect(started.log).toContain('hook: I am post-start');
    expect(phases()).toEqual(['pre-start', 'post-start']);
    const stopped = await run('stop');
    expect(stopped.record.state).toBe('ok');
    expect(stopped.log).toContain('hook: I am pre-stop');
    expect(stopped.log).toContain('hook: I am post-stop');
    expect(phases()).toEqual(['pre-start', 'post-start', 'pre-stop', 'post-stop']);
    await made.dispose();
  });

  test.each([
    ['shutdown', ['pre-stop', 'post-stop']],
    ['reboot', ['pre-stop', 'post-stop', 'pre-start', 'post-start']],
  ])('is run at a %s', async (word, expected) => {
    const { made, run, phases } = await world(true);
    expect((await run(word)).record.state).toBe('ok');
    expect(phases()).toEqual(expected);
    await made.dispose();
  });

  test('is told of an end that came by itself: after it, not before', async () => {
    const { made, run, phases } = await world(true);
    made.driver.endGuest(100, 'shutdown');
    await made.snapshot();
    expect(phases()).toEqual(['post-stop']);
    await run('start');
    expect(phases()).toEqual(['post-stop', 'pre-start', 'post-start']);
    await made.dispose();
  });

  test('keeps the guest from starting when pre-start fails, and nothing is left of the start', async () => {
    const { made, run, runs, phases } = await world(false);
    const before = await made.snapshot();
    made.hooks.does.set('pre-start', failing('exit code 3: no such disk'));
    const { record, log } = await run('start');
    expect(record).toMatchObject({
      state: 'failed',
      errorCode: 'command-failed',
      exitStatus: 'hookscript error for 100 on pre-start: exit code 3: no such disk',
    });
    expect(log).toContain('hook: I am pre-start');
    expect(runs()).toBe(false);
    expect(phases()).toEqual(['pre-start']);
    expect(await made.snapshot()).toEqual(before);
    await made.dispose();
  });

  test('keeps the guest from starting when it is gone', async () => {
    const { made, run, runs } = await world(false, false);
    const { record } = await run('start');
    expect(record.exitStatus).toContain('hookscript error for 100 on pre-start');
    expect(runs()).toBe(false);
    await made.dispose();
  });

  test.each([
    ['start', 'post-start', false],
    ['stop', 'pre-stop', true],
    ['stop', 'post-stop', true],
  ])('only warns when it fails in a %s at %s', async (word, phase, running) => {
    const { made, run, runs } = await world(running);
    made.hooks.does.set(phase, failing('exit code 1'));
    const { record, log } = await run(word);
    expect(record.state).toBe('warnings');
    expect(log).toContain(`hookscript error for 100 on ${phase}: exit code 1`);
    expect(runs()).toBe(!running);
    await made.dispose();
  });

  test('that hangs before a stop is ended by cancelling, and the guest runs on', async () => {
    const { made, tasks, start, runs, phases } = await world(true);
    made.hooks.does.set(
      'pre-stop',
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const upid = await start('stop');
    await expect.poll(phases, { interval: 5 }).toEqual(['pre-stop']);
    await tasks.runner.cancel(upid);
    expect((await tasks.runner.wait(upid)).state).toBe('cancelled');
    expect(runs()).toBe(true);
    await made.dispose();
  });

  test('is told of the end of a start that was cancelled when the guest ran already', async () => {
    const { made, tasks, start, runs, phases } = await world(false);
    made.hooks.does.set(
      'post-start',
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    );
    const upid = await start('start');
    await expect.poll(phases, { interval: 5 }).toEqual(['pre-start', 'post-start']);
    await tasks.runner.cancel(upid);
    expect((await tasks.runner.wait(upid)).state).toBe('cancelled');
    expect(runs()).toBe(false);
    expect(phases()).toEqual(['pre-start', 'post-start', 'post-stop']);
    expect(tasks.log(upid).join('\n')).toContain('hook: I am post-stop');
    await made.dispose();
  });
});
