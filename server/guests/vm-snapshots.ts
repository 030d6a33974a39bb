// Snapshots of VMs: what keeps each disk, where the memory goes, and the document gone back to one.

import { epochSeconds } from '../core/clock.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import { mebibyte } from '../core/units.ts';
import type { WorkContext } from '../core/work-context.ts';
import type { VmConfig } from './config/config-keys.ts';
import { activeConfig, type GuestDocument } from './config/guest-document.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { isUnusedKey } from './config/unused-volumes.ts';
import { disksOf, usedDisksOf, type VmDisk, withUnusedDisk } from './config/vm-disks.ts';
import type { VmModel } from './config/vm-model.ts';
import { type PlannedVolume, volumeInfo } from './guest-volumes.ts';
import type { VmParts } from './vm-parts.ts';
import { canDo } from './volume-features.ts';
import { splitVolume } from './volume-names.ts';

type Disk = Pick<VmDisk, 'key' | 'volume'>;
/** `clusters`: as its storage tells (`VolumeInfo`). */
export type CountedDisk = Disk & { readonly clusters?: number | undefined };

/** How each disk is kept. */
export type DiskKeeping = {
  /** Images that QEMU has open and keeps itself. */
  readonly byQemu: readonly CountedDisk[];
  readonly byStorage: readonly Disk[];
  /** Firmware variables, and what a TPM keeps, on storages without snapshots of raw volumes: copied. */
  readonly byCopy: readonly (Disk & { readonly copy: PlannedVolume })[];
};

export type SnapshotPlan = DiskKeeping & {
  readonly config: VmConfig;
  /** Seconds since the epoch. */
  readonly snaptime: number;
  /** It runs, or stands: QEMU has its disks open. */
  readonly live: boolean;
  /** Its processors go: they are to go again afterwards. */
  readonly running: boolean;
  /** Its agent is to be asked to write out what the file systems hold back. */
  readonly quiesce: boolean;
  readonly memory: PlannedVolume | null;
};

/** What a snapshot is of; the disks that are its own, without what is generated for cloud-init. */
export function keptDisks(config: VmConfig): VmDisk[] {
  return usedDisksOf(config).filter(({ kind }) => kind !== 'cloud-init');
}

/** Decides everything, does nothing. `unsupported` naming the disk that cannot be kept. */
export async function planSnapshot(
  parts: Pick<VmParts, 'states' | 'storages' | 'clock'>,
  context: WorkContext,
  document: GuestDocument,
  wish: { readonly name: string; readonly memory: boolean },
): Promise<SnapshotPlan> {
  const { vmid } = document;
  const state = parts.states.stateOf(vmid);
  const live = state !== 'stopped';
  const active = live ? activeConfig(document) : document.config;
  const config = Object.fromEntries(Object.entries(active).filter(([key]) => !isUnusedKey(key)));
  const model = readVmConfig({ vmid, config });
  const withMemory = wish.memory && live;
  return {
    ...{ config, live, running: state === 'running', snaptime: epochSeconds(parts.clock) },
    ...(await keepingOf(parts, context, vmid, keptDisks(config), { name: wish.name, live })),
    quiesce: state === 'running' && !withMemory && model.agent.enabled && model.agent.freezeFs,
    memory: withMemory ? memoryVolume(parts, model, keptDisks(config), `state-${wish.name}`) : null,
  };
}

async function keepingOf(
  parts: Pick<VmParts, 'storages'>,
  context: WorkContext,
  vmid: number,
  disks: readonly VmDisk[],
  { name, live }: { readonly name: string; readonly live: boolean },
): Promise<DiskKeeping> {
  const kept = {
    byQemu: [] as CountedDisk[],
    byStorage: [] as Disk[],
    byCopy: [] as DiskKeeping['byCopy'][number][],
  };
  for (const { key, volume, kind } of disks) {
    const { storage } = splitVolume(volume);
    const { format, sizeBytes, clusters } = await volumeInfo(parts.storages, context, volume);
    const can = canDo(parts.storages, storage, 'snapshot', format, 'current');
    if (can.possible && live && format === 'qcow2' && !can.chained)
      kept.byQemu.push({ key, volume, clusters });
    else if (can.possible && (!live || can.live)) kept.byStorage.push({ key, volume });
    else if (kind === 'firmware' && format === 'raw') {
      const copy = emptyVolume(
        key,
        storage,
        `vm-${vmid}-${key === 'tpmstate0' ? 'tpm' : 'firmware'}-${name}`,
        sizeBytes,
      );
      kept.byCopy.push({ key, volume, copy });
    } else throw cannotKeep(key, volume, storage, format, can.possible);
  }
  return kept;
}

