// What a backup needs of a guest, whatever its kind: what is to be read, how it comes to stand there readable, and how it goes on after.
import type { AppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { GuestKind } from '../../guests/config/guest-document.ts';
import type { TaskContext } from '../../tasks/task.ts';
import type { BackupOptions } from './backup-options.ts';

/** What is known before anything is done. Plain JSON: it is kept with the task. */
export interface SourcePlan {
  /** The guest's own name; `VM 100` where it has none. */
  readonly guestName: string;
  /** Its processors went, stood, or it was off. */
  readonly state: 'running' | 'paused' | 'stopped';
}

/** `running`: it was off for the backup, and runs again. */
export interface OpenedSource {
  readonly restarted?: boolean;
}

/** The context of a step, with the words of the backup's log. */
export type SourceContext = TaskContext;

/**
 * One for each kind of guest. All calls but `plan` are repeatable; what undoes something also does when that never began or broke off
 * half-way, by the plan alone.
 */
export interface GuestSource<
  Plan extends SourcePlan = SourcePlan,
  Opened extends OpenedSource = OpenedSource,
> {
  readonly kind: GuestKind;
  /** `wrong-state`, `not-found`: what keeps it from being backed up. Changes nothing. */
  check(vmid: number): Promise<void>;
  /** Reads what there is, and tells it in the log. Changes nothing. */
  plan(context: SourceContext, vmid: number, options: BackupOptions): Promise<Plan>;
  /** For mode `stop`: it is shut down. */
  bringDown(context: SourceContext, vmid: number, options: BackupOptions, plan: Plan): Promise<void>;
  /** The way back of that: it runs again if it is off. `wasDown`: it had gone down; else it may still be about to. */
  bringUp(context: SourceContext, vmid: number, plan: Plan, wasDown: boolean): Promise<void>;
  /** Makes it readable as of one moment. From then on a VM runs again; a container where its volumes have snapshots. */
  open(context: SourceContext, vmid: number, options: BackupOptions, plan: Plan): Promise<Opened>;
  /** Takes away what was made for reading; a guest that was held for it goes on. */
  close(context: SourceContext, vmid: number, plan: Plan, opened: Partial<Opened> | undefined): Promise<void>;
  /** Tells why reading cannot go on, until the returned function is called. */
  watch(vmid: number, opened: Opened, listener: (problem: AppError) => void): () => void;
  /** Writes the archive; its own process does the work. Rejects when the signal aborts, once that process is gone. */
  write(context: WorkContext, job: ArchiveJob<Plan, Opened>): Promise<WrittenBytes>;
}

export interface ArchiveJob<Plan, Opened> {
  readonly vmid: number;
  readonly options: BackupOptions;
  readonly plan: Plan;
  readonly opened: Opened;
  readonly archive: { readonly path: string; readonly name: string };
  /** Random, of this archive. */
  readonly uuid: string;
  /** When it is from, in seconds since the epoch. */
  readonly ctime: number;
  /** In bytes; called now and then. */
  onProgress(progress: ArchiveProgress): void;
}

export interface ArchiveProgress extends WrittenBytes {
  readonly totalBytes: number;
}

export interface WrittenBytes {
  readonly archiveBytes: number;
  readonly processedBytes: number;
  readonly zeroBytes: number;
}
