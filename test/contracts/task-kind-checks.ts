// The single checks behind `describeTaskKind`.
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { BoundaryMoment, BoundaryPoint } from '../../server/tasks/crash-point.ts';
import type { TaskKind, TaskRecord } from '../../server/tasks/task.ts';
import { type RunnerWorld, runnerWorld } from '../fixtures/task-runner-world.ts';
import { type FaultMode, faultModes, InjectedFault } from './faults.ts';
import type { TaskKindWorld } from './task-kind.ts';

export interface KindCheck {
  readonly name: string;
  run(): Promise<void>;
}

type Make = () => Promise<TaskKindWorld>;
type Hook = (point: BoundaryPoint, runner: RunnerWorld['runner']) => void | Promise<void>;

const requester = 'root@pam';
const hang = () => new Promise<never>(() => {});

export function taskKindChecks(kind: TaskKind, hasFaults: boolean, make: Make): KindCheck[] {
  const steps = kind.steps.map((step) => step.name);
  const firstFinal = kind.steps.findIndex((step) => step.final);
  const isFinal = (step: string) => firstFinal >= 0 && steps.indexOf(step) >= firstFinal;
  /** Is it through after a crash there? One commit stores a result and the next step's beginning. */
  const endsAt = (step: string, moment: BoundaryMoment) =>
    isFinal(step) ||
    (moment === 'after-save' && isFinal(steps[steps.indexOf(step) + 1] ?? '')) ||
    (moment === 'after-save' && step === steps.at(-1));
  const checks: KindCheck[] = [
    {
      name: 'succeeds',
      run: () => inWorld(make, async (world) => expectDone(make, world, await run(world))),
    },
    { name: 'a check alone changes nothing', run: () => inWorld(make, checkOnly) },
    {
      name: 'each step run twice does no more than once',
      run: () => inWorld(make, (w) => repeated(make, w)),
    },
  ];
  for (const step of steps) {
    for (const moment of ['before-run', 'after-run'] as const) {
      checks.push({
        name: `step ${step} fails (${moment})`,
        run: () => inWorld(make, (world) => breaks(make, world, step, moment)),
      });
    }
    for (const moment of ['before-run', 'after-run', 'after-save'] as const) {
      checks.push({
        name: `the daemon is killed at ${step} (${moment})`,
        run: () => inWorld(make, (world) => crashes(make, world, step, moment, endsAt(step, moment))),
      });
    }
    for (const moment of ['before-undo', 'after-undo'] as const) {
      if (kind.afterCrash !== 'unwind') continue;
      checks.push({
        name: `the daemon is killed while it undoes ${step} (${moment})`,
        run: () => inWorld(make, (world) => crashesUndoing(make, world, step, moment)),
      });
    }
    if (kind.cancellable) {
      checks.push({
        name: `cancelled at ${step}`,
        run: () => inWorld(make, (world) => cancels(make, world, step, isFinal(step))),
      });
    }
  }
  if (hasFaults) {
    for (const mode of faultModes) {
      checks.push({ name: `each outside call goes wrong: ${mode}`, run: () => everyFault(make, mode) });
    }
  }
  return checks;
}

async function inWorld(make: Make, check: (world: TaskKindWorld) => Promise<void>): Promise<void> {
  const world = await make();
  try {
    await check(world);
  } finally {
    await world.dispose?.();
  }
}

function runnerFor(world: TaskKindWorld, hook: Hook = () => {}, kind = world.kind): RunnerWorld {
  const made: RunnerWorld = runnerWorld({ onBoundary: (point) => hook(point, made.runner) });
  made.runner.register(kind);
  return made;
}

async function run(
  world: TaskKindWorld,
  hook?: Hook,
  kind = world.kind,
  params = world.params,
): Promise<TaskRecord> {
  const { runner } = runnerFor(world, hook, kind);
  const record = await runner.wait(await runner.start(kind, params, { requester }));
  expect(runner.idle, 'no lock is left').toBe(true);
  return record;
}

const doneSnapshots = new WeakMap<Make, unknown>();

