// What a VM's backup becomes here: the configuration, the volumes to make and to fill, and what is left out. Pure but for what is made up.
import { driveStrings, efiDiskString, tpmStateString } from '../../contract/qemu-disk-strings.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import {
  type ConfigInput,
  canonicalValue,
  isConfigKey,
  parseProperty,
  splitDeviceKey,
  splitDriveKey,
  type VmConfig,
} from '../../guests/config/config-keys.ts';
import { isDiskKey } from '../../guests/config/let-go.ts';
import {
  type ConfigChange,
  type Generate,
  mergeConfigChange,
} from '../../guests/config/merge-config-change.ts';
import type { VolumeAllocation } from '../../guests/config/new-drive.ts';
import { firmwareChipBytes, readNic, renderNic } from '../../guests/config/read-devices.ts';
import type { ConfigSet } from '../../guests/guest-requests.ts';
import { sectorBytes } from '../vma/vma-format.ts';
import { ruleOf, shown } from './stranger-words.ts';
import { type VmBackupConf, volumeIn } from './vm-backup-conf.ts';

export interface VmRestoreChoices {
  readonly vmid: number;
  /** Where a disk goes that was on this storage, if it is known where it was. */
  storageFor(before: string | undefined): string;
  /** The format that the storage gives such a disk; undefined: its own choice. */
  formatOn(storage: string, before: string | undefined): 'raw' | 'qcow2' | 'vmdk' | undefined;
  /** New MAC addresses and a new UUID. */
  readonly unique: boolean;
  /** UUIDs of other VMs, in small letters, with their numbers: libvirt runs no two VMs with one UUID. */
  readonly takenUuids?: ReadonlyMap<string, number>;
  /** Of the guest that is restored over: what only an administrator may set stays, where the backup has it the same. */
  readonly current: VmConfig;
  /** Values of the request, in place of the backup's. */
  readonly override: ConfigSet;
  /** Discs that are there, and that the asker may use: `local:iso/debian.iso`. */
  readonly discs: ReadonlySet<string>;
  /** When the backup has none. */
  readonly meta: string;
  readonly generate?: Generate;
}

/** A disk's way from the archive into its volume. */
export type RestoredDisk = {
  readonly key: string;
  readonly device: string;
  /** In the archive. */
  readonly sizeBytes: number;
  /** Of a chip of firmware that was on a larger device: the chip's size. */
  readonly keepBytes?: number;
};

export interface VmRestorePlan {
  readonly change: ConfigChange;
  /** Every one has an allocation of its key in `change`; cloud-init drives have an allocation only. */
  readonly disks: readonly RestoredDisk[];
  /** What is not as it was in the backup, in sentences that begin with the key. */
  readonly notes: readonly string[];
  /** What is another thing than in the backup, and is to be. */
  readonly remarks: readonly string[];
}

/** They say what was when the backup was made. */
const silent = new Set([
  'digest',
  'lock',
  'meta',
  'parent',
  'runningcpu',
  'runningmachine',
  'snaptime',
  'vmstate',
]);
/** They reach into the host, or name files of it: a backup that somebody else wrote must not decide about them. */
const hostKeys =
  /^(affinity|args|cicustom|hookscript|hugepages|ivshmem|keephugepages|vmstatestorage|(hostpci|parallel|usb)\d+)$/;
const mostRounds = 600;

