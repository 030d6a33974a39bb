// What can be asked of backups of VMs: checks what a restore would make of one, and who may, then hands it to a task.
import { requireArchive, withArchive } from '../backup/restore/archive-access.ts';
import type { ArchiveWorker } from '../backup/restore/archive-worker.ts';
import { planVmRestore, uuidIn } from '../backup/restore/plan-vm-restore.ts';
import { readVmBackupConf, type VmBackupConf, volumeIn } from '../backup/restore/vm-backup-conf.ts';
import type { ArchiveDescription } from '../backup/worker/worker-orders.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import type { VmRestoreParams } from '../tasks/kinds/restore-vm.ts';
import { splitDriveKey } from './config/config-keys.ts';
import type { ConfigChange } from './config/merge-config-change.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { type NeededPrivilege, privilegesFor } from './config-privileges.ts';
import { findGuest, listGuests } from './guest-documents.ts';
import { type Asker, type ConfigSet, definedOnly, type GuestServiceParts } from './guest-requests.ts';
import { volumeInfo } from './guest-volumes.ts';
import { requireAll, requireRootFor } from './needed-privileges.ts';
import {
  configurationIn,
  firewallNotes,
  readingContext,
  requireRestoreTarget,
  restoreLimitKib,
  startRestore,
} from './restore-requests.ts';
import type { VmParts } from './vm-parts.ts';
import { splitVolume } from './volume-names.ts';

export interface VmRestoreRequest {
  /** Volume id of a backup, or for root@pam the path of a file. */
  readonly archive: string;
  /** Over a VM that has the number: its disks that the backup has are removed when the restore is whole. */
  readonly force: boolean;
  /** Of all disks; default: where each was, as far as there is such a storage here. */
  readonly storage: string | undefined;
  readonly unique: boolean;
  /** KiB per second; undefined: as the storages have it, 0: no limit. */
  readonly limitKib: number | undefined;
  readonly pool: string | undefined;
  readonly start: boolean;
  /** It runs while it is restored. */
  readonly live: boolean;
  /** Values in place of the backup's. */
  readonly set: ConfigSet;
}

export interface VmRestoreParts extends VmParts, GuestServiceParts {
  readonly archives: ArchiveWorker;
}

