// Which volumes of a guest a backup holds, and why not the others, in the words of the API. Pure.
import type { IncludedGuest } from '../../contract/cluster-backup.ts';
import { flag } from '../../contract/reply.ts';
import type { VmConfig } from '../../guests/config/config-keys.ts';
import { activeConfig, type GuestDocument } from '../../guests/config/guest-document.ts';
import { isCtMountKey } from '../../guests/ct/config/ct-keys.ts';
import { readCtMount } from '../../guests/ct/config/read-ct-devices.ts';
import { ifReadable } from '../../guests/readable-config.ts';
import { planDisks } from '../run/vm-disk-plan.ts';

interface VolumeInBackup {
  /** `scsi0`, `mp1`. */
  readonly key: string;
  /** `storage:name`, or what else the guest uses: a device or a folder of the host. */
  readonly name: string;
  readonly included: boolean;
  readonly reason: string;
}

/** By the configuration in force: what the guest runs with is what is backed up. Empty where this version cannot read it. */
function volumesInBackup(document: GuestDocument): VolumeInBackup[] {
  const config = activeConfig(document);
  const read = document.kind === 'lxc' ? ofContainer : ofVm;
  return ifReadable(() => read(config)) ?? [];
}

/** As the backup itself plans it; what belongs to no drive any more is not shown. */
function ofVm(config: VmConfig): VolumeInBackup[] {
  const { disks, leftOut } = planDisks(config);
  const others = leftOut.filter(({ why }) => why !== 'unused');
  return [
    ...disks.map(({ key, volume: name }) => ({ key, name, included: true, reason: 'backup=yes' })),
    ...others.map(({ key, volume: name, why: reason }) => ({ key, name, included: false, reason })),
  ].sort(byKey);
}

function ofContainer(config: VmConfig): VolumeInBackup[] {
  const found = Object.entries(config).flatMap(([key, value]): VolumeInBackup[] => {
    if (!isCtMountKey(key)) return [];
    const { kind, source, backup } = readCtMount(key, String(value));
    if (kind !== 'volume') return [{ key, name: source, included: false, reason: 'not a volume' }];
    if (key === 'rootfs') return [{ key, name: source, included: true, reason: 'rootfs' }];
    return [{ key, name: source, included: backup, reason: backup ? 'enabled' : 'disabled' }];
  });
  return found.sort((a, b) => Number(b.key === 'rootfs') - Number(a.key === 'rootfs') || byKey(a, b));
}

function byKey(a: VolumeInBackup, b: VolumeInBackup): number {
  return a.key.localeCompare(b.key, 'en', { numeric: true });
}

/** The line of a guest in `included_volumes`, with one below it for each volume. */
export function includedGuest(document: GuestDocument): IncludedGuest {
  const { vmid, kind, config } = document;
  const name = config[kind === 'lxc' ? 'hostname' : 'name'];
  return {
    id: vmid,
    type: kind,
    ...(name === undefined ? {} : { name: String(name) }),
    children: volumesInBackup(document).map(({ key, name: volume, included, reason }) => ({
      ...{ id: key, name: volume, included: flag(included), reason },
    })),
  };
}