/** `invalid-input` when no VM can be made of it; naming the parameter where that is the request's fault. */
export function planVmRestore(conf: VmBackupConf, choices: VmRestoreChoices): VmRestorePlan {
  const { override } = choices;
  const notes: string[] = [];
  const remarks: string[] = [];
  const set: Record<string, ConfigInput> = {};
  const drives = Object.keys(override).filter((key) => isDiskKey(key) || key === 'cdrom');
  if (drives.length > 0)
    throw invalidInput(Object.fromEntries(drives.map((key) => [key, 'drives are those of the backup'])));
  if (conf.description !== '') set['description'] = conf.description;
  for (const [key, value] of conf.keys) takeKey(key, value);
  takeDrives();
  for (const [key, value] of Object.entries(override)) if (value !== undefined) set[key] = value;
  trimBoot();
  const merged = merge();
  for (const key of conf.absent) notes.push(`${key}: is not in the backup, and left out`);
  for (const device of conf.unknownDevices)
    notes.push(`${device}: the configuration has no such disk; skipped`);
  if (conf.snapshots > 0) notes.push(`snapshots: a backup holds none; ${conf.snapshots} left out`);
  const sizes = new Map(conf.disks.map(({ key, sizeBytes }) => [key, sizeBytes]));
  const allocations = merged.allocations.map((each) => filled(each, sizes.get(each.key)));
  const disks = conf.disks.map(({ key, device, sizeBytes }): RestoredDisk => {
    const keepBytes = allocations.find((each) => each.key === key)?.sizeBytes ?? sizeBytes;
    return { key, device, sizeBytes, ...(keepBytes < sizeBytes ? { keepBytes } : {}) };
  });
  const config = { ...merged.config };
  if (!conf.keys.has('vmgenid') && override['vmgenid'] === undefined) delete config['vmgenid'];
  return { change: { ...merged, config, allocations }, disks, notes, remarks };

  function takeKey(key: string, value: string): void {
    if (silent.has(key)) return;
    if (key === 'template') {
      if (value === '1')
        notes.push('template: it is restored as a VM; make it a template again when it is to be one');
      return;
    }
    // A guest that was set back must not take what it did since for random.
    if (key === 'vmgenid') {
      set[key] = value === '0' ? '0' : '1';
      return;
    }
    try {
      if (!isConfigKey(key)) throw invalidInput({ [key]: 'there is no such option' });
      const canonical = canonicalValue(key, value);
      if (
        (hostKeys.test(key) || value.startsWith('/dev/')) &&
        String(choices.current[key]) !== String(canonical)
      )
        notes.push(`${key}: is about the host, and left out; it was ${shown(value)}`);
      else set[key] = isTwin(key, String(canonical)) ? withoutIdentity(key, String(canonical)) : canonical;
    } catch (error) {
      leaveOut(key, value, error);
    }
  }

  /** Is it to be told from the VM that the backup is of? */
  function isTwin(key: string, text: string): boolean {
    if (choices.unique || key !== 'smbios1') return choices.unique;
    const uuid = uuidIn(text);
    const owner = uuid === undefined ? undefined : choices.takenUuids?.get(uuid);
    if (owner !== undefined) remarks.push(`smbios1: gets a new UUID: VM ${owner} has the one of the backup`);
    return owner !== undefined;
  }

  function takeDrives(): void {
    for (const { key, text, storage, format } of conf.disks) {
      const target = choices.storageFor(storage);
      const chosen = splitDriveKey(key) ? choices.formatOn(target, format) : undefined;
      try {
        set[key] = driveText(key, text, `${target}:1`, chosen);
      } catch (error) {
        noteOptions(key, error);
        set[key] = bareDrive(key, target);
      }
    }
    for (const [key, { text, storage }] of conf.cloudInit) {
      const target = choices.storageFor(storage);
      try {
        set[key] = driveText(key, text, `${target}:cloudinit`, undefined);
      } catch (error) {
        leaveOut(key, text, error);
      }
    }
    for (const [key, text] of conf.discs) {
      const disc = volumeIn(text);
      const there = disc === 'none' || choices.discs.has(disc);
      if (!there) notes.push(`${key}: there is no disc ${shown(disc)} here; the drive is empty`);
      set[key] = `${there ? disc : 'none'},media=cdrom`;
    }
  }

  /** Devices that are left out are nothing to boot from. */
  function trimBoot(): void {
    const order = /^order=(.*)$/.exec(String(set['boot'] ?? ''))?.[1];
    if (order === undefined || override['boot'] !== undefined) return;
    const there = order.split(';').filter((key) => set[key] !== undefined);
    if (there.length > 0) set['boot'] = `order=${there.join(';')}`;
    else delete set['boot'];
  }

  /** What our rules refuse is left out, and said; a disk never is: it loses its options at most. */
  function merge(): ConfigChange {
    const bare = new Set<string>();
    for (let round = 0; ; round += 1) {
      try {
        return mergeConfigChange({}, set, [], {
          ...{ vmid: choices.vmid, create: true, meta: metaOf() },
          ...(choices.generate ? { generate: choices.generate } : {}),
        });
      } catch (error) {
        const fields = error instanceof AppError ? (error.fields ?? {}) : {};
        const wrong = Object.keys(fields).filter(
          (key) => set[key] !== undefined && override[key] === undefined,
        );
        if (wrong.length === 0 || round > mostRounds) throw error;
        for (const key of wrong) refuse(key, error, bare);
      }
    }
  }

  function refuse(key: string, error: unknown, bare: Set<string>): void {
    const disk = conf.disks.find((each) => each.key === key);
    if (!disk) {
      leaveOut(key, String(set[key]), error);
      delete set[key];
      trimBoot();
      return;
    }
    if (bare.has(key)) throw error;
    bare.add(key);
    noteOptions(key, error);
    set[key] = bareDrive(key, choices.storageFor(disk.storage));
  }

  function metaOf(): string {
    const value = conf.keys.get('meta');
    try {
      return value === undefined ? choices.meta : String(canonicalValue('meta', value));
    } catch {
      return choices.meta;
    }
  }

  function leaveOut(key: string, value: string, error: unknown): void {
    const secret = key === 'cipassword' || key === 'sshkeys';
    notes.push(`${key}: left out${secret ? '' : `, it was ${shown(value)}`}: ${ruleOf(key, error)}`);
  }

  function noteOptions(key: string, error: unknown): void {
    notes.push(`${key}: its options are left out: ${ruleOf(key, error)}`);
  }
}