export function createVmRestore(parts: VmRestoreParts) {
  /** Throws before anything has changed, or answers the task's UPID. */
  async function restore(requester: Asker, vmid: number, request: VmRestoreRequest): Promise<string> {
    const { archive, pool, force, start } = request;
    const context = readingContext();
    const asker = requireRestoreTarget(parts, requester, { kind: 'qemu', vmid }, request);
    await requireArchive(parts, context, asker, vmid, archive, { kind: 'qemu', parameter: 'archive' });
    const told = await withArchive(parts, context, archive, (file) => parts.archives.describe(context, file));
    if (request.live && !told.seekable)
      throw refusedLive('the archive cannot be read from anywhere, only from beginning to end');
    const conf = readVmBackupConf(configurationIn(told.texts, 'qemu'), told.disks);
    const override = definedOnly(request.set);
    const discs = await usableDiscs(asker, conf);
    const { change, disks, notes, remarks } = planVmRestore(conf, {
      ...{ vmid, override, discs, unique: request.unique, meta: parts.meta() },
      current: findGuest(parts.store, vmid)?.config ?? {},
      takenUuids: takenUuids(vmid),
      storageFor: (before) => storageFor(request.storage, before),
      formatOn: request.live ? liveFormatOn : formatOn,
    });
    requireAll(asker, restorePrivileges(vmid, change, Object.keys(override)));
    requireRootFor(asker, Object.keys(override));
    requireImageStorages(change);
    const limitKib = restoreLimitKib(parts, asker, archive, change, request.limitKib);
    // Where there is no drive to be served all comes in before the start, which takes no time.
    const live = request.live && disks.some(({ key }) => splitDriveKey(key) !== undefined);
    const params: VmRestoreParams = {
      ...{ vmid, archive, change, disks, force, start: start || request.live },
      ...(live ? { live } : {}),
      notes: [...notes, ...notesOn(told)],
      ...(remarks.length > 0 ? { remarks } : {}),
    };
    return startRestore(parts, asker, 'qmrestore', params, { limitKib, pool });
  }

  /** Of all VMs but this one, as they are configured and as they run. */
  function takenUuids(vmid: number): Map<string, number> {
    const taken = new Map<string, number>();
    for (const { kind, vmid: other, config, running } of listGuests(parts.store)) {
      if (kind !== 'qemu' || other === vmid) continue;
      for (const value of [config['smbios1'], running?.['smbios1']]) {
        const uuid = value === undefined ? undefined : uuidIn(String(value));
        if (uuid !== undefined) taken.set(uuid, other);
      }
    }
    return taken;
  }

  function storageFor(wish: string | undefined, before: string | undefined): string {
    const here = parts.storages.imageStorages();
    if (wish !== undefined) return wish;
    if (before !== undefined && here.includes(before)) return before;
    const first = here[0];
    if (first === undefined) throw invalidInput({ storage: 'there is no storage that can hold disk images' });
    return first;
  }

  function formatOn(storage: string, before: string | undefined): 'raw' | 'qcow2' | 'vmdk' | undefined {
    if (before !== 'raw' && before !== 'qcow2' && before !== 'vmdk') return undefined;
    try {
      return parts.storages.imageFormat(storage, before) === before ? before : undefined;
    } catch {
      return undefined;
    }
  }

  /** Only such an image can have the backup below it. */
  function liveFormatOn(storage: string): 'qcow2' {
    if (formatOn(storage, 'qcow2') === undefined)
      throw refusedLive(`storage '${storage}' has no disks of format qcow2`);
    return 'qcow2';
  }

  function requireImageStorages({ allocations }: ConfigChange): void {
    const wrong = allocations.find(({ storage }) => !parts.storages.imageStorages().includes(storage));
    if (wrong) throw invalidInput({ storage: `storage '${wrong.storage}' cannot hold disk images` });
  }

  /** A disc that the asker may not see is as one that is not there. */
  async function usableDiscs(asker: Asker, conf: VmBackupConf): Promise<Set<string>> {
    const found = new Set<string>();
    for (const disc of new Set([...conf.discs.values()].map(volumeIn))) {
      if (!/^[^:/]+:iso\/[^/]+$/.test(disc)) continue;
      if (!asker.may(`/storage/${splitVolume(disc).storage}`, 'Datastore.Audit')) continue;
      const context = readingContext();
      const info = await volumeInfo(parts.storages, context, disc).catch(() => undefined);
      if (info?.content === 'iso') found.add(disc);
    }
    return found;
  }

  return { restore };
}

/** What the backup says of itself was allowed when it was set; space, bridges, and what the request changes are asked for. */
function restorePrivileges(
  vmid: number,
  change: ConfigChange,
  overridden: readonly string[],
): NeededPrivilege[] {
  const { config, allocations } = change;
  const drives = new Set(allocations.map(({ key }) => key));
  const others = Object.fromEntries(Object.entries(config).filter(([key]) => !drives.has(key)));
  const bridges = readVmConfig({ vmid, config: others }).nics.flatMap(({ bridge }) => bridge ?? []);
  return [
    ...privilegesFor(vmid, {}, { ...change, references: [], changedKeys: overridden }),
    ...bridges.map(
      (bridge): NeededPrivilege => ({ path: `/sdn/zones/localnetwork/${bridge}`, privilege: 'SDN.Use' }),
    ),
  ];
}

function refusedLive(why: string): AppError {
  return new AppError('unsupported', `live-restore is not possible: ${why}`, {
    fields: { 'live-restore': why },
  });
}

function notesOn({ texts, hasState }: ArchiveDescription): string[] {
  return [
    ...firewallNotes(texts),
    ...(hasState ? ['memory: the archive has saved memory, which is not restored'] : []),
  ];
}
