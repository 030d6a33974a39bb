// The installer as the daemon sees it. All data are plain, so that it can move into a process of its own.
import type { MachineFactsReply } from '../contract/appliance.ts';
import type { WorkContext } from '../core/work-context.ts';

/** One installation that was decided and accepted: a task's parameters. Plain JSON without secrets. */
export interface InstallJob {
  /** Names the installation's secrets, which live in RAM until it ends. */
  readonly id: string;
  /** Names of the disks that are written to: `sda`. */
  readonly disks: readonly string[];
  /** Empty when an installation is kept with its name. */
  readonly hostname: string;
  readonly after: 'reboot' | 'poweroff' | 'none';
  // What else is in it is the installer's alone, and is handed back to it as it came.
}

export interface AnswerProblem {
  /** Dotted: `disk.devices`. */
  readonly key: string;
  /** From 1; 0 when the text has no such place. */
  readonly line: number;
  readonly message: string;
}

export interface InstallCheck {
  readonly problems: AnswerProblem[];
  /** What would be destroyed, in sentences. */
  readonly destroys: string[];
  readonly warnings: string[];
}

export interface Installer {
  /** In their order; names are stable, weights relative to each other. */
  readonly steps: readonly { readonly name: string; readonly weight: number }[];
  /** What is in the machine. Changes nothing. */
  facts(signal: AbortSignal): Promise<MachineFactsReply>;
  /** Problems instead of errors. Changes nothing. `answers` may hold a password: it is not kept. */
  check(answers: string, signal: AbortSignal): Promise<InstallCheck>;
  /**
   * Decides what will be done and keeps the secrets for it. `invalid-input` at `answers` with all problems, or at `confirm`
   * when it does not name the very disks. Who does not run the job must `finish` it.
   */
  accept(answers: string, confirm: string, signal: AbortSignal): Promise<InstallJob>;
  /** Rejects when the job cannot be done now: secrets gone, disks changed or in use. Changes nothing. */
  requireReady(job: InstallJob): Promise<void>;
  /** Runs one step; repeatable. `context.progress` is of this step alone. */
  runStep(name: string, context: WorkContext, job: InstallJob): Promise<void>;
  /** The way back, from wherever it was: nothing open, nothing half-bootable, no secrets. Repeatable. */
  abandon(context: WorkContext, job: InstallJob): Promise<void>;
  /** The secrets go; how far it went is still known. Repeatable. */
  forget(job: InstallJob): Promise<void>;
  /** Nothing of it is needed any more: for the end of its task, however it came. Repeatable. */
  finish(job: InstallJob): Promise<void>;
  /** For the daemon's start, before tasks are recovered: secrets of a former life go. */
  sweep(): Promise<void>;
}
