// The task runner: starts, queues, cancels, waits for, recovers and stops tasks.
import type { Clock } from '../core/clock.ts';
import { AppError, asAppError, notFound } from '../core/errors.ts';
import type { OnBoundary } from './crash-point.ts';
import { takeFurtherLocks } from './further-locks.ts';
import { describeLock, LockQueue } from './lock-queue.ts';
import { RunSlots } from './run-slots.ts';
import { isEnded, type LockRef, type TaskKind, type TaskLogLine, type TaskRecord } from './task.ts';
import { type JournalListener, TaskJournal } from './task-journal.ts';
import { inert, planRecovery, type RecoveryPlan } from './task-recovery.ts';
import { Halted, type RunSurroundings, type TaskLogger, TaskRun } from './task-run.ts';
import type { TaskStore, UnendedTask } from './task-store.ts';
import { createPstartSource, readUpid, renderUpid } from './upid.ts';

export interface TaskRunnerOptions {
  readonly store: TaskStore;
  readonly clock: Clock;
  /** This node's name, for UPIDs. */
  readonly node: string;
  readonly log: TaskLogger;
  /** After each stored change of a task, the first one being its creation. Several changes of progress may come as one. */
  readonly onChange?: (record: TaskRecord) => void;
  /** After new lines of a task's log are stored. */
  readonly onLog?: (upid: string, lines: readonly TaskLogLine[]) => void;
  /** For tests: called at each boundary of each task. */
  readonly onBoundary?: OnBoundary;
  /** How many run at once, children and recovered ones not counted; default 64. */
  readonly maxRunning?: number;
  readonly pid?: number;
}

export interface StartOptions {
  /** `user@realm` or `user@realm!token`. */
  readonly requester: string;
  /** UPID of the task that starts this one: cancelling it cancels this one, and its locks count as held. */
  readonly parent?: string;
}

export interface RecoveryReport {
  /** UPIDs, by what became of them. */
  readonly ended: string[];
  readonly unwound: string[];
  readonly resumed: string[];
}

export interface TaskRunner {
  /** Makes a kind known; before `recover`, and once for each type. */
  register<P, S>(kind: TaskKind<P, S>): void;
  /**
   * Stores the task and returns its UPID; it goes on by itself. Tasks for the same object run in the order of these
   * calls. Rejects with `unavailable` while the daemon stops.
   */
  start<P, S>(kind: TaskKind<P, S> | string, params: P, options: StartOptions): Promise<string>;
  /** Resolves with the ended record, however it ended; rejects with `not-found`, or `unavailable` when the daemon stops before. */
  wait(upid: string): Promise<TaskRecord>;
  /** Asks it to stop, children first. An ended task is left alone. Rejects with `not-found`, or `unsupported` when it cannot be cancelled. */
  cancel(upid: string): Promise<void>;
  /**
   * Takes care of the tasks of former lives; call it once, after `register` and before the first `start`. Their locks are
   * requested before it returns its promise, which resolves when all that had to be undone is undone.
   */
  recover(): Promise<RecoveryReport>;
  /** Lets running tasks end for so long, then leaves the rest for `recover`; returns how many are left. */
  stop(options: { readonly graceMs: number }): Promise<number>;
  /** Nothing is written any more, at once and for good, as if the process had been killed. */
  freeze(): void;
  /** Are no tasks under way and no locks held? */
  readonly idle: boolean;
}

interface Live {
  readonly run: TaskRun;
  /** Settles when it ended; rejects when the daemon stops before. */
  readonly done: Promise<TaskRecord>;
  /** It has its locks: from here on only steps decide. */
  begun: boolean;
}

type Mode = { readonly action: 'start' } | RecoveryPlan;

/** How long cut-off steps get to end their programs. */
const settleMs = 1000;

