// The volumes of one memory storage and the space that they take.
import { AppError, notFound } from '../../server/core/errors.ts';
import { backupFacts } from '../files/backup-files.ts';
import type { BesideKind, StorageUsage, VolumeInfo } from '../plugin.ts';
import type { VolumeName } from '../volume-names.ts';
import { memoryFileBytes, removeMemoryFile } from './memory-backups.ts';

export interface MemoryVolume {
  info: VolumeInfo;
  /** Contents of what was imported; disks have none. */
  bytes: Buffer | undefined;
  readonly snapshots: Map<string, VolumeInfo>;
  /** Of a backup: what lies beside it. */
  readonly beside: Map<BesideKind, Uint8Array>;
  /** Of a backup that a program wrote or reads: where; it has no `bytes` then. */
  file: string | undefined;
}

export interface MemoryImport {
  readonly volume: VolumeName;
  bytes: Buffer;
  /** Where a program writes it; instead of `bytes`. */
  file?: string | undefined;
  committed: boolean;
}

export class MemoryVolumes {
  readonly imports = new Map<string, MemoryImport>();
  readonly #id: string;
  readonly #capacityBytes: number;
  readonly #volumes = new Map<string, MemoryVolume>();

  constructor(id: string, capacityBytes: number) {
    this.#id = id;
    this.#capacityBytes = capacityBytes;
  }

  all(): MemoryVolume[] {
    return [...this.#volumes.values()];
  }

  get(name: string): MemoryVolume {
    const volume = this.#volumes.get(name);
    if (!volume) throw notFound('volume', name);
    return volume;
  }

  has(name: string): boolean {
    return this.#volumes.has(name);
  }

  add(
    volume: VolumeName,
    facts: { sizeBytes: number; usedBytes: number; bytes: Buffer | undefined; parent?: string | undefined },
    file?: string,
  ): VolumeInfo {
    const backup = volume.content === 'backup' ? backupFacts(volume) : undefined;
    removeMemoryFile(this.#volumes.get(volume.name)?.file);
    const info: VolumeInfo = {
      name: volume.name,
      content: volume.content,
      format: volume.format,
      sizeBytes: facts.sizeBytes,
      usedBytes: facts.usedBytes,
      vmid: backup?.vmid ?? volume.vmid,
      parent: facts.parent,
      createdAt: backup?.createdAt ?? Math.floor(Date.now() / 1000),
    };
    const kept = { bytes: facts.bytes, snapshots: new Map(), beside: new Map(), file };
    this.#volumes.set(volume.name, { info, ...kept });
    return info;
  }

  /** The same volume under another name. */
  rename(found: MemoryVolume, renamed: VolumeName): VolumeInfo {
    this.#volumes.delete(found.info.name);
    found.info = { ...found.info, name: renamed.name, vmid: renamed.vmid };
    this.#volumes.set(renamed.name, found);
    return found.info;
  }

  /** Of volumes of no guest the time says when they were used last, as in a directory. */
  touch(name: string): void {
    const found = this.get(name);
    if (found.info.vmid === 0) found.info = { ...found.info, createdAt: Math.floor(Date.now() / 1000) };
  }

  delete(name: string): void {
    removeMemoryFile(this.#volumes.get(name)?.file);
    this.#volumes.delete(name);
  }

  usage(): StorageUsage {
    let usedBytes = 0;
    for (const volume of this.#volumes.values()) usedBytes += volume.info.usedBytes;
    for (const { committed, bytes, file } of this.imports.values())
      if (!committed) usedBytes += file === undefined ? bytes.length : memoryFileBytes(file);
    return {
      totalBytes: this.#capacityBytes,
      usedBytes,
      availableBytes: Math.max(0, this.#capacityBytes - usedBytes),
    };
  }

  /** `no-capacity` when that many bytes do not fit any more. */
  require(bytes: number): void {
    if (bytes > this.usage().availableBytes)
      throw new AppError('no-capacity', 'not enough free space on the storage');
  }

  /** A path that no host has, by which guests' specs name the volume. */
  pathOf(name: string): string {
    return `/memory/${this.#id}/${name}`;
  }

  /** Undefined when the path is not of this storage. */
  byPath(path: string): MemoryVolume | undefined {
    const prefix = `/memory/${this.#id}/`;
    return path.startsWith(prefix) ? this.get(path.slice(prefix.length)) : undefined;
  }
}
