// Volumes that a guest has and does not use: written down as `unused0`, `unused1`, ... until they come back or are removed.
import { deviceCounts } from '../../contract/qemu-options.ts';
import { invalidInput } from '../../core/errors.ts';
import type { ConfigValue } from './config-keys.ts';

/** A configuration while it is being changed. */
export type ConfigDraft = Map<string, ConfigValue>;

/** A volume taken off the key that used it. It stays, and is now an unused one. */
export interface DetachedVolume {
  readonly key: string;
  readonly unusedKey: string;
  readonly volume: string;
}

/** As many for containers. */
const mostUnused = deviceCounts.unused;

export function isUnusedKey(key: string): boolean {
  const number = /^unused(0|[1-9]\d*)$/.exec(key)?.[1];
  return number !== undefined && Number(number) < mostUnused;
}

/** Writes a volume down as unused, once; returns under which key. */
export function addUnused(draft: ConfigDraft, volume: string): string {
  for (let index = 0; index < mostUnused; index += 1) {
    const key = `unused${index}`;
    if (draft.get(key) === volume) return key;
    if (draft.has(key)) continue;
    draft.set(key, volume);
    return key;
  }
  throw invalidInput({ unused0: 'too many unused volumes: remove some first' });
}

/** A volume that is used again is not unused any more. */
export function forgetUnused(draft: ConfigDraft, volume: string): void {
  for (const [key, value] of draft) if (isUnusedKey(key) && value === volume) draft.delete(key);
}
