// Recovery: what a killed daemon left is undone or finished by the next one. With real kills of real processes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runnerWorld } from '../../test/fixtures/task-runner-world.ts';
import { openDatabase } from '../db/database.ts';
import { mainSchema } from '../db/schemas.ts';
import type { TaskKind } from './task.ts';
import { createTaskStore } from './task-store.ts';

const root = { requester: 'root@pam' };
const hang = () => new Promise<never>(() => {});

function kindOf(steps: TaskKind['steps'], more: Partial<TaskKind> = {}): TaskKind {
  return {
    type: 'test',
    describe: () => 'Test',
    objectId: () => '7',
    locks: () => [{ scope: 'guest', id: '7' }],
    check: async () => {},
    steps,
    afterCrash: 'unwind',
    cancellable: true,
    ...more,
  };
}

describe('after a crash', () => {
  test('an undo that fails is told and does not stop others; the object is free again', async () => {
    const stuck = kindOf([
      {
        name: 'one',
        run: hang,
        undo: async () => {
          throw new Error('no');
        },
      },
    ]);
    const world = runnerWorld();
    world.runner.register(stuck);
    const other = kindOf([{ name: 'one', run: hang }], { type: 'other', locks: () => [] });
    world.runner.register(other);
    const upids = [await world.runner.start('test', {}, root), await world.runner.start('other', {}, root)];
    await expect
      .poll(() => upids.map((upid) => world.store.read(upid)?.state))
      .toEqual(['running', 'running']);
    const next = world.crash();
    next.runner.register(stuck);
    next.runner.register(other);
    const recovered = next.runner.recover();
    const late = next.runner.start('test', {}, root);
    expect(await recovered).toEqual({ ended: [], unwound: upids, resumed: [] });
    expect(next.store.read(upids[0]!)).toMatchObject({
      state: 'interrupted',
      exitStatus: 'interrupted by a restart of the daemon (could not undo: one)',
    });
    expect(next.store.read(upids[1]!)).toMatchObject({ state: 'interrupted' });
    await expect.poll(async () => next.store.read(await late)?.state).toBe('running');
  });

  test('a task whose kind is gone, or whose record is damaged, is ended and does not stop others', async () => {
    const world = runnerWorld();
    world.runner.register(kindOf([{ name: 'one', run: hang }]));
    world.runner.register(kindOf([{ name: 'one', run: hang }], { type: 'good', locks: () => [] }));
    world.runner.register(kindOf([{ name: 'one', run: hang }], { type: 'bad', locks: () => [] }));
    const upids = [
      await world.runner.start('test', {}, root),
      await world.runner.start('good', {}, root),
      await world.runner.start('bad', {}, root),
    ];
    await expect
      .poll(() => upids.map((upid) => world.store.read(upid)?.state))
      .toEqual(Array(3).fill('running'));
    world.db.prepare("UPDATE tasks SET params = '{' WHERE type = 'bad'").run();
    const next = world.crash();
    next.runner.register(kindOf([{ name: 'one', run: hang }], { type: 'good', locks: () => [] }));
    next.runner.register(kindOf([{ name: 'one', run: hang }], { type: 'bad', locks: () => [] }));
    await next.runner.recover();
    expect(upids.map((upid) => next.store.read(upid)?.exitStatus)).toEqual([
      'interrupted; this version of Croft cannot undo it (could not undo: one)',
      'interrupted by a restart of the daemon',
      'interrupted; what was stored of it cannot be read (could not undo: one)',
    ]);
    expect(next.runner.idle).toBe(true);
  });

  test('a task that was failing keeps its own error, and one being cancelled ends cancelled', async () => {
    const world = runnerWorld();
    const failing = kindOf(
      [
        {
          name: 'one',
          run: async () => {
            throw new Error('original');
          },
          undo: hang,
        },
      ],
      { afterCrash: 'resume' },
    );
    const deaf = kindOf([{ name: 'one', run: hang }], {
      type: 'deaf',
      locks: () => [],
      afterCrash: 'resume',
    });
    world.runner.register(failing);
    world.runner.register(deaf);
    const upids = [await world.runner.start('test', {}, root), await world.runner.start('deaf', {}, root)];
    await expect.poll(() => world.log(upids[0]!)).toContain('undoing step one');
    await world.runner.cancel(upids[1]!);
    const next = world.crash();
    let undone = 0;
    next.runner.register({ ...failing, steps: [{ ...failing.steps[0]!, undo: async () => void undone++ }] });
    next.runner.register(deaf);
    await next.runner.recover();
    expect(undone).toBe(1);
    expect(next.store.read(upids[0]!)).toMatchObject({ state: 'failed', exitStatus: 'internal error' });
    expect(next.store.read(upids[1]!)).toMatchObject({ state: 'cancelled', exitStatus: 'cancelled' });
  });

  test('a parent is undone after its children, though they use its locks', async () => {
    const order: string[] = [];
    const kinds = (runner: ReturnType<typeof runnerWorld>['runner']) => [
      kindOf([
        {
          name: 'outer',
          run: async (context) => {
            await runner.start('child', {}, { ...root, parent: context.upid });
            await hang();
          },
          undo: async () => void order.push('parent'),
        },
      ]),
      kindOf(
        [
          {
            name: 'inner',
            run: hang,
            undo: async () => {
              await new Promise((resolve) => setTimeout(resolve, 20));
              order.push('child');
            },
          },
        ],
        { type: 'child' },
      ),
    ];
    const world = runnerWorld();
    for (const kind of kinds(world.runner)) world.runner.register(kind);
    await world.runner.start('test', {}, root);
    await expect.poll(() => world.store.list({ type: 'child' }).tasks[0]?.state).toBe('running');
    const next = world.crash();
    for (const kind of kinds(next.runner)) next.runner.register(kind);
    await next.runner.recover();
    expect(order).toEqual(['child', 'parent']);
    expect(next.runner.idle).toBe(true);
  });
});

