// The configuration of a VM in its backup (`qemu-server.conf`), taken apart: its keys, and which disk is in which device. Pure.
import { isCloudInitVolume } from '../../guests/config/cloud-init-keys.ts';
import { isDiskKey } from '../../guests/config/let-go.ts';
import { deviceNameOf, diskKeyOf } from '../vma/vma-format.ts';
import { readArchivedKeys, requireReadable } from './archived-keys.ts';

/** A disk that the archive holds. */
export interface BackedUpDisk {
  /** `scsi0`, `efidisk0`, `tpmstate0`. */
  readonly key: string;
  /** The archive's name of it: `drive-scsi0`. */
  readonly device: string;
  readonly sizeBytes: number;
  /** As the configuration has it, volume first. */
  readonly text: string;
  /** Where it was, if that is told: id of a storage there, which may be none here or another. */
  readonly storage: string | undefined;
  /** The format that its volume had. */
  readonly format: string | undefined;
}

/** Everything in it is as strangers wrote it: keys may be none of ours, values not allowed. */
export interface VmBackupConf {
  readonly description: string;
  /** All but drives, the firmware's variables, the TPM's state and unused disks. */
  readonly keys: ReadonlyMap<string, string>;
  readonly disks: readonly BackedUpDisk[];
  /** Drives that the archive does not hold: excluded from the backup. */
  readonly absent: readonly string[];
  /** Discs in CD drives, by the drive's key; `none` for an empty one. */
  readonly discs: ReadonlyMap<string, string>;
  /** Drives that cloud-init reads, and where each was. */
  readonly cloudInit: ReadonlyMap<string, { readonly text: string; readonly storage: string | undefined }>;
  /** Devices that the configuration does not have. */
  readonly unknownDevices: readonly string[];
  readonly snapshots: number;
}

/**
 * `devices` are those of the archive, without `vmstate`. `invalid-input` for a text that is no configuration.
 * vzdump notes where each disk was in lines `#qmdump#map:<key>:<device>:<storage>:<format>:`.
 */
export function readVmBackupConf(
  text: string,
  devices: readonly { readonly device: string; readonly sizeBytes: number }[],
): VmBackupConf {
  requireReadable(text);
  const lines = text.split(/\r?\n/);
  const hints = readHints(lines);
  const { description, keys, snapshots } = readArchivedKeys(
    lines.filter((line) => !line.startsWith('#qmdump#')),
  );
  const sizes = new Map(devices.map(({ device, sizeBytes }) => [device, sizeBytes]));
  const rest = new Map<string, string>();
  const disks: BackedUpDisk[] = [];
  const absent: string[] = [];
  const discs = new Map<string, string>();
  const cloudInit = new Map<string, { text: string; storage: string | undefined }>();
  for (const [key, value] of keys) {
    if (/^unused\d+$/.test(key)) continue;
    if (!isDiskKey(key)) {
      rest.set(key, value);
      continue;
    }
    const volume = volumeIn(value);
    const device = deviceNameOf(key);
    const sizeBytes = sizes.get(device);
    const storage = /^([^:/]+):/.exec(volume)?.[1];
    if (isCloudInitVolume(volume)) cloudInit.set(key, { text: value, storage });
    else if (/(^|,)media=cdrom(,|$)/.test(value)) discs.set(key, value);
    else if (sizeBytes === undefined) absent.push(key);
    else {
      const hint = hints.get(key);
      const format = hint?.format || /\.(raw|qcow2|vmdk)$/.exec(volume)?.[1];
      disks.push({ key, device, sizeBytes, text: value, storage: hint?.storage || storage, format });
    }
  }
  const held = new Set(disks.map(({ device }) => device));
  return {
    ...{ description, keys: rest, disks, absent, discs, cloudInit, snapshots },
    unknownDevices: [...sizes.keys()].filter((device) => !held.has(device)),
  };
}

/** The volume that a drive's text names. */
export function volumeIn(text: string): string {
  const words = text.split(',');
  return (words.find((word) => /^(file|volume)=/.test(word)) ?? words[0] ?? '').replace(
    /^(file|volume)=/,
    '',
  );
}

function readHints(lines: readonly string[]): Map<string, { storage: string; format: string }> {
  const hints = new Map<string, { storage: string; format: string }>();
  for (const line of lines) {
    const match = /^#qmdump#map:([a-z]+\d+):([\w-]+):([\w.-]*):([a-z0-9]*):\s*$/.exec(line);
    if (match && diskKeyOf(match[2]!) === match[1])
      hints.set(match[1]!, { storage: match[3]!, format: match[4]! });
  }
  return hints;
}
