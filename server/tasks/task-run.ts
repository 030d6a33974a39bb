// One task on its way through its steps, forwards and back.
import type { Clock } from '../core/clock.ts';
import { AppError, asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { BoundaryMoment, OnBoundary } from './crash-point.ts';
import { statusLine } from './log-line.ts';
import type { LockRef, TaskContext, TaskKind, TaskStep } from './task.ts';
import type { TaskJournal } from './task-journal.ts';
import type { Ending } from './task-store.ts';

export type TaskLogger = Pick<Logger, 'info' | 'warn' | 'error'>;

export interface RunSurroundings {
  readonly clock: Clock;
  readonly log: TaskLogger;
  readonly onBoundary: OnBoundary;
  /** The daemon is asked to stop. */
  readonly shuttingDown: AbortSignal;
  /** The daemon stops now: whatever runs is to end, and nothing is written any more. */
  readonly cutOff: AbortSignal;
  /** Waits for further locks of a task that runs; what it returns gives them back. */
  takeLocks(run: TaskRun, locks: readonly LockRef[], signal: AbortSignal, wait: boolean): Promise<() => void>;
}

/** Thrown to leave a task as it is on disk: the daemon is stopping, recovery goes on with it. */
export class Halted extends Error {}

const retryMs = 5000;

export class TaskRun {
  readonly journal: TaskJournal;
  readonly kind: TaskKind;
  readonly params: unknown;
  readonly #around: RunSurroundings;
  readonly #cancel = new AbortController();

  constructor(journal: TaskJournal, kind: TaskKind, params: unknown, around: RunSurroundings) {
    this.journal = journal;
    this.kind = kind;
    this.params = params;
    this.#around = around;
  }

  /** Aborts when the task is to be cancelled. */
  get cancelSignal(): AbortSignal {
    return this.#cancel.signal;
  }

  /** Has a step begun from which there is no way back? */
  get final(): boolean {
    const begun = new Set(this.journal.steps().map(({ name }) => name));
    return this.kind.steps.some((step) => step.final && begun.has(step.name));
  }

  /** Asks the steps to stop; what was done is then undone. Does nothing while it undoes already. */
  cancel(): void {
    if (!this.#cancel.signal.aborted) this.#cancel.abort(new AppError('cancelled', 'cancelled'));
  }

  async boundary(moment: BoundaryMoment, step = ''): Promise<void> {
    await this.#around.onBoundary({ upid: this.journal.record.upid, type: this.kind.type, step, moment });
    this.#haltWhenFrozen();
  }

  /** From the check through all steps to the end. Throws nothing but Halted. */
  async fromStart(): Promise<void> {
    const { journal } = this;
    try {
      this.#cancel.signal.throwIfAborted();
      journal.change({ state: 'running', startedAt: this.#around.clock.now(), waitingFor: undefined });
      journal.commit(false);
      await this.boundary('locked');
      await this.kind.check(this.params);
      await this.boundary('checked');
    } catch (error) {
      await this.fail(error);
      return;
    }
    await this.forward();
  }

  /** Runs the steps that are not done yet, then ends; undoes on failure. Throws nothing but Halted. */
  async forward(): Promise<void> {
    const { journal } = this;
    const done = new Set(journal.steps().flatMap((step) => (step.status === 'done' ? [step.name] : [])));
    let current: TaskStep<unknown, unknown> | undefined;
    try {
      for (const step of this.kind.steps) {
        if (done.has(step.name)) continue;
        this.#cancel.signal.throwIfAborted();
        // One commit stores the last step's result and this one's beginning. What may have to be undone must be known on disk
        // before it is begun; of the others a power cut may take the line, as nobody would do anything about them.
        journal.setStep(step.name, 'begun');
        const resumes = this.kind.afterCrash === 'resume' && !step.lossy;
        journal.commit(step.undo !== undefined || step.final === true || resumes);
        if (current) await this.boundary('after-save', current.name);
        current = step;
        await this.#runStep(step);
      }
      this.#cancel.signal.throwIfAborted();
    } catch (error) {
      this.#leaveForRecovery();
      await this.fail(error, current?.name);
      return;
    }
    const { warnings } = journal.record;
    if (warnings > 0) await this.#end('warnings', `WARNINGS: ${warnings}`);
    else await this.#end('ok', 'OK');
    if (current) await this.boundary('after-save', current.name).catch(this.#tooLate);
    await this.boundary('ended').catch(this.#tooLate);
  }

  /** Ends the task by an error, after undoing what was begun. */
  async fail(error: unknown, step?: string): Promise<void> {
    this.#haltWhenFrozen();
    const failure = asAppError(error);
    const { journal } = this;
    const cancelled = this.#cancel.signal.aborted;
    if (!cancelled || failure.code !== 'cancelled') this.#tell(failure, step);
    const text = textOf(failure);
    if (step !== undefined && !cancelled) journal.log(`step ${step} failed: ${text}`);
    await this.unwind(
      cancelled
        ? { state: 'cancelled', exitStatus: 'cancelled', errorCode: 'cancelled' }
        : { state: 'failed', exitStatus: statusLine(text) || 'failed', errorCode: failure.code },
    );
  }

  /** Undoes the begun steps, newest first, past failing ones, and ends as `ending` says. Throws nothing but Halted. */
  async unwind(ending: Ending): Promise<void> {
    const { journal } = this;
    const toUndo = journal.steps().filter((step) => step.status !== 'undone');
    if (toUndo.length > 0) {
      journal.beginUnwinding(ending);
      this.#commitAnyway();
    }
    const failed: string[] = [];
    for (const { name } of toUndo.reverse()) {
      const step = this.kind.steps.find((candidate) => candidate.name === name);
      if (await this.#undoStep(name, step)) journal.setStep(name, 'undone');
      else {
        journal.setStep(name, 'undo-failed');
        failed.push(name);
      }
      this.#commitAnyway();
    }
    const left = failed.length > 0 ? ` (could not undo: ${failed.join(', ')})` : '';
    await this.#end(ending.state, ending.exitStatus + left, ending.errorCode);
    await this.boundary('ended').catch(this.#tooLate);
  }

  async #runStep(step: TaskStep<unknown, unknown>): Promise<void> {
    await this.boundary('before-run', step.name);
    const signal = AbortSignal.any([this.#cancel.signal, this.#around.cutOff]);
    const result = await step.run(this.#context(signal), this.params, this.journal.state());
    await this.boundary('after-run', step.name);
    if (result) this.journal.mergeState(result);
    this.journal.setStep(step.name, 'done');
  }

  async #undoStep(name: string, step: TaskStep<unknown, unknown> | undefined): Promise<boolean> {
    const { journal } = this;
    try {
      if (step === undefined) throw new AppError('unsupported', 'this version does not know the step');
      await this.boundary('before-undo', name);
      if (step.undo) {
        journal.log(`undoing step ${name}`);
        await step.undo(this.#context(this.#around.cutOff), this.params, journal.state());
      }
      await this.boundary('after-undo', name);
      return true;
    } catch (error) {
      this.#haltWhenFrozen();
      const failure = asAppError(error);
      this.#tell(failure, name);
      journal.log(`could not undo step ${name}: ${failure.message}`);
      return false;
    }
  }

  async #end(
    state: 'ok' | 'warnings' | Ending['state'],
    exitStatus: string,
    errorCode?: AppError['code'],
  ): Promise<void> {
    const { journal } = this;
    const good = state === 'ok' || state === 'warnings';
    journal.change({
      state,
      exitStatus,
      errorCode,
      endedAt: this.#around.clock.now(),
      waitingFor: undefined,
      ...(good ? { progress: 1 } : {}),
    });
    journal.lastLine(`TASK ${good ? '' : 'ERROR: '}${exitStatus}`);
    // Its end must not get lost: a full disk is waited out.
    while (!this.#commitAnyway()) {
      await this.#around.clock.sleep(retryMs, this.#around.cutOff).catch(() => {});
      this.#haltWhenFrozen();
    }
  }

  /** A commit whose failure must not stop the way back; says whether it went well. */
  #commitAnyway(): boolean {
    this.#haltWhenFrozen();
    try {
      this.journal.commit(true);
      return true;
    } catch (error) {
      this.#tell(asAppError(error), undefined);
      return false;
    }
  }

  #context(signal: AbortSignal): TaskContext {
    const { journal } = this;
    return {
      upid: journal.record.upid,
      requester: journal.record.requester,
      signal,
      shuttingDown: this.#around.shuttingDown,
      log: (line) => journal.log(line),
      warn: (line) => journal.warn(line),
      progress: (fraction, bytes) => journal.progress(fraction, bytes),
      holding: async (locks, work, { wait = true } = {}) => {
        const release = await this.#around.takeLocks(this, locks, signal, wait);
        try {
          return await work();
        } finally {
          release();
        }
      },
    };
  }

  /** What throws because the daemon stops is not failed: a task that goes on after a restart is left for that. */
  #leaveForRecovery(): void {
    if (!this.#around.shuttingDown.aborted || this.#cancel.signal.aborted) return;
    if (this.kind.afterCrash !== 'resume' && !this.final) return;
    this.journal.commitIfPossible();
    this.journal.freeze();
  }

  #haltWhenFrozen(): void {
    if (this.journal.frozen) throw new Halted();
  }

  /** What comes after the end cannot change it any more. */
  readonly #tooLate = (error: unknown): void => {
    if (!(error instanceof Halted)) this.#tell(asAppError(error), undefined);
  };

  /** Tells the daemon's log what the task's own log must not hold. */
  #tell(failure: AppError, step: string | undefined): void {
    const { upid } = this.journal.record;
    const facts = { upid, step, code: failure.code, detail: failure.detail, cause: causeOf(failure) };
    if (failure.code === 'internal') this.#around.log.error(facts, `task failed: ${failure.message}`);
    else this.#around.log.warn(facts, `task failed: ${failure.message}`);
  }
}

/** With the keys at fault: a task has only its text to name them by. */
function textOf(failure: AppError): string {
  const fields = Object.entries(failure.fields ?? {}).map(([key, rule]) => `${key}: ${rule}`);
  const known = fields.length === 0 || fields.every((field) => failure.message.includes(field));
  return known ? failure.message : `${failure.message} ${fields.join('; ')}`;
}

function causeOf(failure: AppError): string | undefined {
  return failure.cause instanceof Error ? (failure.cause.stack ?? failure.cause.message) : undefined;
}
