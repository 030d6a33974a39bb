// Named moments in a task's life, so that tests can end the daemon exactly there.

/**
 * `created`: stored, nothing taken. `locked`: has its locks. `checked`: its check passed. `before-run`: the step is
 * stored as begun. `after-run`: it has run, its result is not stored. `after-save`: its result is stored (together with
 * the beginning of the next step, or with the end of the task). `before-undo`, `after-undo`: around an undo, which is
 * stored as done only after. `ended`: all is stored.
 */
export type BoundaryMoment =
  | 'created'
  | 'locked'
  | 'checked'
  | 'before-run'
  | 'after-run'
  | 'after-save'
  | 'before-undo'
  | 'after-undo'
  | 'ended';

export interface BoundaryPoint {
  readonly upid: string;
  readonly type: string;
  /** Empty for the moments of the task as a whole. */
  readonly step: string;
  readonly moment: BoundaryMoment;
}

/** Called at every boundary; the task goes on when it returns. What it throws counts as a failure there. */
export type OnBoundary = (point: BoundaryPoint) => void | Promise<void>;

/** `type:step:moment` of a point, for instance `qmcreate:allocate-disks:after-run` or `qmcreate::created`. */
export function renderBoundary(point: BoundaryPoint): string {
  return `${point.type}:${point.step}:${point.moment}`;
}

/** Ends this process by SIGKILL at the named point: no handler runs, as in a crash. */
export function crashAt(
  spec: string,
  kill: () => void = () => void process.kill(process.pid, 'SIGKILL'),
): OnBoundary {
  return (point) => {
    if (renderBoundary(point) === spec) kill();
  };
}
