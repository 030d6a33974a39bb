// What a backup of a running VM is asked for, and what it is shown by. Plain data.
import type { Attachment } from '../../../storage-plugins/plugin.ts';

export interface BackupWish {
  /** Drives by their keys (`scsi0`), all shown as of the same moment. May be none where there are copies: then nobody listens. */
  readonly disks: readonly string[];
  /**
   * Small volumes that are no drives to QEMU, `efidisk0` and `tpmstate0`, as they are attached to the VM: copied at that moment.
   * At most 64 MiB each.
   */
  readonly copies?: readonly BackupCopyWish[] | undefined;
  readonly scratch: BackupScratch;
  /** Asks the guest's agent to hold its file systems still around the moment; when it does not, the log says so. */
  readonly freeze: boolean;
}

export interface BackupCopyWish {
  readonly key: string;
  readonly from: Attachment;
}

/** Where what the guest overwrites meanwhile is kept: on local disk, or the guest waits for it. */
export interface BackupScratch {
  /** Made when it is not there. QEMU's user must be able to pass its parents. */
  readonly folder: string;
  /** The backup is given up when one disk needs more than this. Undefined: as long as there is room. */
  readonly maxBytes?: number | undefined;
  /** It is given up, too, when its file system has less room than this. Default: a twentieth of it, 256 MiB to 4 GiB. */
  readonly keepFreeBytes?: number | undefined;
}

export interface BackupView {
  /** Of the NBD server, with an export for each drive; there is none without drives. */
  readonly socket: string;
  readonly disks: readonly {
    readonly key: string;
    readonly exportName: string;
    readonly sizeBytes: number;
  }[];
  /** Raw files, there until the backup is ended: `{ kind: 'file', path, format: 'raw' }` to whoever opens them. */
  readonly copies: readonly { readonly key: string; readonly path: string; readonly sizeBytes: number }[];
}
