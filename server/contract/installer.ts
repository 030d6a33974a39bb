// The installer as the daemon sees it. All data are plain, so that it can move into a process of its own.
import type { WorkContext } from '../core/work-context.ts';
import type { InstallCheck, MachineFactsReply } from './appliance.ts';

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

/** `Job`: what the installer itself knows of a job; to the daemon it is an `InstallJob`. */
export interface Installer<Job extends InstallJob = InstallJob> {
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
  accept(answers: string, confirm: string, signal: AbortSignal): Promise<Job>;
  /** Rejects when the job cannot be done now: secrets gone, disks changed or in use. Changes nothing. */
  requireReady(job: Job): Promise<void>;
  /** Runs one step; repeatable. `context.progress` is of this step alone. */
  runStep(name: string, context: WorkContext, job: Job): Promise<void>;
  /** The way back, from wherever it was: nothing open, nothing half-bootable, no secrets. Repeatable. */
  abandon(context: WorkContext, job: Job): Promise<void>;
  /** The secrets go; how far it went is still known. Repeatable. */
  forget(job: Job): Promise<void>;
  /** Nothing of it is needed any more: for the end of its task, however it came. Repeatable. */
  finish(job: Job): Promise<void>;
  /** For the daemon's start, before tasks are recovered: secrets of a former life go. */
  sweep(): Promise<void>;
}
