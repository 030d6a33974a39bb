// One task type with two ways, where the API has one word for both: each task goes the way that its parameters say.
import type { TaskKind } from '../task.ts';

/** Steps of the same name are each way's own; a step that a way does not have does nothing there. Both end a crash alike; final steps are the first's only. */
export function eitherKind<A, B, SA, SB>(
  first: TaskKind<A, SA>,
  second: TaskKind<B, SB>,
  isSecond: (params: unknown) => boolean,
): TaskKind<A | B, SA | SB> {
  const of = (params: unknown): TaskKind => (isSecond(params) ? second : first) as TaskKind;
  const names = new Set([...first.steps, ...second.steps].map(({ name }) => name));
  /** Where one has no way back, the other is through. */
  const final = new Set(first.steps.flatMap((each) => (each.final ? [each.name] : [])));
  const ordered = [...[...names].filter((name) => !final.has(name)), ...final];
  const step = (params: unknown, name: string) => of(params).steps.find((each) => each.name === name);
  return {
    type: first.type,
    describe: (params) => of(params).describe(params),
    objectId: (params) => of(params).objectId(params),
    locks: (params) => of(params).locks(params),
    check: (params) => of(params).check(params),
    steps: ordered.map((name) => ({
      name,
      ...(final.has(name) ? { final: true as const } : {}),
      run: async (context, params, state) =>
        (await step(params, name)?.run(context, params, state)) as Partial<SA | SB> | undefined,
      undo: async (context, params, state) => step(params, name)?.undo?.(context, params, state),
    })),
    afterCrash: first.afterCrash,
    cancellable: first.cancellable && second.cancellable,
  };
}
