// The runner: a task's whole life, its queue, its undo, its end.
import { describe, expect, test } from 'vitest';
import { runnerWorld } from '../../test/fixtures/task-runner-world.ts';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { createDemoKind, DemoCommands } from './kinds/demo.ts';
import type { TaskContext, TaskKind } from './task.ts';
import { taskItem } from './task-item.ts';
import { createTaskStore } from './task-store.ts';
import { readUpid } from './upid.ts';

const root = { requester: 'root@pam' };

function demo(
  traits: Parameters<typeof createDemoKind>[1] = {},
  options: Parameters<typeof runnerWorld>[0] = {},
) {
  const world = runnerWorld(options);
  const commands = new DemoCommands();
  const kind = createDemoKind(commands, traits);
  world.runner.register(kind);
  return { ...world, commands, kind };
}

/** A kind made of the given steps. */
function kindOf(steps: TaskKind['steps'], more: Partial<TaskKind> = {}): TaskKind {
  return {
    type: 'test',
    describe: () => 'Test',
    objectId: () => '7',
    locks: () => [],
    check: async () => {},
    steps,
    afterCrash: 'unwind',
    cancellable: true,
    ...more,
  };
}

describe('a task that goes well', () => {
  test('is stored before its UPID is known, runs its steps in order and ends OK', async () => {
    const { runner, store, commands, log, changes, kind } = demo();
    const upid = await runner.start(kind, { name: '100' }, root);
    expect(store.read(upid)).toMatchObject({ type: 'demo', objectId: '100', description: 'Demo 100' });
    expect(readUpid(upid)).toMatchObject({
      node: 'pve1',
      pid: process.pid,
      type: 'demo',
      id: '100',
      user: 'root@pam',
    });
    commands.give('100', { progress: 0.5 });
    await expect.poll(() => store.read(upid)?.progress).toBe(0.5);
    expect(store.read(upid)?.state).toBe('running');
    commands.give('100', { go: true });
    const ended = await runner.wait(upid);
    expect(ended).toMatchObject({ state: 'ok', exitStatus: 'OK', progress: 1, errorCode: undefined });
    expect(store.read(upid)).toEqual(ended);
    expect(await runner.wait(upid)).toEqual(ended);
    expect(log(upid)).toEqual(['preparing 100', 'finished with 100', 'TASK OK']);
    expect(changes[0]?.state).toBe('queued');
    expect(changes.at(-1)).toEqual(ended);
    expect(runner.idle).toBe(true);
  });

  test('streams its log within moments, and counts warnings', async () => {
    const { runner, commands, streamed, log } = demo();
    const upid = await runner.start('demo', { name: 'a' }, root);
    commands.give('a', { log: 'one\r\ntwo\u001b[31m', warn: 'careful' });
    await expect.poll(() => streamed, { timeout: 1000 }).toContain('WARN: careful');
    commands.give('a', { go: true });
    expect(await runner.wait(upid)).toMatchObject({ state: 'warnings', exitStatus: 'WARNINGS: 1' });
    expect(log(upid)).toEqual([
      'preparing a',
      'one',
      'two[31m',
      'WARN: careful',
      'finished with a',
      'TASK WARNINGS: 1',
    ]);
    expect(streamed).toEqual(log(upid));
  });

  test('keeps its log within bounds, the last line included', async () => {
    const { runner, log } = runnerWorld();
    runner.register(
      kindOf([
        {
          name: 'talk',
          run: async (context) => {
            context.log('x'.repeat(1_000_000));
            for (let i = 0; i < 12_000; i++) context.log(`line ${i}`);
          },
        },
      ]),
    );
    const upid = await runner.start('test', {}, root);
    await runner.wait(upid);
    const lines = log(upid);
    expect(lines).toHaveLength(10_002);
    expect(lines[0]!.length).toBeLessThan(2100);
    expect(lines.at(-2)).toContain('log is full');
    expect(lines.at(-1)).toBe('TASK OK');
  });

  test('gives steps copies: of params as JSON keeps them, and of the merged state', async () => {
    const { runner } = runnerWorld();
    const seen: unknown[] = [];
    runner.register(
      kindOf([
        {
          name: 'one',
          run: async (_context, params, state) => {
            seen.push(params, state);
            return { a: 1, gone: undefined };
          },
        },
        { name: 'two', run: async () => ({ b: [2] }) },
        {
          name: 'three',
          run: async (_context, _params, state) => {
            seen.push(state);
          },
        },
      ]),
    );
    const params = { at: new Date(0), no: undefined };
    await runner.wait(await runner.start('test', params, root));
    expect(seen).toEqual([{ at: '1970-01-01T00:00:00.000Z' }, {}, { a: 1, b: [2] }]);
  });
});