export function createTaskRunner(options: TaskRunnerOptions): TaskRunner {
  const { store, clock, log } = options;
  const kinds = new Map<string, TaskKind>();
  const lives = new Map<string, Live>();
  const locks = new LockQueue();
  const slots = new RunSlots(options.maxRunning ?? 64);
  const shuttingDown = new AbortController();
  const cutOff = new AbortController();
  const newest = store.list({ limit: 1 }).tasks[0];
  const nextPstart = createPstartSource(() => clock.now(), newest && readUpid(newest.upid)?.pstart);
  const pid = options.pid ?? process.pid;
  const never = new AbortController().signal;

  const around: RunSurroundings = {
    clock,
    log,
    onBoundary: options.onBoundary ?? (() => {}),
    shuttingDown: shuttingDown.signal,
    cutOff: cutOff.signal,
    takeLocks: (run, wanted, signal, wait) =>
      takeFurtherLocks({ locks, ancestorsOf, waitText }, run.journal, wanted, signal, wait),
  };
  /** A listener's failure is not the task's. */
  const tell = (call: () => void) => {
    try {
      call();
    } catch (error) {
      log.error({ err: error }, 'a listener of tasks failed');
    }
  };
  const listener: JournalListener = {
    changed: (record) => tell(() => options.onChange?.(record)),
    logged: (upid, lines) => tell(() => options.onLog?.(upid, lines)),
    failed: (upid, error) =>
      log.warn({ upid, detail: asAppError(error).detail }, 'a task log could not be stored'),
  };

  function ancestorsOf(record: TaskRecord): Set<string> {
    const found = new Set<string>();
    for (let parent = record.parent; parent !== undefined && !found.has(parent); ) {
      found.add(parent);
      parent = lives.get(parent)?.run.journal.record.parent;
    }
    return found;
  }

  /** Of the task that is waited for: its name, whose it is, and since when it is at it. */
  function detailsOf(upid: string): string {
    const record = lives.get(upid)?.run.journal.record;
    if (!record) return '';
    const since = new Date(record.startedAt ?? record.createdAt).toISOString();
    return ` (task ${upid} of ${record.requester}, since ${since})`;
  }

  const waitText = (lock: LockRef, holder: string, owner: string) =>
    `${describeLock(lock)}, in use by "${holder}"${detailsOf(owner)}`;

  /** Waits for locks and for a slot; what it returns gives them back. */
  async function enter(run: TaskRun, mode: Mode): Promise<() => void> {
    const { journal, kind } = run;
    const signal = mode.action === 'unwind' ? never : run.cancelSignal;
    const releaseLocks = await locks.acquire({
      owner: journal.record.upid,
      description: journal.record.description,
      locks: kind.locks(run.params),
      ancestors: ancestorsOf(journal.record),
      signal: AbortSignal.any([signal, cutOff.signal]),
      onWait: (lock, holder, owner) => {
        const waitingFor = waitText(lock, holder, owner);
        journal.change(mode.action === 'start' ? { state: 'waiting-for-lock', waitingFor } : { waitingFor });
        journal.commitIfPossible();
      },
    });
    if (mode.action !== 'start' || journal.record.parent !== undefined) return releaseLocks;
    try {
      const releaseSlot = await slots.take(AbortSignal.any([run.cancelSignal, cutOff.signal]));
      return () => {
        releaseSlot();
        releaseLocks();
      };
    } catch (error) {
      releaseLocks();
      throw error;
    }
  }

  async function drive(live: () => Live, mode: Mode): Promise<TaskRecord> {
    const { run } = live();
    const { journal } = run;
    const { upid } = journal.record;
    let leave = () => {};
    try {
      try {
        // Told now, awaited later: the place in the queues must be taken before anything is waited for.
        const created = mode.action === 'start' ? run.boundary('created') : undefined;
        created?.catch(() => {});
        leave = await enter(run, mode);
        await created;
      } catch (error) {
        await run.fail(error);
        return journal.record;
      }
      if (shuttingDown.signal.aborted && !live().begun) journal.freeze();
      live().begun = true;
      if (journal.frozen) throw new Halted();
      if (mode.action === 'start') await run.fromStart();
      else await goOn(run, mode);
      return journal.record;
    } catch (error) {
      if (!(error instanceof Halted)) log.error({ upid, err: error }, 'the task runner failed');
      throw new AppError('unavailable', 'The daemon is stopping.');
    } finally {
      leave();
      lives.delete(upid);
    }
  }

  /** A task of a former life, once it has its locks. Its children come first: they built upon what it did. */
  async function goOn(run: TaskRun, plan: RecoveryPlan): Promise<void> {
    const { journal } = run;
    const children = [...lives.values()].filter(
      (other) => other.run.journal.record.parent === journal.record.upid,
    );
    await Promise.allSettled(children.map((child) => child.done));
    journal.change({ waitingFor: undefined });
    if (plan.action === 'resume') {
      journal.log('the daemon was restarted; going on');
      journal.change({ state: 'running', startedAt: journal.record.startedAt ?? clock.now() });
      if (plan.begun) await run.forward();
      else await run.fromStart();
    } else {
      if (plan.action === 'unwind') journal.log('the daemon was restarted; undoing what this task had begun');
      await run.unwind(plan.ending);
    }
  }

  /** Puts a task among the living and sets it going; its place in the lock queues is taken when this returns. */
  function live(run: TaskRun, mode: Mode): Live {
    const entry: { -readonly [K in keyof Live]: Live[K] } = { run, begun: false, done: undefined as never };
    lives.set(run.journal.record.upid, entry);
    entry.done = drive(() => entry, mode);
    // Nobody has to wait for a task.
    entry.done.catch(() => {});
    return entry;
  }

  function create(kind: TaskKind, params: unknown, paramsJson: string, { requester, parent }: StartOptions) {
    const createdAt = clock.now();
    const objectId = kind.objectId(params);
    const record: TaskRecord = {
      upid: renderUpid({
        node: options.node,
        pid,
        pstart: nextPstart(),
        starttime: Math.floor(createdAt / 1000),
        type: kind.type,
        id: objectId,
        user: requester,
      }),
      node: options.node,
      type: kind.type,
      objectId,
      requester,
      parent,
      description: kind.describe(params),
      cancellable: kind.cancellable,
      state: 'queued',
      progress: undefined,
      createdAt,
      startedAt: undefined,
      endedAt: undefined,
      exitStatus: undefined,
      errorCode: undefined,
      waitingFor: undefined,
      warnings: 0,
    };
    kind.locks(params); // a kind that cannot tell its locks fails here, not later
    const id = store.create({ ...record, paramsJson });
    listener.changed(record);
    return new TaskRun(new TaskJournal(store, listener, { id, record }), kind, params, around);
  }

  function revive(task: UnendedTask): { upid: string; plan: RecoveryPlan; entry: Live } {
    const { upid } = task.record;
    let known = kinds.get(task.record.type);
    let plan = planRecovery(task, known);
    const journal = new TaskJournal(store, listener, task);
    let params: unknown;
    try {
      params = JSON.parse(task.paramsJson);
      if (known?.way) {
        known = known.way(params);
        plan = planRecovery(task, known);
      }
      journal.state();
      known?.locks(params);
    } catch (error) {
      log.error({ upid, err: error }, 'a stored task cannot be read');
      const exitStatus = 'interrupted; what was stored of it cannot be read';
      plan = { action: 'end', ending: { state: 'interrupted', exitStatus, errorCode: 'internal' } };
    }
    const kind = known && plan.action !== 'end' ? known : inert(task.record.type);
    const run = new TaskRun(journal, kind, params, around);
    log.info({ upid, action: plan.action }, 'task of a former life');
    return { upid, plan, entry: live(run, plan) };
  }

  /** Children first, as far as they can be cancelled. */
  function cancelFamily({ run, begun }: Live): void {
    const { journal, kind } = run;
    if (isEnded(journal.record) || journal.unwindingTo || (begun && !kind.cancellable) || run.final) return;
    for (const other of lives.values()) {
      if (other.run.journal.record.parent === journal.record.upid) cancelFamily(other);
    }
    journal.change({ state: 'cancelling', waitingFor: undefined });
    journal.commit(true);
    run.cancel();
  }

  /** Resolves with `promise`, or after `ms` at the latest. */
  async function atMost(ms: number, promise: Promise<unknown>): Promise<void> {
    const enough = new AbortController();
    await Promise.race([promise, clock.sleep(ms, enough.signal).catch(() => {})]);
    enough.abort();
  }

  function freeze(): void {
    shuttingDown.abort();
    for (const { run } of lives.values()) run.journal.freeze();
  }

  return {
    register(kind) {
      if (kinds.has(kind.type))
        throw new AppError('internal', `task kind '${kind.type}' is registered twice`);
      if (new Set(kind.steps.map((step) => step.name)).size !== kind.steps.length) {
        throw new AppError('internal', `task kind '${kind.type}' has two steps of one name`);
      }
      kinds.set(kind.type, kind as TaskKind);
    },

    async start(kindOrType, params, startOptions) {
      const type = typeof kindOrType === 'string' ? kindOrType : kindOrType.type;
      const kind = kinds.get(type);
      if (!kind) throw new AppError('internal', `task kind '${type}' is not registered`);
      if (shuttingDown.signal.aborted) throw new AppError('unavailable', 'The daemon is stopping.');
      // Through JSON at once, so that a task never sees more than it would after a restart.
      const paramsJson = JSON.stringify(params ?? null);
      const given: unknown = JSON.parse(paramsJson);
      const run = create(kind.way?.(given) ?? kind, given, paramsJson, startOptions);
      live(run, { action: 'start' });
      return run.journal.record.upid;
    },

    async wait(upid) {
      const entry = lives.get(upid);
      if (entry) return entry.done;
      const record = store.read(upid);
      if (!record || !isEnded(record)) throw notFound('task', upid);
      return record;
    },

    async cancel(upid) {
      const entry = lives.get(upid);
      if (!entry) {
        if (!store.read(upid)) throw notFound('task', upid);
        return;
      }
      const { journal, kind } = entry.run;
      if (isEnded(journal.record) || journal.unwindingTo) return;
      if (entry.begun && !kind.cancellable) {
        throw new AppError('unsupported', 'This task cannot be cancelled once it runs.');
      }
      if (entry.run.final)
        throw new AppError('unsupported', 'This task cannot be cancelled any more: it is past the way back.');
      cancelFamily(entry);
    },

    async recover() {
      const unended = store.unended().filter((task) => !lives.has(task.record.upid));
      // Those that had begun held their locks: they get them before those that only waited.
      const had = (task: UnendedTask) => (task.steps.length > 0 ? 0 : 1);
      const revived = unended.sort((a, b) => had(a) - had(b)).map(revive);
      const of = (action: RecoveryPlan['action']) => revived.filter(({ plan }) => plan.action === action);
      await Promise.allSettled([...of('end'), ...of('unwind')].map(({ entry }) => entry.done));
      const upids = (action: RecoveryPlan['action']) => of(action).map(({ upid }) => upid);
      return { ended: upids('end'), unwound: upids('unwind'), resumed: upids('resume') };
    },

    async stop({ graceMs }) {
      shuttingDown.abort();
      for (const { run, begun } of lives.values()) if (!begun) run.journal.freeze();
      const running = [...lives.values()].filter((entry) => entry.begun).map((entry) => entry.done);
      const allEnded = Promise.allSettled(running);
      await atMost(graceMs, allEnded);
      const left = lives.size;
      freeze();
      cutOff.abort();
      await atMost(settleMs, allEnded);
      return left;
    },

    freeze,

    get idle() {
      return lives.size === 0 && locks.idle;
    },
  };
}
