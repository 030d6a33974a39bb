// What the daemon orders of a backup's worker, what that tells meanwhile and at the end: plain data alone.

import type { Attachment } from '../../../storage-plugins/plugin.ts';
import type { FrameChain } from '../compression/frame-chain.ts';
import type { TarRead, TarSource, TarTarget, TreeText } from '../trees/tar-orders.ts';

/** Where a disk's bytes are read or written. */
export type DiskEnd =
  /** An NBD server that runs already: QEMU's, of a running guest's pull backup. */
  | { readonly kind: 'nbd'; readonly socket: string; readonly exportName: string }
  /** A volume that nobody uses: opened by a qemu-nbd that the worker starts and ends. */
  | { readonly kind: 'image'; readonly attachment: Attachment };

export interface ArchiveFile {
  /** Absolute. */
  readonly path: string;
  /** As the archive is or will be called; tells format and compression. The name of the file at `path` tells nothing. */
  readonly name: string;
}

export interface WriteVmaOrder {
  readonly kind: 'write-vma';
  /** A file that exists; what is in it is overwritten. Compression by its name: zst, gz, lzo or none. */
  readonly archive: ArchiveFile;
  /** The archive's own id; `xxxxxxxx-xxxx-…`. */
  readonly uuid: string;
  /** When the content is from: seconds since the epoch; now if not given. */
  readonly ctime?: number | undefined;
  readonly texts: readonly { readonly name: 'qemu-server.conf' | 'qemu-server.fw'; readonly text: string }[];
  /** They are read one after the other, in this order. `device`: see `deviceNameOf`. */
  readonly disks: readonly {
    readonly device: string;
    /** As the guest sees it; a multiple of 512. What the source has must be as large. */
    readonly sizeBytes: number;
    readonly from: DiskEnd;
  }[];
  /** The most that is read of the disks in a second; undefined: as fast as it goes. */
  readonly bytesPerSecond?: number | undefined;
  /** Frames compressed at the same time, 1 to 8; 1 if not given. Of zstd only. */
  readonly zstdThreads?: number | undefined;
}

/** Packs a container's files (`../trees`); the file as of `write-vma`. */
export interface WriteTarOrder {
  readonly kind: 'write-tar';
  readonly archive: ArchiveFile;
  readonly tree: TarSource;
  /** Of the files, in a second. */
  readonly bytesPerSecond?: number | undefined;
  readonly zstdThreads?: number | undefined;
}

/** Reads the whole archive, VMA or tar by its name, with all its checksums. */
export interface CheckOrder {
  readonly kind: 'check';
  readonly archive: ArchiveFile;
  /** Refuse a zstd archive without the table that ours end with: for those that were just written. */
  readonly ours?: boolean | undefined;
}

/** Looks at the bounds of all frames of an archive of ours in zstd, and at its table: a read of some bytes for each frame. */
export interface CheckFramesOrder {
  readonly kind: 'check-frames';
  readonly archive: ArchiveFile;
}

/** Reads as little as possible. For VMA archives. */
export interface DescribeOrder {
  readonly kind: 'describe';
  readonly archive: ArchiveFile;
}

export interface RestoreVmaOrder {
  readonly kind: 'restore-vma';
  readonly archive: ArchiveFile;
  /** Devices of the archive that are not named here are passed over. */
  readonly disks: readonly {
    readonly device: string;
    /** As the archive has it; anything else is refused. The target may be larger: what is beyond becomes zeros. */
    readonly sizeBytes: number;
    /** What is beyond is passed over: a chip of firmware that was on a larger device. Whole sectors; all of it if not given. */
    readonly keepBytes?: number | undefined;
    readonly to: DiskEnd;
    /** The target reads as zeros wherever it was not written: zeros are left out. Otherwise they are written, as holes where possible. */
    readonly targetIsZero: boolean;
  }[];
  /** The most that is written in a second, zeros not counted; undefined: as fast as it goes. */
  readonly bytesPerSecond?: number | undefined;
}

/** Reads the beginning of a tar archive. */
export interface DescribeTarOrder {
  readonly kind: 'describe-tar';
  readonly archive: ArchiveFile;
}

