// Hook scripts: a file of a storage, named by the option `hookscript`, that this node runs before and after a guest's start and stop.
import { AppError, asAppError, invalidInput } from '../core/errors.ts';
import { quietContext, type WorkContext } from '../core/work-context.ts';
import type { VmConfig } from './config/config-keys.ts';
import { attachVolume, detachVolume, type GuestStorages, volumeInfo } from './guest-volumes.ts';
import { type RunHookProcess, runHookProcess } from './hook-scripts-process.ts';

/** The API's words, the script's second argument. */
export type HookPhase = 'pre-start' | 'post-start' | 'pre-stop' | 'post-stop';

/** Where a script's words go; a task's context is one. */
export interface HookContext extends WorkContext {
  warn(line: string): void;
}

export interface HookScripts {
  /**
   * Runs `[script, vmid, phase]` as root if the configuration names a script; what it prints is logged line by line. Rejects only
   * for `pre-start`, which keeps the guest from starting; what fails in another phase is a warning, as with the API's peers.
   */
  run(context: HookContext, vmid: number, phase: HookPhase, config: VmConfig): Promise<void>;
}

/** Milliseconds that a script has for one phase. */
const limitMs = 600_000;
const checkLimitMs = 20_000;

export function createHookScripts(
  storages: GuestStorages,
  /** Default: the real one. */
  runProcess: RunHookProcess = runHookProcess,
): HookScripts {
  async function runScript(context: HookContext, volume: string, vmid: number, phase: HookPhase) {
    await assertSnippet(storages, context, volume);
    const attachment = await attachVolume(storages, context, volume);
    try {
      if (attachment.kind !== 'file')
        throw new AppError('unsupported', `'${volume}' is not a file that this node can run`);
      context.log(`hook script ${volume}, ${phase}`);
      await runProcess(attachment.path, [String(vmid), phase], {
        ...{ signal: context.signal, timeoutMs: limitMs },
        // Marked, so that no script can end its task's log in the daemon's own words.
        onLine: (line) => context.log(`hook: ${line}`),
      });
    } finally {
      await detachVolume(storages, quietContext(), volume);
    }
  }

  return {
    async run(context, vmid, phase, config) {
      const volume = String(config['hookscript'] ?? '');
      if (volume === '') return;
      try {
        await runScript(context, volume, vmid, phase);
      } catch (error) {
        const { code, message, detail } = asAppError(error);
        const text = `hookscript error for ${vmid} on ${phase}: ${message}`;
        if (phase === 'pre-start')
          throw new AppError(code, text, { cause: error, ...(detail === undefined ? {} : { detail }) });
        context.warn(text);
      }
    },
  };
}

/**
 * `invalid-input` about `hookscript` unless it is as it was, or names a file of content `snippets` that is there. Whether the file can
 * be run is seen when it is.
 */
export async function checkHookScript(
  storages: GuestStorages,
  change: { readonly config: VmConfig; readonly changedKeys: readonly string[] },
): Promise<void> {
  const volume = change.config['hookscript'];
  if (volume === undefined || !change.changedKeys.includes('hookscript')) return;
  try {
    await assertSnippet(storages, quietContext(AbortSignal.timeout(checkLimitMs)), String(volume));
  } catch (error) {
    const known = error instanceof AppError;
    throw invalidInput({ hookscript: known ? error.message : `volume '${volume}' cannot be read` });
  }
}

async function assertSnippet(storages: GuestStorages, context: WorkContext, volume: string): Promise<void> {
  const { content } = await volumeInfo(storages, context, volume);
  if (content !== 'snippets')
    throw new AppError('invalid-input', `'${volume}' is not in the snippets directory`);
}
