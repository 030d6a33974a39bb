// The contract of every kind of task, as tests: each step is broken, repeated, cut off and cancelled, each outside call
// fails or is never answered, and afterwards everything must be as if the task had never been, or as if nothing had happened.
import { describe, test } from 'vitest';
import type { TaskKind } from '../../server/tasks/task.ts';
import type { Faults } from './faults.ts';
import { type KindCheck, taskKindChecks } from './task-kind-checks.ts';

/** One fresh world with the kind in it. Everything the kind changes must be in the world, and show in its snapshot. */
export interface TaskKindWorld<P = unknown, S = unknown> {
  readonly kind: TaskKind<P, S>;
  /** With these the task succeeds in a fresh world. */
  readonly params: P;
  /**
   * Everything that the kind may touch, as plain data, the same for two worlds that went the same way: leave out times and
   * random names. Compared deeply.
   */
  snapshot(): unknown;
  /**
   * For kinds that `resume`: what is asked for after a failure, to come to the same end. Default: the same task again.
   * Undefined: the failed task has had its whole effect, and nothing more is asked for. Kinds with a `final` step, too, when the
   * world is not as before.
   */
  afterFailure?(): Promise<{ readonly kind: TaskKind<P, S>; readonly params: P } | undefined>;
  /** Through which the kind's drivers are called (`faults.wrap(driver, [...])`), to break the middle of steps too. */
  readonly faults?: Faults;
  dispose?(): Promise<void>;
}

/**
 * Declares the tests. `make` builds a fresh world; it is also called once while tests are collected, to learn the steps.
 *
 * For kinds that `unwind`: failed, cancelled or interrupted, the world is as before. For kinds that `resume`: after a
 * crash the task finishes; after a failure the same task can be started again and finishes.
 */
export function describeTaskKind<P, S>(name: string, make: () => Promise<TaskKindWorld<P, S>>): void {
  describe(`task kind: ${name}`, async () => {
    for (const check of await checksOf(make)) test(check.name, check.run);
  });
}

/** The checks themselves, for testing this suite. */
export async function checksOf<P, S>(make: () => Promise<TaskKindWorld<P, S>>): Promise<KindCheck[]> {
  const probe = await make();
  const { kind } = probe;
  await probe.dispose?.();
  return taskKindChecks(kind as TaskKind, probe.faults !== undefined, make as () => Promise<TaskKindWorld>);
}
