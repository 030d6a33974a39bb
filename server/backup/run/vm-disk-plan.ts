// Which disks of a VM a backup holds, and why others are left out. Pure.

import type { VmConfig } from '../../guests/config/config-keys.ts';
import { splitDriveKey } from '../../guests/config/config-keys.ts';
import { readDrive } from '../../guests/config/read-devices.ts';
import { disksOf } from '../../guests/config/vm-disks.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import { deviceNameOf } from '../vma/vma-format.ts';

/** A disk as it is planned to be read. */
export interface PlannedDisk {
  /** `scsi0`, `efidisk0`, `tpmstate0`. */
  readonly key: string;
  readonly volume: string;
  readonly storage: string;
  /** As the archive calls it. */
  readonly device: string;
  /** Firmware variables and a TPM's state: no drives to a running guest. */
  readonly kind: 'drive' | 'state';
}

export interface DiskPlan {
  readonly disks: readonly PlannedDisk[];
  readonly leftOut: readonly { readonly key: string; readonly volume: string; readonly why: string }[];
}

/** By the configuration in force. Discs in CD drives and what is generated for cloud-init are no disks of the guest's. */
export function planDisks(config: VmConfig): DiskPlan {
  const disks: PlannedDisk[] = [];
  const leftOut: { key: string; volume: string; why: string }[] = [];
  for (const { key, volume, kind } of disksOf(config)) {
    if (kind === 'cloud-init') continue;
    const isUnused = kind === 'unused';
    const isSwitchedOff = splitDriveKey(key) && readDrive(key, String(config[key])).options.backup === false;
    if (isUnused) leftOut.push({ key, volume, why: 'unused' });
    else if (isSwitchedOff) leftOut.push({ key, volume, why: 'backup=no' });
    else
      disks.push({
        ...{ key, volume, storage: splitVolume(volume).storage, device: deviceNameOf(key) },
        kind: kind === 'firmware' ? 'state' : 'drive',
      });
  }
  return { disks, leftOut };
}