describe('a task that fails', () => {
  test('undoes its begun steps, newest first, the failing one included', async () => {
    const { runner, log, daemonLog } = runnerWorld();
    const undone: string[] = [];
    const step = (name: string, run: () => Promise<undefined>) => ({
      name,
      run,
      undo: async () => void undone.push(name),
    });
    runner.register(
      kindOf([
        step('one', async () => undefined),
        step('two', async () => {
          throw new AppError('no-capacity', 'no space on local\nsecond line', {
            detail: 'df says /var/x is full',
          });
        }),
        step('three', async () => undefined),
      ]),
    );
    const upid = await runner.start('test', {}, root);
    expect(await runner.wait(upid)).toMatchObject({
      state: 'failed',
      exitStatus: 'no space on local second line',
      errorCode: 'no-capacity',
    });
    expect(undone).toEqual(['two', 'one']);
    expect(log(upid)).toEqual([
      'step two failed: no space on local',
      'second line',
      'undoing step two',
      'undoing step one',
      'TASK ERROR: no space on local second line',
    ]);
    expect(JSON.stringify(daemonLog)).toContain('/var/x is full');
    expect(JSON.stringify(log(upid))).not.toContain('/var/x');
  });

  test('an error that is not ours shows nothing of itself', async () => {
    const { runner, log, daemonLog } = runnerWorld();
    runner.register(
      kindOf([
        {
          name: 'one',
          run: async () => {
            throw new TypeError('secret internals');
          },
        },
      ]),
    );
    const upid = await runner.start('test', {}, root);
    expect(await runner.wait(upid)).toMatchObject({ exitStatus: 'internal error', errorCode: 'internal' });
    expect(log(upid).join('\n')).not.toContain('secret');
    expect(
      daemonLog.some((line) => line.level === 'error' && JSON.stringify(line.facts).includes('secret')),
    ).toBe(true);
  });

  test('a failed check changes nothing and undoes nothing', async () => {
    const { runner, log } = demo();
    const upid = await runner.start('demo', { name: '' }, root);
    expect(await runner.wait(upid)).toMatchObject({ state: 'failed', errorCode: 'invalid-input' });
    expect(log(upid)).toEqual(['TASK ERROR: a demo needs a name']);
  });

  test('an undo that fails is told, and the others are run all the same', async () => {
    const { runner, log } = runnerWorld();
    const undone: string[] = [];
    runner.register(
      kindOf([
        { name: 'one', run: async () => {}, undo: async () => void undone.push('one') },
        {
          name: 'two',
          run: async () => {},
          undo: async () => {
            throw new AppError('busy', 'volume in use');
          },
        },
        {
          name: 'three',
          run: async () => {
            throw new AppError('timeout', 'too slow');
          },
        },
      ]),
    );
    const upid = await runner.start('test', {}, root);
    expect(await runner.wait(upid)).toMatchObject({ exitStatus: 'too slow (could not undo: two)' });
    expect(undone).toEqual(['one']);
    expect(log(upid)).toContain('could not undo step two: volume in use');
  });

  test.each([
    ['unwind', false, [false, true, false, true]],
    ['resume', false, [true, true, true, true]],
    ['resume', true, [true, true, false, true]],
  ] as const)(
    'waits for the disk where a power cut could leave something behind: %s, its last step lossy: %s',
    async (afterCrash, lossy, waits) => {
      const world = runnerWorld();
      const inner = createTaskStore(world.db);
      const waited: boolean[] = [];
      const { runner } = runnerWorld(
        {
          store: {
            ...inner,
            commit(commit, durable) {
              if (commit.record.state !== 'running' || commit.steps.length > 0) waited.push(durable);
              inner.commit(commit, durable);
            },
          },
        },
        world.db,
      );
      const run = async () => {};
      runner.register({
        ...kindOf([
          { name: 'choose', run },
          { name: 'make', run, undo: run },
          { name: 'tell', run, ...(lossy ? { lossy } : {}) },
        ]),
        afterCrash,
      });
      await runner.wait(await runner.start('test', {}, root));
      expect(waited).toEqual(waits);
    },
  );

  test('a full disk while it runs: it undoes, and its end is stored when there is room again', async () => {
    const world = runnerWorld();
    const inner = createTaskStore(world.db);
    let full = false;
    const { runner } = runnerWorld(
      {
        clock: {
          now: Date.now,
          sleep: async () => {
            full = false;
          },
        },
        store: {
          ...inner,
          commit: (commit, durable) => {
            if (full) throw new AppError('no-capacity', 'no space left for the database');
            inner.commit(commit, durable);
          },
        },
      },
      world.db,
    );
    let undone = 0;
    runner.register(
      kindOf([
        {
          name: 'one',
          run: async () => {
            full = true;
          },
          undo: async () => void undone++,
        },
        { name: 'two', run: async () => {} },
      ]),
    );
    const upid = await runner.start('test', {}, root);
    const ended = await runner.wait(upid);
    expect(ended).toMatchObject({ state: 'failed', errorCode: 'no-capacity' });
    expect(undone).toBe(1);
    expect(inner.read(upid)).toEqual(ended);
  });
});

