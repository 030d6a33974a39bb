// What containers need of the storages of this node, and the rules that their plugins' capability tables make.
import type { VolumeFormat } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import { splitVolumeId } from '../../core/ids.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { GuestStorages } from '../guest-volumes.ts';
import { canDo, type VolumeState } from '../volume-features.ts';

export interface CtStorages extends GuestStorages {
  /** Ids of the storages that hold volumes of containers, as far as they can be used now. */
  rootStorages(): readonly string[];
  /** The format of a new volume: the wished one when the storage has it, else its default. `invalid-input` naming the storage. */
  rootFormat(id: string, wish: VolumeFormat | undefined): VolumeFormat;
}

const words: Readonly<Record<'snapshot' | 'clone' | 'linked-clone' | 'template', string>> = {
  snapshot: 'have snapshots',
  clone: 'be cloned',
  'linked-clone': 'have linked clones',
  template: 'be made templates',
};

/** `unsupported`, naming volume, storage and rule, unless each volume's storage can do it, `live` also while it is open. */
export async function assertVolumesCan(
  storages: CtStorages,
  context: WorkContext,
  volumes: readonly string[],
  feature: 'snapshot' | 'clone' | 'linked-clone' | 'template',
  state: VolumeState,
  live: boolean,
): Promise<void> {
  for (const volume of volumes) {
    const at = splitVolumeId(volume);
    if (!at) throw new AppError('invalid-input', `'${volume}' is not a volume ID`);
    const { format } = await storages.storage(at.storage).info(context, at.name);
    const can = canDo(storages, at.storage, feature, format, state);
    const where = `storage '${at.storage}': volumes of format '${format}' cannot ${words[feature]}`;
    if (!can.possible)
      throw new AppError('unsupported', `${volume}: ${where}`, { data: { volume, feature } });
    if (live && !can.live)
      throw new AppError('unsupported', `${volume}: ${where} while the container runs: stop it first`, {
        data: { volume, feature },
      });
  }
}