const daemon = `
  import { mkdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
  import { systemClock } from '${new URL('../core/clock.ts', import.meta.url)}';
  import { openDatabase } from '${new URL('../db/database.ts', import.meta.url)}';
  import { mainSchema } from '${new URL('../db/schemas.ts', import.meta.url)}';
  import { crashAt } from '${new URL('./crash-point.ts', import.meta.url)}';
  import { createTaskRunner } from '${new URL('./task-runner.ts', import.meta.url)}';
  import { createTaskStore } from '${new URL('./task-store.ts', import.meta.url)}';
  const [folder, afterCrash, mode, crash] = process.argv.slice(1);
  const log = { info() {}, warn() {}, error: (facts) => writeSync(2, JSON.stringify(facts)) };
  const db = openDatabase({ path: folder + '/croft.db', schema: mainSchema, durability: 'full' });
  const runner = createTaskRunner({ store: createTaskStore(db), clock: systemClock, node: 'pve1', log, onBoundary: crashAt(crash) });
  const step = (name) => ({
    name,
    run: async (context, params) => {
      context.log('making ' + name);
      writeFileSync(folder + '/world/' + name, params.text);
      if (mode === 'fail' && name === 'three') throw new Error('broken');
      return { [name]: true };
    },
    undo: async () => rmSync(folder + '/world/' + name, { force: true }),
  });
  runner.register({
    type: 'files', describe: () => 'Files', objectId: () => '100', locks: () => [{ scope: 'guest', id: '100' }],
    check: async () => {}, steps: ['one', 'two', 'three'].map(step), afterCrash, cancellable: true,
  });
  mkdirSync(folder + '/world', { recursive: true });
  const { resumed } = await runner.recover();
  for (const upid of resumed) await runner.wait(upid);
  if (mode !== 'recover') {
    const upid = await runner.start('files', { text: 'hello' }, { requester: 'root@pam' });
    writeSync(1, upid);
    await runner.wait(upid);
  }
  await runner.stop({ graceMs: 5000 });
  db.close();
`;

describe('kill -9 at a boundary', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'croft-tasks-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function life(afterCrash: string, mode: 'run' | 'fail' | 'recover', crash = '') {
    const child = spawn(
      process.execPath,
      ['--input-type=module', '-e', daemon, folder, afterCrash, mode, crash],
      {
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk: Buffer) => {
      stderr += chunk;
    });
    const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
    return { code, signal, stdout, stderr };
  }

  function left() {
    const db = openDatabase({ path: join(folder, 'croft.db'), schema: mainSchema, durability: 'full' });
    const store = createTaskStore(db);
    const task = store.list({}).tasks[0]!;
    const log = store.readLog(task.upid)!.lines.map((line) => line.text);
    db.close();
    return { task, log, files: readdirSync(join(folder, 'world')).sort() };
  }

  const everywhere = [
    'files::created',
    'files::locked',
    'files:one:before-run',
    'files:one:after-run',
    'files:two:after-run',
    'files:two:after-save',
    'files:three:after-run',
  ];

  for (const point of everywhere) {
    test(`${point}: nothing is left of a task that unwinds`, async () => {
      const killed = await life('unwind', 'run', point);
      expect(killed).toMatchObject({ signal: 'SIGKILL', stderr: '' });
      expect(await life('unwind', 'recover')).toMatchObject({ code: 0, stderr: '' });
      const { task, log, files } = left();
      expect(files).toEqual([]);
      expect(task.state).toBe('interrupted');
      expect(task.exitStatus).toMatch(/^interrupted by a restart of the daemon/);
      expect(log.at(-1)).toBe(`TASK ERROR: ${task.exitStatus}`);
    });
  }

  for (const point of ['files::created', 'files:two:before-run', 'files:three:after-run']) {
    test(`${point}: a task that resumes is finished`, async () => {
      expect((await life('resume', 'run', point)).signal).toBe('SIGKILL');
      expect(await life('resume', 'recover')).toMatchObject({ code: 0, stderr: '' });
      const { task, log, files } = left();
      expect(files).toEqual(['one', 'three', 'two']);
      expect(readFileSync(join(folder, 'world/two'), 'utf8')).toBe('hello');
      expect(task).toMatchObject({ state: 'ok', exitStatus: 'OK' });
      expect(log).toContain('the daemon was restarted; going on');
    });
  }

  for (const point of ['files:two:before-undo', 'files:two:after-undo']) {
    test(`${point}, and again there in the next life: the third finishes undoing`, async () => {
      expect((await life('unwind', 'fail', point)).signal).toBe('SIGKILL');
      expect((await life('unwind', 'recover', point)).signal).toBe('SIGKILL');
      expect(await life('unwind', 'recover')).toMatchObject({ code: 0, stderr: '' });
      const { task, files } = left();
      expect(files).toEqual([]);
      expect(task).toMatchObject({ state: 'failed', exitStatus: 'internal error' });
    });
  }

  test('after its end a kill changes nothing', async () => {
    expect((await life('unwind', 'run', 'files:three:after-save')).signal).toBe('SIGKILL');
    expect(await life('unwind', 'recover')).toMatchObject({ code: 0 });
    const { task, files } = left();
    expect(files).toEqual(['one', 'three', 'two']);
    expect(task.state).toBe('ok');
  });
});