/** What a world looks like where nothing went wrong. */
async function doneSnapshot(make: Make): Promise<unknown> {
  if (!doneSnapshots.has(make)) {
    await inWorld(make, async (world) => {
      expect(await run(world)).toMatchObject({ errorCode: undefined });
      doneSnapshots.set(make, structuredClone(await world.snapshot()));
    });
  }
  return doneSnapshots.get(make);
}

async function expectDone(make: Make, world: TaskKindWorld, record: TaskRecord): Promise<void> {
  expect(record.exitStatus).toMatch(/^(OK|WARNINGS: \d+)$/);
  expect(await world.snapshot(), 'what a finished task leaves').toEqual(await doneSnapshot(make));
}

/** After a failure: nothing is left, or, where nothing can be taken back, the same task can be run again. */
async function expectRecovered(
  make: Make,
  world: TaskKindWorld,
  record: TaskRecord,
  before: unknown,
): Promise<void> {
  expect(record.state).toBe('failed');
  expect(record.exitStatus).not.toContain('could not undo');
  if (world.kind.afterCrash === 'unwind') await expectCleanOrSettled(make, world, before);
  else {
    const next = world.afterFailure ? await world.afterFailure() : world;
    if (next) await expectDone(make, world, await run(world, undefined, next.kind, next.params));
    else expect(await world.snapshot(), 'what a finished task leaves').toEqual(await doneSnapshot(make));
  }
}

/** A clean slate; of a kind with a step that is final, also what `afterFailure` brings to its end. */
async function expectCleanOrSettled(make: Make, world: TaskKindWorld, before: unknown): Promise<void> {
  const now = await world.snapshot();
  if (!world.kind.steps.some((step) => step.final) || isDeepStrictEqual(structuredClone(now), before)) {
    expect(now, 'a clean slate').toEqual(before);
    return;
  }
  const next = await world.afterFailure?.();
  if (next) await run(world, undefined, next.kind, next.params);
  expect(await world.snapshot(), 'what a finished task leaves').toEqual(await doneSnapshot(make));
}

async function before(world: TaskKindWorld): Promise<unknown> {
  return structuredClone(await world.snapshot());
}

async function checkOnly(world: TaskKindWorld): Promise<void> {
  const clean = await before(world);
  const params: unknown = JSON.parse(JSON.stringify(world.params));
  await world.kind.check(params);
  await world.kind.check(params);
  expect(await world.snapshot()).toEqual(clean);
}

async function repeated(make: Make, world: TaskKindWorld): Promise<void> {
  await expectDone(make, world, await run(world, undefined, doubled(world.kind)));
  if (world.kind.afterCrash !== 'unwind') return;
  await inWorld(make, async (other) => {
    const clean = await before(other);
    const last = other.kind.steps.at(-1)?.name;
    const record = await run(other, failAt(last, 'after-run'), doubled(other.kind));
    await expectRecovered(make, other, record, clean);
  });
}

/** The kind with every `run` and `undo` called twice, as after a crash: the second call knows nothing of the first. */
function doubled(kind: TaskKind): TaskKind {
  const steps: TaskKind['steps'] = kind.steps.map((step) => ({
    name: step.name,
    run: async (context, params, state) => {
      const first = await step.run(context, params, structuredClone(state));
      const second = await step.run(context, params, structuredClone(state));
      return { ...(first ?? {}), ...(second ?? {}) };
    },
    undo: async (context, params, state) => {
      await step.undo?.(context, params, structuredClone(state));
      await step.undo?.(context, params, structuredClone(state));
    },
  }));
  return Object.create(kind, { steps: { value: steps } }) as TaskKind;
}

function failAt(step: string | undefined, moment: BoundaryMoment): Hook {
  return (point) => {
    if (point.step === step && point.moment === moment) throw new InjectedFault(`broken ${moment} ${step}`);
  };
}

async function breaks(make: Make, world: TaskKindWorld, step: string, moment: BoundaryMoment): Promise<void> {
  const clean = await before(world);
  await expectRecovered(make, world, await run(world, failAt(step, moment)), clean);
}

