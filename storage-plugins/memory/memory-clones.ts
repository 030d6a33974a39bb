// Clones, bases and new owners of a memory storage's volumes.
import { AppError, hasCode, notFound } from '../../server/core/errors.ts';
import type { NewDisk, Storage, VolumeInfo } from '../plugin.ts';
import {
  baseStem,
  checkSnapshotName,
  diskVolumeName,
  isBaseName,
  nextDiskStem,
  readDiskFileName,
  readVolumeName,
  reassignedStem,
  type VolumeName,
} from '../volume-names.ts';
import type { MemoryVolume, MemoryVolumes } from './memory-volumes.ts';

/** A new volume under the wanted or the next free name; `already-exists`. */
export function addDisk(
  volumes: MemoryVolumes,
  wanted: Omit<NewDisk, 'sizeBytes'>,
  sizeBytes: number,
  parent?: string,
): VolumeInfo {
  const stems = stemsOf(volumes, wanted.vmid);
  const stem = wanted.name ?? nextDiskStem(wanted.vmid, wanted.format, stems);
  const volume = diskVolumeName(wanted.vmid, stem, wanted.format);
  if (stems.includes(stem)) throw taken(stem);
  return volumes.add(volume, { sizeBytes, usedBytes: 0, bytes: undefined, parent });
}

/** The calls of the contract about clones. Linked ones are made as in a directory. */
export function memoryClones(
  volumes: MemoryVolumes,
): Pick<Storage, 'clone' | 'makeBase' | 'reassign' | 'limitsTrees'> {
  const diskOf = (name: string): VolumeName => {
    const volume = readVolumeName(name);
    if (volume.vmid === undefined)
      throw new AppError('unsupported', `'${name}' is not a guest's disk: only disks can do that`);
    return volume;
  };
  const rename = (volume: VolumeName, renamed: VolumeName): VolumeInfo => {
    const found = volumes.get(volume.name);
    if (renamed.name === volume.name) return found.info;
    if (stemsOf(volumes, renamed.vmid ?? 0).includes(stemOf(renamed))) throw taken(stemOf(renamed));
    requireNoClones(volumes, volume.name);
    return volumes.rename(found, renamed);
  };
  return {
    clone: async (context, name, clone) => {
      const volume = diskOf(name);
      if (clone.snapshot !== undefined) checkSnapshotName(clone.snapshot);
      const { info, snapshots } = volumes.get(name);
      if (context.signal.aborted) throw new AppError('cancelled', 'clone the volume: cancelled');
      const source = clone.snapshot === undefined ? info : snapshots.get(clone.snapshot);
      if (!source) throw notFound('snapshot', clone.snapshot ?? '');
      const isTree = volume.format === 'subvol';
      if (clone.snapshot !== undefined && !isTree && clone.mode === 'linked')
        throw new AppError('unsupported', `'${name}': a snapshot inside an image has no linked clones`);
      if (clone.mode === 'linked' && clone.snapshot === undefined && !isBaseName(volume))
        throw new AppError('wrong-state', `'${name}' is neither base nor snapshot`);
      const format = clone.mode === 'linked' ? (clone.format ?? volume.format) : volume.format;
      if (clone.mode === 'linked' && !isTree && format !== 'qcow2')
        throw new AppError('unsupported', `images of format '${format}' cannot have linked clones here`);
      if (clone.mode === 'full') context.progress(1);
      volumes.touch(name);
      const disk = { vmid: clone.vmid, name: clone.name, format };
      return addDisk(volumes, disk, source.sizeBytes, clone.mode === 'linked' ? name : undefined);
    },
    makeBase: async (_context, name) => {
      const volume = diskOf(name);
      const base = diskVolumeName(volume.vmid ?? 0, baseStem(stemOf(volume)), volume.format);
      try {
        return rename(volume, base);
      } catch (error) {
        if (hasCode(error, 'not-found') && volumes.has(base.name)) return volumes.get(base.name).info;
        throw error;
      }
    },
    reassign: async (_context, name, vmid, newName) => {
      const volume = diskOf(name);
      const stem = reassignedStem(volume, vmid, newName, stemsOf(volumes, vmid));
      return rename(volume, diskVolumeName(vmid, stem, volume.format));
    },
    limitsTrees: async () => true,
  };
}

/** `busy`, naming the clones that share a volume's data. */
export function requireNoClones(volumes: MemoryVolumes, name: string): void {
  const holders = volumes
    .all()
    .filter((volume: MemoryVolume) => volume.info.parent === name)
    .map((volume) => volume.info.name);
  if (holders.length > 0)
    throw new AppError('busy', `volume '${name}' has clones: ${holders.join(', ')}`, { data: { holders } });
}

function stemsOf(volumes: MemoryVolumes, vmid: number): string[] {
  return volumes
    .all()
    .filter((volume) => volume.info.vmid === vmid)
    .flatMap((volume) => readDiskFileName(volume.info.name.split('/')[1] ?? '')?.stem ?? []);
}

function stemOf(volume: VolumeName): string {
  return readDiskFileName(volume.fileName)?.stem ?? '';
}

function taken(stem: string): AppError {
  return new AppError('already-exists', `a disk '${stem}' exists already`);
}
