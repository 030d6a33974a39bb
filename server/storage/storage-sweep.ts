// What a crash of the daemon left behind on the storages, removed at its start.
import { asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';
import type { OpenStorages } from './open-storages.ts';
import type { StorageConfig } from './storage-config.ts';

export interface SweepParts {
  readonly configs: readonly StorageConfig[];
  readonly opened: OpenStorages;
  readonly log: Logger;
}

/** On all at once; imports that `keep` mentions stay. What one storage refuses is logged. Never rejects. */
export async function sweepStorages(
  { configs, opened, log }: SweepParts,
  keep: readonly string[],
): Promise<void> {
  await Promise.all(
    configs.map(async (config) => {
      if (opened.refusal(config) !== undefined) return;
      try {
        const removed = await opened.get(config).sweep(quietContext(), keep);
        if (removed.length > 0) log.info({ storage: config.id, removed }, 'removed what a crash had left');
      } catch (error) {
        log.warn({ storage: config.id, problem: asAppError(error).message }, 'storage was not cleaned');
      }
    }),
  );
}