/** Starts the task and kills its daemon once `reached` resolves; then lets the next daemon recover. */
async function killAndRecover(
  world: TaskKindWorld,
  hook: Hook,
  reached: Promise<unknown>,
): Promise<TaskRecord> {
  const made = runnerFor(world, hook);
  const upid = await made.runner.start(world.kind, world.params, { requester });
  const ended = made.runner.wait(upid).then(
    (record) => `the task ended ${record.exitStatus} and the moment never came`,
    () => undefined,
  );
  const missed = await Promise.race([reached.then(() => undefined), ended]);
  if (missed !== undefined) throw new Error(missed);
  const next = made.crash();
  next.runner.register(world.kind);
  const { resumed } = await next.runner.recover();
  for (const one of resumed) await next.runner.wait(one);
  expect(next.runner.idle, 'no lock is left').toBe(true);
  return next.store.read(upid)!;
}

function hangAt(step: string, moment: BoundaryMoment, first: Hook = () => {}) {
  const { promise: reached, resolve } = Promise.withResolvers<void>();
  const hook: Hook = (point, runner) => {
    if (point.step !== step || point.moment !== moment) return first(point, runner);
    resolve();
    return hang();
  };
  return { hook, reached };
}

async function crashes(
  make: Make,
  world: TaskKindWorld,
  step: string,
  moment: BoundaryMoment,
  ends: boolean,
): Promise<void> {
  const clean = await before(world);
  const { hook, reached } = hangAt(step, moment);
  const record = await killAndRecover(world, hook, reached);
  if (ends || world.kind.afterCrash === 'resume') await expectDone(make, world, record);
  else await expectInterrupted(world, record, clean);
}

async function expectInterrupted(world: TaskKindWorld, record: TaskRecord, clean: unknown): Promise<void> {
  expect(record.state).toBe('interrupted');
  expect(record.exitStatus).not.toContain('could not undo');
  expect(await world.snapshot(), 'a clean slate').toEqual(clean);
}

async function crashesUndoing(
  make: Make,
  world: TaskKindWorld,
  step: string,
  moment: BoundaryMoment,
): Promise<void> {
  const clean = await before(world);
  const last = world.kind.steps.at(-1)?.name;
  const { hook, reached } = hangAt(step, moment, failAt(last, 'after-run'));
  const record = await killAndRecover(world, hook, reached);
  expect(record.state).toBe('failed');
  expect(record.exitStatus).not.toContain('could not undo');
  await expectCleanOrSettled(make, world, clean);
}

async function cancels(make: Make, world: TaskKindWorld, step: string, isFinal: boolean): Promise<void> {
  const clean = await before(world);
  const record = await run(world, async (point, runner) => {
    if (point.step !== step || point.moment !== 'before-run') return;
    if (isFinal) await expect(runner.cancel(point.upid)).rejects.toThrow('past the way back');
    else await runner.cancel(point.upid);
  });
  if (isFinal) return await expectDone(make, world, record);
  expect(record.state).toBe('cancelled');
  expect(record.exitStatus).toBe('cancelled');
  if (world.kind.afterCrash === 'unwind') expect(await world.snapshot(), 'a clean slate').toEqual(clean);
}

/** Breaks the first outside call, then the second, until the task gets through without meeting the fault. */
async function everyFault(make: Make, mode: FaultMode): Promise<void> {
  for (let at = 1, met = true; met; at++) {
    await inWorld(make, async (world) => {
      const clean = await before(world);
      const faults = world.faults!;
      met = false;
      const { promise: reached, resolve } = Promise.withResolvers<void>();
      faults.arm(at, mode, () => {
        met = true;
        resolve();
      });
      if (mode.startsWith('throw')) {
        const record = await run(world);
        const withWarnings = met && record.state === 'warnings';
        if (withWarnings && world.kind.steps.some((step) => step.final)) {
          expect(await world.snapshot(), 'its effect').not.toEqual(clean);
          await expectCleanOrSettled(make, world, clean);
        } else if (!met || record.state !== 'failed') await expectDone(make, world, record);
        else await expectRecovered(make, world, record, clean);
        return;
      }
      const record = await killAndRecover(world, () => {}, reached).catch((error: unknown) => {
        if (met) throw error;
        return undefined;
      });
      if (record === undefined) return;
      const isDone = world.kind.afterCrash === 'resume' || record.state !== 'interrupted';
      if (isDone) await expectDone(make, world, record);
      else await expectInterrupted(world, record, clean);
    });
  }
}
