// The volumes in a VM's configuration that are its own: which key has which, and the configuration with another volume. Pure.
import { isCloudInitVolume } from './cloud-init-keys.ts';
import { type ConfigValue, splitDriveKey, type VmConfig } from './config-keys.ts';
import { dropFromBoot } from './let-go.ts';
import {
  firmwareChipBytes,
  readDrive,
  readEfiDisk,
  readTpmState,
  renderDrive,
  renderEfiDisk,
  renderTpmState,
} from './read-devices.ts';
import { addUnused, isUnusedKey } from './unused-volumes.ts';

export interface VmDisk {
  /** `scsi0`, `efidisk0`, `unused0`. */
  readonly key: string;
  readonly volume: string;
  /** `firmware`: the variables of UEFI, or what the TPM keeps; always raw. `cloud-init`: generated, nothing of the guest's own. */
  readonly kind: 'disk' | 'firmware' | 'cloud-init' | 'unused';
  /** Of variables of UEFI: how much they are. A volume that is a device is larger, a file must not be. */
  readonly chipBytes?: number;
}

/** Every volume of its own; discs in CD drives are not. */
export function disksOf(config: VmConfig): VmDisk[] {
  return Object.entries(config).flatMap(([key, value]): VmDisk[] => {
    const text = String(value);
    if (isUnusedKey(key)) return [{ key, volume: text, kind: 'unused' }];
    if (key === 'efidisk0') {
      const disk = readEfiDisk(text);
      return [{ key, volume: disk.volume, kind: 'firmware', chipBytes: firmwareChipBytes(disk) }];
    }
    if (key === 'tpmstate0') return [{ key, volume: readTpmState(text).volume, kind: 'firmware' }];
    if (!splitDriveKey(key)) return [];
    const { volume, media } = readDrive(key, text);
    if (volume === undefined) return [];
    if (isCloudInitVolume(volume)) return [{ key, volume, kind: 'cloud-init' }];
    return media === 'cdrom' ? [] : [{ key, volume, kind: 'disk' }];
  });
}

/** Those that the VM runs with. */
export function usedDisksOf(config: VmConfig): VmDisk[] {
  return disksOf(config).filter(({ kind }) => kind !== 'unused');
}

/** The key has another volume or size now; the rest of its text stays. A configuration without the key stays as it is. */
export function withDiskAt(config: VmConfig, key: string, now: VolumeChange): VmConfig {
  const text = config[key];
  if (text === undefined) return config;
  return { ...config, [key]: diskTextWith(key, String(text), now) };
}

/** What is left out stays. */
interface VolumeChange {
  readonly volume?: string;
  readonly sizeBytes?: number | undefined;
}

/** The text of a disk's key with another volume or size. */
export function diskTextWith(key: string, text: string, { volume, sizeBytes }: VolumeChange): string {
  if (isUnusedKey(key)) return volume ?? text;
  const changed = <T extends { readonly volume: string | undefined; readonly sizeBytes: number | undefined }>(
    before: T,
  ) => ({ ...before, volume: volume ?? before.volume, sizeBytes: sizeBytes ?? before.sizeBytes });
  if (key === 'efidisk0') return renderEfiDisk(changed(readEfiDisk(text)));
  if (key === 'tpmstate0') return renderTpmState(changed(readTpmState(text)));
  return renderDrive(changed(readDrive(key, text)));
}

/** The configuration without the key, also in its boot order. */
export function withoutDisk(config: VmConfig, key: string): VmConfig {
  const draft = new Map<string, ConfigValue>(Object.entries(config));
  draft.delete(key);
  dropFromBoot(draft, new Set());
  return Object.fromEntries(draft);
}

/** Writes a volume down as unused, unless the configuration names it already. */
export function withUnusedDisk(config: VmConfig, volume: string): VmConfig {
  if (disksOf(config).some((disk) => disk.volume === volume)) return config;
  const draft = new Map<string, ConfigValue>(Object.entries(config));
  addUnused(draft, volume);
  return Object.fromEntries(draft);
}
