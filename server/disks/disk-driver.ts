// What is asked of the machine's disks: looking at them, and writing to them. The real one calls tools, the fake is in memory.
import type { BlockDevice } from '../node/block-devices.ts';

/** A mark by which a device is known to be something: of a file system, RAID, LVM, a partition table. */
export interface Signature {
  /** `/dev/sda1`. */
  readonly device: string;
  /** As libblkid names it: `ext4`, `LVM2_member`, `linux_raid_member`, `gpt`, `PMBR`, `dos`, ... */
  readonly type: string;
  readonly uuid: string;
  /** People and strangers wrote it. */
  readonly label: string;
}

interface Partition {
  readonly path: string;
  readonly number: number;
  /** Of the partition itself, upper case; empty where the table has none. */
  readonly guid: string;
  readonly sizeBytes: number;
}

export interface PartitionTable {
  /** `gpt`, `dos`. */
  readonly type: string;
  readonly partitions: readonly Partition[];
}

export interface PhysicalVolume {
  /** `/dev/sdb1`; `[unknown]` of a disk that is missing. */
  readonly device: string;
  readonly sizeBytes: number;
  readonly freeBytes: number;
}

export interface LogicalVolume {
  readonly name: string;
  readonly sizeBytes: number;
  /** Segment type as lvs(8) has it: `linear`, `thin-pool`, `thin`, ... */
  readonly type: string;
  /** Of a thin volume: its pool; else empty. */
  readonly pool: string;
  readonly active: boolean;
  /** Somebody has its device open. */
  readonly open: boolean;
  /** Of a thin pool: bytes of data and of metadata in use, and of metadata in all. */
  readonly usedBytes: number;
  readonly metadataBytes: number;
  readonly metadataUsedBytes: number;
}

export interface VolumeGroup {
  readonly name: string;
  readonly sizeBytes: number;
  readonly freeBytes: number;
  /** Disks of it are missing. */
  readonly partial: boolean;
  readonly devices: readonly PhysicalVolume[];
  readonly volumes: readonly LogicalVolume[];
}

/** All disks with what stands on them, at one moment. */
export interface Survey {
  readonly disks: readonly BlockDevice[];
  readonly groups: readonly VolumeGroup[];
  /** Devices that are LVM's but in no group yet. */
  readonly spare: readonly string[];
}

export type FileSystemType = 'ext4' | 'xfs';

/** A disk that is mounted as a directory, kept in a file of its own. */
export interface DirectoryMount {
  /** The last part of `/mnt/pve/<name>`. */
  readonly name: string;
  /** Where it is mounted. */
  readonly path: string;
  /** Of the file system. */
  readonly uuid: string;
  readonly type: FileSystemType;
  /** `defaults`. */
  readonly options: string;
  /** GUID of the partition that it is on, by which it is found when the file system is gone; empty: not known. */
  readonly partition: string;
  /** The file. */
  readonly unitFile: string;
}

export interface PoolSizes {
  readonly dataBytes: number;
  readonly metadataBytes: number;
}

/**
 * Every method is bounded in time and repeatable: asking for what is so already is no error, also when a former call was cut off in
 * its middle. Methods that write check nothing: who may write what is decided above.
 */
export interface DiskDriver {
  survey(signal: AbortSignal): Promise<Survey>;
  /** The path that the kernel has for a device, for one that may be a link; the same when it does not exist. */
  resolve(path: string): Promise<string>;
  /** Of several devices, in one go. */
  signatures(devices: readonly string[], signal: AbortSignal): Promise<Signature[]>;
  /** Undefined: there is none. */
  table(disk: string, signal: AbortSignal): Promise<PartitionTable | undefined>;

  /** An empty GPT, with this GUID or a random one. */
  makeTable(disk: string, guid: string | undefined, signal: AbortSignal): Promise<void>;
  /** Partition 1 over the whole disk, with this GUID, in a new GPT when there is none; answers its path. */
  makePartition(disk: string, guid: string, signal: AbortSignal): Promise<string>;
  /** Of an empty disk's table; without it nothing. */
  removePartition(disk: string, guid: string, signal: AbortSignal): Promise<void>;
  /** All signatures, of a disk also the table, and the first and last mebibytes. `busy` when the kernel has it in use. */
  erase(device: string, what: 'disk' | 'part', signal: AbortSignal): Promise<void>;
  makeFileSystem(device: string, type: FileSystemType, uuid: string, signal: AbortSignal): Promise<void>;

  makeGroup(name: string, device: string, signal: AbortSignal): Promise<void>;
  /** Switches its volumes off; rejects while one is open. */
  closeGroup(name: string, signal: AbortSignal): Promise<void>;
  /** With all its volumes. Its devices stay LVM's. */
  removeGroup(name: string, signal: AbortSignal): Promise<void>;
  /** A device that is in no group stops being LVM's. */
  releaseDevice(device: string, signal: AbortSignal): Promise<void>;
  makePool(group: string, name: string, sizes: PoolSizes, signal: AbortSignal): Promise<void>;
  /** A pool with its volumes. */
  removePool(group: string, name: string, signal: AbortSignal): Promise<void>;

  mounts(): Promise<DirectoryMount[]>;
  /** Where a directory of this name is mounted and its file stands. */
  mountOf(name: string, given: Pick<DirectoryMount, 'uuid' | 'type' | 'partition'>): DirectoryMount;
  /**
   * For a kernel that cannot keep quotas as a new file system has them: takes them out of that on `device`, which is not mounted, and
   * answers the mount without them. Undefined: it has none.
   */
  withoutQuotas(
    mount: DirectoryMount,
    device: string,
    signal: AbortSignal,
  ): Promise<DirectoryMount | undefined>;
  /** Keeps it for all starts to come, and mounts it. */
  mount(mount: DirectoryMount, signal: AbortSignal): Promise<void>;
  /** `busy` while somebody uses it. It is mounted again at the next start unless it is forgotten. */
  unmount(mount: DirectoryMount, signal: AbortSignal): Promise<void>;
  forgetMount(mount: DirectoryMount): Promise<void>;
  /** Of a mounted directory; undefined: it is not mounted. */
  space(mount: DirectoryMount): Promise<{ sizeBytes: number; availableBytes: number } | undefined>;
  /** Some files in it, at most `most`; empty folders and `lost+found` do not count, folders that are too many to be looked into do. */
  someFiles(mount: DirectoryMount, most: number): Promise<string[]>;
}