/** The drive's own options with a new volume. */
function driveText(key: string, text: string, file: string, format: string | undefined): string {
  const named = /^(file|volume)=/.test(text) ? text : `file=${text}`;
  if (key === 'efidisk0') {
    const {
      size: _size,
      format: _format,
      'import-from': _from,
      ...rest
    } = parseProperty(key, efiDiskString, named);
    return efiDiskString.render({ ...rest, file });
  }
  if (key === 'tpmstate0') {
    const {
      size: _size,
      format: _format,
      'import-from': _from,
      ...rest
    } = parseProperty(key, tpmStateString, named);
    return tpmStateString.render({ ...rest, file });
  }
  const codec = driveStrings[splitDriveKey(key)!.bus] as (typeof driveStrings)['ide'];
  const { size: _size, format: _format, 'import-from': _from, ...rest } = parseProperty(key, codec, named);
  return codec.render({ ...rest, file, ...(format === undefined ? {} : { format: format as 'raw' }) });
}

function bareDrive(key: string, storage: string): string {
  return key === 'tpmstate0' ? `${storage}:1,version=v2.0` : `${storage}:1`;
}

/** As large as what the archive holds, and empty. A chip of firmware is as large as its type says. */
function filled(allocation: VolumeAllocation, sizeBytes: number | undefined): VolumeAllocation {
  if (sizeBytes === undefined) return allocation;
  const bytes = allocation.efiDisk ? firmwareChipBytes(allocation.efiDisk) : sizeBytes;
  return {
    ...allocation,
    sizeBytes: Math.ceil(bytes / sectorBytes) * sectorBytes,
    content: { kind: 'empty' },
  };
}

/** Of a value of `smbios1`, in small letters. */
export function uuidIn(smbios: string): string | undefined {
  return /(?:^|,)uuid=([0-9a-f-]{36})(?:,|$)/i.exec(smbios)?.[1]?.toLowerCase();
}

function withoutIdentity(key: string, text: string): string {
  if (splitDeviceKey(key)?.base === 'net') return renderNic({ ...readNic(key, text), mac: undefined });
  if (key !== 'smbios1') return text;
  return text
    .split(',')
    .filter((part) => !part.startsWith('uuid='))
    .join(',');
}
