// Storages that lie on a volume of another one: a volume group on a LUN. Which those are, and how a new one comes to be.
import { asAppError } from '../core/errors.ts';
import { splitVolumeId } from '../core/ids.ts';
import type { Logger } from '../core/log.ts';
import { quietContext } from '../core/work-context.ts';
import type { StorageConfig } from './storage-config.ts';
import type { LayGroupOnLun, LunAccess } from './volume-group-on-lun.ts';

/** The volume that the storage lies on; undefined when it lies on none. */
export function baseVolume(config: StorageConfig) {
  const base = config.options['base'];
  return typeof base === 'string' ? splitVolumeId(base) : undefined;
}

/** Ids of the storages that lie on the volume. */
export function storagesOn(configs: readonly StorageConfig[], volid: string): string[] {
  return configs.filter((config) => config.options['base'] === volid).map((config) => config.id);
}

/**
 * Does `make` with a new storage, after its volume group was laid on its base where there was none yet; that is taken away again when
 * `make` fails.
 */
export async function onItsBase<T>(
  planned: StorageConfig,
  parts: { readonly layGroup: LayGroupOnLun | undefined; readonly luns: LunAccess; readonly log: Logger },
  make: () => Promise<T>,
): Promise<T> {
  const { base, vgname } = planned.options;
  const wanted = typeof base === 'string' && typeof vgname === 'string' ? { base, vgname } : undefined;
  const takeAway = wanted && (await parts.layGroup?.(quietContext(), wanted, parts.luns));
  try {
    return await make();
  } catch (error) {
    await takeAway?.().catch((left: unknown) =>
      parts.log.warn({ storage: planned.id, problem: asAppError(left).message }, 'its volume group stays'),
    );
    throw error;
  }
}