describe('the queue', () => {
  const lock = [{ scope: 'guest', id: '100' }] as const;

  test('two tasks for one guest run in order; the second says what it waits for', async () => {
    const { runner, store, commands } = demo();
    const first = await runner.start('demo', { name: 'a', locks: lock }, root);
    const second = await runner.start('demo', { name: 'b', locks: lock }, root);
    await expect.poll(() => store.read(second)?.state).toBe('waiting-for-lock');
    expect(store.read(second)?.waitingFor).toMatch(
      /^guest 100, in use by "Demo a" \(task UPID:\S+ of \S+@\S+, since \d{4}-\d\d-\d\dT[\d:.]+Z\)$/,
    );
    expect(taskItem(store.read(second)!)).toMatchObject({ state: 'waiting-for-lock', cancellable: true });
    commands.give('b', { go: true });
    commands.give('a', { go: true });
    const [a, b] = await Promise.all([runner.wait(first), runner.wait(second)]);
    expect(a.state).toBe('ok');
    expect(b).toMatchObject({ state: 'ok', waitingFor: undefined });
    expect(b.startedAt).toBeGreaterThanOrEqual(a.endedAt!);
  });

  test('only so many run at once, and all get their turn', async () => {
    const { runner, store, commands } = demo({}, { maxRunning: 2 });
    const names = ['a', 'b', 'c', 'd', 'e'];
    const upids = await Promise.all(names.map((name) => runner.start('demo', { name }, root)));
    const states = () => upids.map((upid) => store.read(upid)?.state);
    await expect.poll(states).toEqual(['running', 'running', 'queued', 'queued', 'queued']);
    await runner.cancel(upids[3]!);
    for (const name of names) commands.give(name, { go: true });
    await Promise.all(upids.map((upid) => runner.wait(upid)));
    expect(states()).toEqual(['ok', 'ok', 'ok', 'cancelled', 'ok']);
    expect(runner.idle).toBe(true);
  });

  test('a lock for a moment is waited for visibly, and given back; one that it has is not waited for', async () => {
    const { runner, store } = runnerWorld();
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const guest = { scope: 'guest', id: '7' } as const;
    const held: string[] = [];
    const hold = async (context: TaskContext, word: string) =>
      context.holding([guest], async () => {
        held.push(word);
        await go;
      });
    runner.register(
      kindOf([{ name: 'hold', run: (context) => hold(context, 'all the time') }], { locks: () => [guest] }),
    );
    runner.register(
      kindOf([{ name: 'hold', run: (context) => hold(context, 'a moment') }], { type: 'other' }),
    );
    const first = await runner.start('test', {}, root);
    const second = await runner.start('other', {}, root);
    const cancelled = await runner.start('other', {}, root);
    await expect
      .poll(() => store.read(second)?.waitingFor)
      .toMatch(/^guest 7, in use by "Test" \(task UPID:/);
    expect(store.read(second)?.state).toBe('running');
    await runner.cancel(cancelled);
    expect((await runner.wait(cancelled)).state).toBe('cancelled');
    resolve();
    expect((await runner.wait(second)).state).toBe('ok');
    expect(store.read(second)?.waitingFor).toBeUndefined();
    expect((await runner.wait(first)).state).toBe('ok');
    expect(held).toEqual(['all the time', 'a moment']);
    expect(runner.idle).toBe(true);
  });

  test('a lock for a moment that is not free is told at once where nobody wants to wait', async () => {
    const { runner, store } = runnerWorld();
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const volume = { scope: 'name', id: 'local:backup/a' } as const;
    runner.register(kindOf([{ name: 'restore', run: async () => go }], { locks: () => [volume] }));
    let did = 0;
    const count = async () => {
      did += 1;
    };
    const run = (context: TaskContext) => context.holding([volume], count, { wait: false });
    runner.register(kindOf([{ name: 'prune', run }], { type: 'other' }));
    const first = await runner.start('test', {}, root);
    const second = await runner.wait(await runner.start('other', {}, root));
    expect(second).toMatchObject({ state: 'failed', errorCode: 'busy', waitingFor: undefined });
    expect(second.exitStatus).toMatch(/name local:backup\/a, in use by "Test" \(task UPID:/);
    resolve();
    await runner.wait(first);
    expect((await runner.wait(await runner.start('other', {}, root))).state).toBe('ok');
    expect([did, store.read(first)?.state, runner.idle]).toEqual([1, 'ok', true]);
  });

  test("a child uses its parent's locks", async () => {
    const world = runnerWorld();
    const commands = new DemoCommands();
    world.runner.register(createDemoKind(commands));
    world.runner.register(
      kindOf(
        [
          {
            name: 'have-it-done',
            run: async (context) => {
              const child = await world.runner.start(
                'demo',
                { name: 'child', locks: lock },
                { requester: context.requester, parent: context.upid },
              );
              const { state } = await world.runner.wait(child);
              return { state };
            },
          },
        ],
        { locks: () => lock },
      ),
    );
    commands.give('child', { go: true });
    const upid = await world.runner.start('test', {}, root);
    expect((await world.runner.wait(upid)).state).toBe('ok');
    expect(world.store.list({ parent: upid }).tasks.map((task) => task.state)).toEqual(['ok']);
    const second = await world.runner.start('test', {}, root);
    await expect.poll(() => world.store.list({ parent: second }).total).toBe(1);
    await world.runner.cancel(second);
    expect((await world.runner.wait(second)).state).toBe('cancelled');
    expect(world.store.list({ parent: second }).tasks.map((task) => task.state)).toEqual(['cancelled']);
  });
});

describe('cancelling', () => {
  test('a running task is undone and ends cancelled', async () => {
    const { runner, store, log } = demo();
    const upid = await runner.start('demo', { name: 'a' }, root);
    await expect.poll(() => log(upid)).toContain('preparing a');
    const cancelled = runner.cancel(upid);
    expect(store.read(upid)?.state).toBe('cancelling');
    await cancelled;
    expect(await runner.wait(upid)).toMatchObject({ state: 'cancelled', exitStatus: 'cancelled' });
    expect(log(upid).slice(-3)).toEqual(['undoing step prepare', 'putting a away', 'TASK ERROR: cancelled']);
    await runner.cancel(upid);
    expect(store.read(upid)?.state).toBe('cancelled');
  });

  test('a waiting task leaves the queue, whatever its kind', async () => {
    const { runner, commands, store } = demo({ cancellable: false });
    const locks = [{ scope: 'guest', id: '1' }] as const;
    const first = await runner.start('demo', { name: 'a', locks }, root);
    const second = await runner.start('demo', { name: 'b', locks }, root);
    await expect.poll(() => store.read(first)?.state).toBe('running');
    await runner.cancel(second);
    expect(await runner.wait(second)).toMatchObject({ state: 'cancelled' });
    await expect(runner.cancel(first)).rejects.toMatchObject({ code: 'unsupported' });
    commands.give('a', { go: true });
    expect((await runner.wait(first)).state).toBe('ok');
  });

  test('an unknown task is not found', async () => {
    const { runner } = demo();
    await expect(runner.cancel('UPID:x')).rejects.toMatchObject({ code: 'not-found' });
    await expect(runner.wait('UPID:x')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('stopping the daemon', () => {
  test('lets running tasks end, starts none, and leaves the rest for recovery', async () => {
    const { runner, commands, store, crash, kind } = demo();
    const locks = [{ scope: 'guest', id: '1' }] as const;
    const quick = await runner.start('demo', { name: 'quick', locks }, root);
    const waiting = await runner.start('demo', { name: 'waiting', locks }, root);
    const slow = await runner.start('demo', { name: 'slow' }, root);
    const waited = [runner.wait(waiting), runner.wait(slow)].map((p) => p.catch((error: unknown) => error));
    await expect.poll(() => store.read(slow)?.state).toBe('running');
    const stopping = runner.stop({ graceMs: 200 });
    await expect(runner.start('demo', { name: 'late' }, root)).rejects.toMatchObject({ code: 'unavailable' });
    commands.give('quick', { go: true });
    expect(await stopping).toBe(1);
    for (const outcome of await Promise.all(waited)) expect(outcome).toMatchObject({ code: 'unavailable' });
    expect([quick, waiting, slow].map((upid) => store.read(upid)?.state)).toEqual([
      'ok',
      'waiting-for-lock',
      'running',
    ]);
    const next = crash();
    next.runner.register(kind);
    expect(await next.runner.recover()).toEqual({ ended: [waiting], unwound: [slow], resumed: [] });
    expect(next.log(slow)).toContain('putting slow away');
    expect(next.runner.idle).toBe(true);
  });

  test.each([
    ['resume', {}],
    ['unwind', { final: true as const }],
  ] as const)('leaves what throws because of it for recovery: %s', async (afterCrash, traits) => {
    const { runner, store, crash } = runnerWorld();
    let tries = 0;
    const run: TaskKind['steps'][number]['run'] = async (context) => {
      tries += 1;
      context.log(`try ${tries}`);
      if (tries > 1) return;
      await systemClock.sleep(60_000, context.shuttingDown);
    };
    const kind = kindOf([{ name: 'wait', run, ...traits }], { afterCrash });
    runner.register(kind);
    const upid = await runner.start('test', {}, root);
    const ended = runner.wait(upid).catch((error: unknown) => error);
    await expect.poll(() => tries).toBe(1);
    expect(await runner.stop({ graceMs: 5000 })).toBe(0);
    expect(await ended).toMatchObject({ code: 'unavailable' });
    expect(store.read(upid)?.state).toBe('running');
    const next = crash();
    next.runner.register(kind);
    await next.runner.recover();
    expect(await next.runner.wait(upid)).toMatchObject({ state: 'ok' });
    expect(next.log(upid)).toEqual(expect.arrayContaining(['try 1', 'try 2']));
  });

  test('tells steps that it is time', async () => {
    const { runner, store } = runnerWorld();
    runner.register(
      kindOf([
        {
          name: 'wait',
          run: async (context) => {
            await systemClock.sleep(60_000, context.shuttingDown).catch(() => {});
          },
        },
      ]),
    );
    const upid = await runner.start('test', {}, root);
    const ended = runner.wait(upid);
    await expect.poll(() => store.read(upid)?.state).toBe('running');
    expect(await runner.stop({ graceMs: 5000 })).toBe(0);
    expect((await ended).state).toBe('ok');
  });
});

test('a kind is registered once, with steps of different names; an unknown kind cannot be started', async () => {
  const { runner } = runnerWorld();
  const step = { name: 'one', run: async () => {} };
  runner.register(kindOf([step]));
  expect(() => runner.register(kindOf([step]))).toThrow('registered twice');
  expect(() => runner.register(kindOf([step, step], { type: 'two' }))).toThrow('two steps');
  await expect(runner.start('nothing', {}, root)).rejects.toMatchObject({ code: 'internal' });
});

test('a listener that throws hurts no task', async () => {
  const fail = () => {
    throw new Error('listener');
  };
  const { runner, commands, daemonLog } = demo({}, { onChange: fail, onLog: fail });
  commands.give('a', { go: true });
  const upid = await runner.start('demo', { name: 'a' }, root);
  expect((await runner.wait(upid)).state).toBe('ok');
  expect(daemonLog.some((line) => line.text === 'a listener of tasks failed')).toBe(true);
});
