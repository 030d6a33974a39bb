// The way back of a change of a container's configuration, where not everything can be as it was.
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { volumesByKey, withoutKey } from '../../guests/ct/volume-keys.ts';

/** The configuration without the keys of the volumes. */
export function withoutVolumes(config: VmConfig, lost: ReadonlySet<string>): VmConfig {
  return volumesByKey(config)
    .filter(({ volume }) => lost.has(volume))
    .reduce((left, { key }) => withoutKey(left, key), config);
}
