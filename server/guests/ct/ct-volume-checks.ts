// Volumes that a request names: whether they are there, hold what they are used for, and are nobody else's.
import type { VolumeInfo } from '../../../storage-plugins/plugin.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { guestLabel } from '../config/guest-document.ts';
import { listGuests } from '../guest-documents.ts';
import { volumeInfo } from '../guest-volumes.ts';
import { volumesOf } from '../guest-volumes-in-use.ts';
import type { CtConfigChange } from './config/merge-ct-change.ts';
import type { CtTaskParts } from './ct-task-parts.ts';

type CheckParts = Pick<CtTaskParts, 'store' | 'storages'>;
const limitMs = 20_000;

/** `invalid-input` naming every key at fault. */
export async function checkCtVolumes(
  parts: CheckParts,
  vmid: number,
  change: Pick<CtConfigChange, 'allocations' | 'references'>,
): Promise<void> {
  const wrong: Record<string, string> = {};
  for (const { key, storage } of change.allocations)
    if (!parts.storages.rootStorages().includes(storage))
      wrong[key] = `storage '${storage}' cannot hold volumes of containers`;
  for (const { key, volume } of change.references) {
    const info = await readVolume(parts, key, volume, wrong);
    if (info === undefined) continue;
    const fits = info.content === 'rootdir' || (info.content === 'images' && info.format === 'raw');
    if (!fits) wrong[key] = `volume '${volume}' is not a volume that a container can mount`;
    else if (info.vmid !== vmid)
      wrong[key] = `volume '${volume}' belongs to ${info.vmid ? `guest ${info.vmid}` : 'nobody'}`;
    const user = listGuests(parts.store).find((guest) => guest.vmid !== vmid && volumesOf(guest).has(volume));
    if (user) wrong[key] = `volume '${volume}' is used by ${guestLabel(user.kind, user.vmid)}`;
  }
  if (Object.keys(wrong).length > 0) throw invalidInput(wrong);
}

/** `invalid-input` about `ostemplate` unless it is a template that is there. */
export async function checkTemplate(parts: CheckParts, volume: string): Promise<void> {
  const wrong: Record<string, string> = {};
  const info = await readVolume(parts, 'ostemplate', volume, wrong);
  if (info && info.content !== 'vztmpl')
    wrong['ostemplate'] = `volume '${volume}' is not a container template`;
  if (Object.keys(wrong).length > 0) throw invalidInput(wrong);
}

async function readVolume(
  parts: CheckParts,
  key: string,
  volume: string,
  wrong: Record<string, string>,
): Promise<VolumeInfo | undefined> {
  try {
    return await volumeInfo(parts.storages, quietContext(AbortSignal.timeout(limitMs)), volume);
  } catch (error) {
    wrong[key] = error instanceof AppError ? error.message : `volume '${volume}' cannot be read`;
    return undefined;
  }
}
