// Taking keys out of a container's configuration: mount points leave their volume behind as an unused one.
import {
  addUnused,
  type ConfigDraft,
  type DetachedVolume,
  isUnusedKey,
} from '../../config/unused-volumes.ts';
import { ctVolumeAt } from './ct-volumes-in-use.ts';

export function draftVolume(draft: ConfigDraft, key: string): string | undefined {
  const value = draft.get(key);
  return value === undefined ? undefined : ctVolumeAt({ [key]: value }, key);
}

/** Takes a key out. Its volume becomes an unused one; with `force`, or of an unused one, it is to be removed. */
export function letCtGo(
  draft: ConfigDraft,
  key: string,
  force: boolean,
  detached: DetachedVolume[],
  removals: string[],
): void {
  const volume = draftVolume(draft, key);
  draft.delete(key);
  if (volume === undefined) return;
  if (force || isUnusedKey(key)) removals.push(volume);
  else detached.push({ key, unusedKey: addUnused(draft, volume), volume });
}
