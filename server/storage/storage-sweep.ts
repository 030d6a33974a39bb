// What a crash of the daemon, or of a storage's process, left behind on the storages.
import { asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';
import type { OpenStorages } from './open-storages.ts';
import type { StorageConfig } from './storage-config.ts';

export interface SweepParts {
  readonly opened: OpenStorages;
  readonly log: Logger;
}

/** Imports that the texts of `keep` mention stay. Answers whether it worked; what the storage refuses is logged. Never rejects. */
export async function sweepStorage(
  { opened, log }: SweepParts,
  config: StorageConfig,
  keep: () => readonly string[],
): Promise<boolean> {
  if (opened.refusal(config) !== undefined) return false;
  try {
    const removed = await opened.get(config).sweep(quietContext(), keep());
    if (removed.length > 0) log.info({ storage: config.id, removed }, 'removed what a crash had left');
    return true;
  } catch (error) {
    log.warn({ storage: config.id, problem: asAppError(error).message }, 'storage was not cleaned');
    return false;
  }
}
