// Unpacked templates (volumes of guest 0) that nobody needs any more: found by when they were used last, and removed.
import type { Storage } from '../../storage-plugins/plugin.ts';
import { asAppError, hasCode } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';

export const dayMs = 24 * 3600 * 1000;
const unusedBaseMs = 30 * dayMs;
/** An unpacking that did not end within a day never will. */
const unfinishedMs = dayMs;

/**
 * Removes bases of guest 0 that were not cloned for 30 days and have no clones, and what never became a base. Plugins tell of guest 0's
 * volumes when they were used last as `createdAt`. Answers volume ids; a storage that fails is logged and left.
 */
export async function sweepTemplateBases(
  storages: readonly { readonly id: string; readonly storage: Storage }[],
  nowMs: number,
  log: Logger,
): Promise<string[]> {
  const removed: string[] = [];
  for (const { id, storage } of storages) {
    try {
      for (const volume of await storage.list(quietContext(), { contents: ['rootdir', 'images'], vmid: 0 })) {
        const ageMs = nowMs - volume.createdAt * 1000;
        const isBase = volume.name.startsWith('0/base-');
        if (ageMs < (isBase ? unusedBaseMs : unfinishedMs)) continue;
        if (await removeUnlessUsed(storage, volume.name)) removed.push(`${id}:${volume.name}`);
      }
    } catch (error) {
      log.warn({ storage: id, problem: asAppError(error).message }, 'unused templates were not removed');
    }
  }
  if (removed.length > 0) log.info({ removed }, 'removed templates that were not used for long');
  return removed;
}

async function removeUnlessUsed(storage: Storage, name: string): Promise<boolean> {
  try {
    await storage.remove(quietContext(), name);
    return true;
  } catch (error) {
    if (hasCode(error, 'busy') || hasCode(error, 'wrong-state')) return false;
    throw error;
  }
}
