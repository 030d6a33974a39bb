// What storages can do with volumes, by their plugins' capability tables: alike for VMs and containers.
import type { Capability, Feature, VolumeFormat } from '../../storage-plugins/plugin.ts';
import type { GuestStorages } from './guest-volumes.ts';

export type VolumeState = Capability['states'][number];

/** Can the storage do this with a volume of the format in the state? */
export function canDo(
  storages: Pick<GuestStorages, 'capabilities'>,
  storage: string,
  feature: Feature,
  format: VolumeFormat,
  state: VolumeState,
): {
  readonly possible: boolean;
  readonly live: boolean;
  /** Of snapshots: volumes below the image, which nobody who has it open keeps inside. */
  readonly chained: boolean;
} {
  const rows = storages
    .capabilities(storage)
    .filter((row) => row.feature === feature && row.formats.includes(format) && row.states.includes(state));
  return {
    possible: rows.length > 0,
    live: rows.some((row) => row.live),
    chained: rows.some((row) => row.chained === true),
  };
}
