// What is known of one running task, and its way to the disk: record, steps, state and log, written together.

import type { ByteProgress } from '../core/work-context.ts';
import { logLines } from './log-line.ts';
import type { TaskLogLine, TaskRecord } from './task.ts';
import type { Ending, StepRow, StepStatus, TaskStore } from './task-store.ts';

/** Told after each commit, never before. */
export interface JournalListener {
  changed(record: TaskRecord): void;
  logged(upid: string, lines: readonly TaskLogLine[]): void;
  /** A commit of log lines or progress failed; it is tried again with the next one. */
  failed(upid: string, error: unknown): void;
}

export interface JournalStart {
  readonly id: number;
  readonly record: TaskRecord;
  readonly stateJson?: string;
  readonly unwindingTo?: Ending | undefined;
  readonly steps?: readonly StepRow[];
  readonly logLines?: number;
}

const flushAfterMs = 100;
const maxLines = 10_000;

export class TaskJournal {
  readonly id: number;
  readonly #store: TaskStore;
  readonly #listener: JournalListener;
  /** By name; `number` is the place in the order in which they were begun. */
  readonly #steps = new Map<string, StepRow>();
  #changedSteps = new Set<string>();
  #record: TaskRecord;
  #told: TaskRecord;
  #stateJson: string;
  #unwindingTo: Ending | undefined;
  #lines: TaskLogLine[] = [];
  #lineCount: number;
  #timer: NodeJS.Timeout | undefined;
  #frozen = false;

  constructor(store: TaskStore, listener: JournalListener, start: JournalStart) {
    this.#store = store;
    this.#listener = listener;
    this.id = start.id;
    this.#record = this.#told = Object.freeze(start.record);
    this.#stateJson = start.stateJson ?? '{}';
    this.#unwindingTo = start.unwindingTo;
    this.#lineCount = start.logLines ?? 0;
    for (const step of start.steps ?? []) this.#steps.set(step.name, step);
  }

  get record(): TaskRecord {
    return this.#record;
  }

  get unwindingTo(): Ending | undefined {
    return this.#unwindingTo;
  }

  /** True once nothing is written any more. */
  get frozen(): boolean {
    return this.#frozen;
  }

  /** In the order they were begun. */
  steps(): StepRow[] {
    return [...this.#steps.values()].sort((a, b) => a.number - b.number);
  }

  /** A fresh copy of what the steps returned so far. */
  state(): Record<string, unknown> {
    return JSON.parse(this.#stateJson) as Record<string, unknown>;
  }

  change(patch: Partial<TaskRecord>): void {
    this.#record = Object.freeze({ ...this.#record, ...patch });
  }

  mergeState(part: object): void {
    this.#stateJson = JSON.stringify({ ...this.state(), ...part });
  }

  setStep(name: string, status: StepStatus): void {
    const number = this.#steps.get(name)?.number ?? this.#steps.size;
    this.#steps.set(name, { number, name, status });
    this.#changedSteps.add(name);
  }

  beginUnwinding(ending: Ending): void {
    this.#unwindingTo = ending;
  }

  /** Adds lines; they reach the disk and the listeners within 100 ms. A full log takes no more. */
  log(text: string): void {
    for (const line of logLines(text)) {
      if (this.#lineCount > maxLines) return;
      this.#add(this.#lineCount === maxLines ? '(this log is full; further lines are left out)' : line);
    }
    this.#flushSoon();
  }

  warn(text: string): void {
    this.change({ warnings: this.#record.warnings + 1 });
    this.log(`WARN: ${text}`);
  }

  /** Stored and told within 100 ms. */
  progress(fraction: number, bytes?: ByteProgress): void {
    if (!Number.isFinite(fraction)) return;
    this.change({ progress: Math.min(1, Math.max(0, fraction)), bytes });
    this.#flushSoon();
  }

  /** The line that says how it ended; it finds room in a full log too. */
  lastLine(text: string): void {
    this.#add(text);
  }

  /** Writes everything that is new; throws when it cannot, and keeps it for the next time. */
  commit(durable: boolean): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#frozen) return;
    const steps = [...this.#changedSteps].map((name) => this.#steps.get(name)!);
    const lines = this.#lines;
    this.#store.commit(
      {
        id: this.id,
        record: this.#record,
        stateJson: this.#stateJson,
        unwindingTo: this.#unwindingTo,
        steps,
        newLines: lines,
        logLines: this.#lineCount,
      },
      durable,
    );
    this.#changedSteps = new Set();
    this.#lines = [];
    if (lines.length > 0) this.#listener.logged(this.#record.upid, lines);
    if (this.#told !== this.#record) {
      this.#told = this.#record;
      this.#listener.changed(this.#record);
    }
  }

  /** Writes what need not be durable; what cannot be written now is kept for the next time. */
  commitIfPossible(): void {
    try {
      this.commit(false);
    } catch (error) {
      this.#listener.failed(this.#record.upid, error);
    }
  }

  /** From now on nothing is written, as if the process had ended. */
  freeze(): void {
    this.#frozen = true;
    clearTimeout(this.#timer);
  }

  #add(text: string): void {
    this.#lineCount++;
    this.#lines.push({ number: this.#lineCount, text });
  }

  #flushSoon(): void {
    if (this.#frozen || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.commitIfPossible(), flushAfterMs);
    this.#timer.unref();
  }
}
