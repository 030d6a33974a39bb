// The program of `script`, which is called at each stage of a backup, with what it finds in its environment: as vzdump calls it.

import { AppError, asAppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { GuestKind } from '../../guests/config/guest-document.ts';
import type { RunHookProcess } from '../../guests/hook-scripts-process.ts';
import type { BackupMode, BackupOptions } from './backup-options.ts';

/** Of a whole run, whatever its guests. */
export type JobPhase = 'job-init' | 'job-start' | 'job-end' | 'job-abort';
/** Of one guest. */
export type GuestPhase =
  | 'backup-start'
  | 'backup-end'
  | 'backup-abort'
  | 'log-end'
  | 'pre-stop'
  | 'pre-restart'
  | 'post-restart';

export interface HookFacts {
  readonly storage: string | null;
  /** Where the archives are; undefined where that is no folder of this node. */
  readonly folder: string | undefined;
}

export interface GuestHookFacts extends HookFacts {
  readonly kind: GuestKind;
  readonly vmid: number;
  readonly mode: BackupMode;
  /** The guest's own name. */
  readonly hostName: string;
  /** Of the archive, from `backup-end` on. */
  readonly target?: string | undefined;
  /** Of its log, in `log-end`. */
  readonly logFile?: string | undefined;
}

/** All values plain: a guest's name is its owner's word. */
export function hookEnvironment(facts: HookFacts | GuestHookFacts): Record<string, string> {
  const environment: Record<string, string> = {};
  const set = (key: string, value: string | null | undefined) => {
    if (value !== null && value !== undefined) environment[key] = value.replaceAll('\0', '');
  };
  set('STOREID', facts.storage);
  set('DUMPDIR', facts.folder);
  if (!('vmid' in facts)) return environment;
  set('VMTYPE', facts.kind);
  set('HOSTNAME', facts.hostName);
  set('TARGET', facts.target);
  set('TARFILE', facts.target);
  set('LOGFILE', facts.logFile);
  return environment;
}

/** Milliseconds for one phase: scripts wake machines, mount disks, send archives away. */
const limitMs = 3 * 3_600_000;

export interface BackupHooks {
  /** Rejects with `command-failed` when it fails. */
  job(context: WorkContext, options: BackupOptions, phase: JobPhase, facts: HookFacts): Promise<void>;
  guest(
    context: WorkContext,
    options: BackupOptions,
    phase: GuestPhase,
    facts: GuestHookFacts,
  ): Promise<void>;
}

/** Without a script they do nothing. */
export function createBackupHooks(run: RunHookProcess): BackupHooks {
  const call = async (
    context: WorkContext,
    { script }: BackupOptions,
    args: readonly string[],
    environment: Record<string, string>,
  ) => {
    if (script === null) return;
    const [phase = ''] = args;
    try {
      await run(script, args, {
        ...{ signal: context.signal, timeoutMs: limitMs, environment },
        onLine: (line) => context.log(`hook: ${line}`),
      });
    } catch (error) {
      const { code, message, detail } = asAppError(error);
      throw new AppError(code, `script failed at ${phase}: ${message}`, {
        cause: error,
        ...(detail === undefined ? {} : { detail }),
      });
    }
  };
  return {
    job: (context, options, phase, facts) => call(context, options, [phase], hookEnvironment(facts)),
    guest: (context, options, phase, facts) =>
      call(context, options, [phase, facts.mode, String(facts.vmid)], hookEnvironment(facts)),
  };
}
