// Taking keys out of a container's configuration: mount points leave their volume behind as an unused one.
import { ctDeviceCounts } from '../../../contract/lxc-options.ts';
import { invalidInput } from '../../../core/errors.ts';
import type { ConfigValue } from '../../config/config-keys.ts';
import { splitCtKey } from './ct-keys.ts';
import { ctVolumeAt } from './ct-volumes-in-use.ts';

export type CtDraft = Map<string, ConfigValue>;

/** A volume taken off its mount point. It stays, and is now an unused one. */
export interface DetachedCtVolume {
  readonly key: string;
  readonly unusedKey: string;
  readonly volume: string;
}

export function draftVolume(draft: CtDraft, key: string): string | undefined {
  const value = draft.get(key);
  return value === undefined ? undefined : ctVolumeAt({ [key]: value }, key);
}

/** Writes a volume down as unused, once; returns under which key. */
export function addCtUnused(draft: CtDraft, volume: string): string {
  for (let index = 0; index < ctDeviceCounts.unused; index += 1) {
    const key = `unused${index}`;
    if (draft.get(key) === volume) return key;
    if (draft.has(key)) continue;
    draft.set(key, volume);
    return key;
  }
  throw invalidInput({ unused0: 'too many unused volumes: remove some first' });
}

/** A volume that came back to a mount point is not unused any more. */
export function forgetCtUnused(draft: CtDraft, volume: string): void {
  for (const [key, value] of draft) {
    if (splitCtKey(key)?.base === 'unused' && value === volume) draft.delete(key);
  }
}

/** Takes a key out. Its volume becomes an unused one; with `force`, or of an unused one, it is to be removed. */
export function letCtGo(
  draft: CtDraft,
  key: string,
  force: boolean,
  detached: DetachedCtVolume[],
  removals: string[],
): void {
  const volume = draftVolume(draft, key);
  draft.delete(key);
  if (volume === undefined) return;
  if (force || splitCtKey(key)?.base === 'unused') removals.push(volume);
  else detached.push({ key, unusedKey: addCtUnused(draft, volume), volume });
}
