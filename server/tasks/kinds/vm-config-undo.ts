// The way back of a change of a VM's configuration, where not everything can be as it was.
import type { ConfigValue, VmConfig } from '../../guests/config/config-keys.ts';
import { dropFromBoot } from '../../guests/config/let-go.ts';
import { stateDisksOf } from '../../guests/config/read-devices.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { addUnused } from '../../guests/config/unused-volumes.ts';

/** The configuration without what refers to the volumes. */
export function withoutVolumes(vmid: number, config: VmConfig, lost: ReadonlySet<string>): VmConfig {
  if (lost.size === 0) return config;
  const model = readVmConfig({ vmid, config });
  const draft = new Map<string, ConfigValue>(Object.entries(config));
  for (const { key, volume } of [...model.drives, ...model.unused, ...stateDisksOf(model)])
    if (volume !== undefined && lost.has(volume)) draft.delete(key);
  dropFromBoot(draft, new Set());
  return Object.fromEntries(draft);
}

/** The configuration with the volume as an unused disk. */
export function withUnused(config: VmConfig, volume: string): VmConfig {
  const draft = new Map<string, ConfigValue>(Object.entries(config));
  addUnused(draft, volume);
  return Object.fromEntries(draft);
}