/** The most that QEMU took for each cluster, on a busy host; an idle one needs a fifth. Measured: `storage-plugins/files/README.md`. */
const secondsPerCluster = 1.5e-6;

/** Says beforehand for how long the guest may stand for snapshots inside these images, where that is long. */
export function tellStanding(context: Pick<WorkContext, 'log'>, disks: readonly CountedDisk[]): void {
  const clusters = disks.reduce((sum, disk) => sum + (disk.clusters ?? 0), 0);
  const seconds = clusters * secondsPerCluster;
  if (seconds < 1) return;
  const keys = disks.map(({ key }) => key).join(', ');
  context.log(
    `the guest may stand for ${Math.round(seconds)} s: QEMU counts ${clusters} clusters (${keys}); a full clone, or moving the disk, makes larger and so fewer ones`,
  );
}

function cannotKeep(
  key: string,
  volume: string,
  storage: string,
  format: string,
  offline: boolean,
): AppError {
  const rule = offline ? 'cannot have snapshots while the VM runs: stop it first' : 'cannot have snapshots';
  return new AppError('unsupported', `${key}: storage '${storage}': disks of format '${format}' ${rule}`, {
    data: { volume, feature: 'snapshot' },
  });
}

/**
 * `vm-<vmid>-<name>` with as much room as existing clients expect: for all of the memory twice, and 500 MiB for the devices.
 * `asked`: the storage that the request names.
 */
export function memoryVolume(
  parts: Pick<VmParts, 'storages'>,
  model: VmModel,
  disks: readonly Disk[],
  name: string,
  asked?: string,
): PlannedVolume {
  const storage = memoryStorageOf(parts, model, disks, asked);
  const sizeBytes = (2 * model.memoryMib + 500) * mebibyte;
  return emptyVolume('vmstate', storage, `vm-${model.vmid}-${name}`, sizeBytes);
}

/** The storage that is asked for, that the VM names, of its first disk, or any. */
export function memoryStorageOf(
  parts: Pick<VmParts, 'storages'>,
  { memoryStorage }: Pick<VmModel, 'memoryStorage'>,
  disks: readonly Disk[],
  asked?: string,
): string {
  const able = parts.storages.imageStorages();
  const named = asked ?? memoryStorage;
  if (named !== undefined && !able.includes(named))
    throw invalidInput({
      [asked === undefined ? 'vmstatestorage' : 'statestorage']:
        `storage '${named}' cannot hold disk images now`,
    });
  const beside = disks[0] ? splitVolume(disks[0].volume).storage : able[0];
  const storage = named ?? beside;
  if (storage === undefined)
    throw new AppError('no-capacity', 'there is no storage for disk images to keep the memory on');
  return storage;
}

function emptyVolume(key: string, storage: string, name: string, sizeBytes: number): PlannedVolume {
  return { key, storage, name, format: 'raw', sizeBytes, content: { kind: 'empty' } };
}

/** The document gone back; volumes that came after the snapshot are kept as unused ones. Repeatable. */
export function rolledBackVm(
  document: GuestDocument,
  name: string,
  /** The guest's new identity, where it has one: it is to notice that its time was turned back. */
  generationId: string | undefined,
): GuestDocument {
  const snapshot = document.snapshots?.[name];
  if (!snapshot) return document;
  const renewed =
    generationId === undefined || snapshot.config['vmgenid'] === undefined ? {} : { vmgenid: generationId };
  const config = disksOf(document.config).reduce((draft, { volume }) => withUnusedDisk(draft, volume), {
    ...snapshot.config,
    ...renewed,
  } as VmConfig);
  return { ...document, config, parent: name };
}