/** Unpacks a container's files into volumes that are mounted and empty (`../trees`). */
export interface RestoreTarOrder {
  readonly kind: 'restore-tar';
  readonly archive: ArchiveFile;
  readonly into: TarTarget;
  /** Of the files, in a second. */
  readonly bytesPerSecond?: number | undefined;
}

/** Serves disks of an archive of ours by NBD, read-only, until the worker is ended. Resolves `ready` when it listens. */
export interface ServeVmaOrder {
  readonly kind: 'serve-vma';
  readonly archive: ArchiveFile;
  /** At most 103 bytes; what lies there is replaced. */
  readonly socket: string;
  /** Who alone may connect, beside root: QEMU's user. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  readonly exports: readonly { readonly device: string; readonly exportName: string }[];
}

export type WorkerOrder =
  | WriteVmaOrder
  | WriteTarOrder
  | CheckOrder
  | CheckFramesOrder
  | DescribeOrder
  | DescribeTarOrder
  | RestoreVmaOrder
  | RestoreTarOrder
  | ServeVmaOrder;

/** All in bytes. Told at most twice a second, and at the end. */
export interface WorkerProgress {
  /** Of the disks: read, or known to be zeros. Of trees: packed. When checking, and restoring a tar archive: of the archive's file. */
  readonly processedBytes: number;
  /** Of trees an estimate, never less than is processed. */
  readonly totalBytes: number;
  /** Of those processed, what was left out as zeros. */
  readonly zeroBytes: number;
  /** Of the archive's file: written, or read. */
  readonly archiveBytes: number;
}

/** The archive is on the disk (fsync), its name in its folder perhaps not yet. */
export interface WrittenArchive {
  readonly archiveBytes: number;
  readonly processedBytes: number;
  readonly zeroBytes: number;
  /** Of VMA archives. */
  readonly disks: readonly { readonly device: string; readonly sizeBytes: number }[];
}

export interface CheckedArchive {
  readonly archiveBytes: number;
  /** Of all disks, or of the tar archive. */
  readonly processedBytes: number;
  readonly zeroBytes: number;
  /** `whole`: our table of frames was there and lists what was read. `none`: no such table, so the content alone told that it is whole. */
  readonly trailer: 'whole' | 'none';
}

export interface ArchiveDescription {
  readonly archiveBytes: number;
  readonly uuid: string;
  /** Seconds since the epoch. */
  readonly ctime: number;
  /** As they are stored, all of them, as strangers wrote them: `qemu-server.conf`, `qemu-server.fw`, perhaps others. UTF-8. */
  readonly texts: readonly { readonly name: string; readonly text: string }[];
  /** Without `vmstate`. */
  readonly disks: readonly { readonly device: string; readonly sizeBytes: number }[];
  /** The archive holds the saved memory of a machine, which is not restored. */
  readonly hasState: boolean;
  /** It can be read from anywhere (`serve-vma`), by what its end says. */
  readonly seekable: boolean;
}

/** All of it is flushed. */
export interface RestoredDisks {
  readonly processedBytes: number;
  readonly zeroBytes: number;
}

/** As strangers wrote them. */
export interface DescribedTree {
  readonly archiveBytes: number;
  readonly texts: readonly TreeText[];
}

export interface RestoredTree extends TarRead {
  readonly processedBytes: number;
}

/** What `done` resolves with, by kind of order. `serve-vma` never does: it ends by `kill`, with `cancelled`. */
export interface WorkerResults {
  readonly 'write-vma': WrittenArchive;
  readonly 'write-tar': WrittenArchive;
  readonly check: CheckedArchive;
  readonly 'check-frames': FrameChain;
  readonly describe: ArchiveDescription;
  readonly 'describe-tar': DescribedTree;
  readonly 'restore-vma': RestoredDisks;
  readonly 'restore-tar': RestoredTree;
  readonly 'serve-vma': undefined;
}

export type WorkerResult<Order extends WorkerOrder = WorkerOrder> = WorkerResults[Order['kind']];
