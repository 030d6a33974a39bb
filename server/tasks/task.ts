// What a task is: the stored record, and how a kind of task declares its steps.
import type { ErrorCode } from '../core/errors.ts';
import type { ByteProgress, WorkContext } from '../core/work-context.ts';

export type TaskState =
  | 'queued'
  | 'waiting-for-lock'
  | 'running'
  | 'cancelling'
  | 'ok'
  | 'warnings'
  | 'failed'
  | 'cancelled'
  | 'interrupted';

/** The stored record. Times are milliseconds since the epoch. */
export interface TaskRecord {
  readonly upid: string;
  readonly node: string;
  /** The API's type word in the UPID: `qmcreate`, `qmstart`, `imgcopy`, ... Append-only. */
  readonly type: string;
  /** The object in the UPID, usually the vmid; empty when there is none. */
  readonly objectId: string;
  /** `user@realm` or `user@realm!token`. */
  readonly requester: string;
  readonly parent: string | undefined;
  /** A sentence for people: `VM 100 - Start`. */
  readonly description: string;
  /** Can a user cancel it while it runs? (While it waits, every task can be.) */
  readonly cancellable: boolean;
  readonly state: TaskState;
  /** 0 to 1; undefined while unknown. */
  readonly progress: number | undefined;
  /** Not stored: of a task that runs in this life of the daemon. */
  readonly bytes?: ByteProgress | undefined;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  /** The API's exit status: `OK`, `WARNINGS: n`, or the error text; undefined while it runs. */
  readonly exitStatus: string | undefined;
  readonly errorCode: ErrorCode | undefined;
  /** What it is waiting for, in words, while `waiting-for-lock`. */
  readonly waitingFor: string | undefined;
  /** How many warnings it logged. */
  readonly warnings: number;
}

/** What a task must have for itself alone. Taken in the fixed order cluster, node, storage, guest, name, then by id. */
export interface LockRef {
  readonly scope: 'cluster' | 'node' | 'storage' | 'guest' | 'name';
  readonly id: string;
}

export interface TaskContext extends WorkContext {
  readonly upid: string;
  readonly requester: string;
  /**
   * Aborted when the daemon is asked to stop. A step that can end soon goes on; one that only waits should throw. What throws then
   * in a kind that resumes, and what has not ended some seconds later (it is cut off: `signal` aborts), is left as it is on disk and
   * recovered at the next start.
   */
  readonly shuttingDown: AbortSignal;
  /** Logs a line marked as a warning and makes the task end `warnings`. */
  warn(line: string): void;
  /**
   * Does `work` with further locks, which are waited for visibly, as a task's own are, and given back after it: for moments of a long
   * task that others must not wait for all the while. To be taken in the same fixed order: after those of the task, and not one
   * within another. `wait: false`: for work that can be left to another time; what is not free is `busy`, naming who is in the way.
   */
  holding<T>(
    locks: readonly LockRef[],
    work: () => Promise<T>,
    options?: { readonly wait?: boolean },
  ): Promise<T>;
}

/**
 * One step. `run` may be called again after a crash in the middle of it, and `undo` may be called when `run` never
 * began, failed half-way or was already undone: both must be repeatable. Since a crash may come before the result of
 * `run` is stored, `undo` must find what to take back from the params and the state of *earlier* steps alone.
 * What `run` returns is merged into the task's state, which is stored before the next step begins.
 * `signal` in `undo` aborts only when the daemon is cut off, never by a user's cancelling.
 */
export interface TaskStep<P, S> {
  /** Kebab-case, stable: it is stored. */
  readonly name: string;
  /**
   * From its beginning on the task goes forward: it cannot be cancelled any more, and after a crash goes on whatever its kind says.
   * When it fails all the same, the `undo` of this and of earlier steps must find out whether there is a way back, and else
   * settle what is there.
   */
  readonly final?: true;
  /**
   * Of a step without `undo` in a kind that resumes: its beginning is not waited for. After a power cut, which ends every guest as well,
   * it may be taken for one that never began, and it and the step before it run again.
   */
  readonly lossy?: true;
  // biome-ignore lint/suspicious/noConfusingVoidType: a step that returns nothing needs no return statement
  run(context: TaskContext, params: P, state: Readonly<Partial<S>>): Promise<Partial<S> | undefined | void>;
  undo?(context: TaskContext, params: P, state: Readonly<Partial<S>>): Promise<void>;
}

/**
 * A kind of task. `P` and `S` are plain JSON. Secrets must not be in `P` or `S`: both are stored.
 */
export interface TaskKind<P = unknown, S = unknown> {
  readonly type: string;
  /** For the lists, with the object: `VM 100 - Start`. */
  describe(params: P): string;
  /** The id that stands in the UPID. */
  objectId(params: P): string;
  locks(params: P): readonly LockRef[];
  /** Throws when the task cannot be done now; changes nothing. Called under the locks, before the first step. */
  check(params: P): Promise<void>;
  readonly steps: readonly TaskStep<P, S>[];
  /**
   * After a crash of the daemon: `unwind` undoes the begun steps and ends `interrupted`; `resume` runs the interrupted
   * step again and goes on (for work that cannot be taken back, such as deletion).
   */
  readonly afterCrash: 'unwind' | 'resume';
  /** Can a user cancel it? A cancelled task unwinds. */
  readonly cancellable: boolean;
  /** Of one type word with several ways: the kind that a task with these params is of. Its type is the same. */
  way?(params: P): TaskKind<P, S>;
}

/** One line of a task's log. `number` starts at 1. */
export interface TaskLogLine {
  readonly number: number;
  readonly text: string;
}

/** Has it ended, one way or another? */
export function isEnded(record: TaskRecord): boolean {
  return record.endedAt !== undefined;
}
