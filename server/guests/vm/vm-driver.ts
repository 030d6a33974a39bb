// The VM driver's interface: what every guest driver has, and what only virtual machines can do.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import type { AppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { GuestDriver } from '../guest-driver.ts';
import type { BackupView, BackupWish } from './backup-types.ts';
import type { VmChange, VmStart } from './vm-start.ts';

export interface AskOptions {
  /** Through the guest agent first; when it does not answer, by the power button (ACPI) all the same. */
  readonly agent?: boolean;
}

export interface Screenshot {
  readonly mimeType: string;
  readonly data: Buffer;
}

/** Where memory is saved to: a file or block device, there already. */
export interface MemoryTarget {
  readonly path: string;
  readonly sizeBytes: number;
}

/** What must be known to go on from saved memory, and what machine it is of. */
export interface MemorySaved {
  /** SHA-256 of the head, in hexadecimal. */
  readonly digest: string;
  /** Machine type with its version: `pc-i440fx-7.2`. */
  readonly machine: string | undefined;
  /** Processor model and flags, in QEMU's notation. */
  readonly cpu: string | undefined;
}

/** A copy of a running guest's drive in the making. */
export interface DiskMirror {
  /** The drive's target, `sda`. */
  readonly disk: string;
  /** There already, and as large; what it holds is written over. */
  readonly to: Attachment;
  /** 0: no limit. */
  readonly bytesPerSecond: number;
}

export interface VmDriver extends GuestDriver<VmStart, VmChange> {
  requestShutdown(vmid: number, options?: AskOptions): Promise<void>;
  requestReboot(vmid: number, options?: AskOptions): Promise<void>;
  /** Presses keys together, named as QEMU does: `ctrl-alt-delete`. An unknown name is `invalid-input`. */
  sendKey(vmid: number, keys: string): Promise<void>;
  /**
   * Sends a JSON command to the guest agent; resolves with its JSON answer, at most 1 MiB, whose content is the guest's
   * word. No agent running: `unavailable`; none configured: `unsupported`; too slow: `timeout`.
   */
  agentCommand(vmid: number, command: string, timeoutSeconds: number): Promise<string>;
  /**
   * Takes internal snapshots of the images behind the drives (`scsi0`), all at the same moment, without the guest noticing. None
   * is left when one fails. The images must be ones that can hold them (qcow2).
   */
  snapshotDisks(vmid: number, keys: readonly string[], snapshot: string): Promise<void>;
  /** Takes them away again; one that is not there is no error. */
  removeDiskSnapshots(vmid: number, keys: readonly string[], snapshot: string): Promise<void>;
  /**
   * Saves the guest's memory while it runs on; resolves when all but a little is saved and its processors stand, so that its
   * disks can be kept as of the same moment. `finishMemorySave` must follow at once, or `abortMemorySave`.
   */
  beginMemorySave(context: WorkContext, vmid: number, target: MemoryTarget): Promise<void>;
  /**
   * Saves the rest, lets the guest go on unless it stood before or `standing` is asked for, and resolves when all is on the disk.
   */
  finishMemorySave(
    context: WorkContext,
    vmid: number,
    options?: { readonly standing?: boolean },
  ): Promise<MemorySaved>;
  /**
   * Copies what a drive holds while the guest goes on; resolves when the copy holds the same. From then on it gets every further
   * write, too, until `switchDisk` or `endMirror`. Repeatable: one that is under way is waited for. `command-failed` when QEMU
   * gave it up (the target is full).
   */
  mirrorDisk(context: WorkContext, vmid: number, mirror: DiskMirror): Promise<void>;
  /**
   * Copies into a running guest's disk what it has from the images below it; resolves when it needs none of them any more.
   * Repeatable: one that is under way is waited for, and one that needs none is no error. `command-failed` when QEMU gave it up (what
   * is below cannot be read, the storage is full). 0 bytes per second: no limit.
   */
  pullDisk(context: WorkContext, vmid: number, disk: string, bytesPerSecond: number): Promise<void>;
  /** The guest uses the finished copy from here on, and writes to the old volume no more. Repeatable. */
  switchDisk(vmid: number, disk: string, to: Attachment): Promise<void>;
  /** Ends the copying; true: the copy was finished, and holds what the drive held then. Repeatable; none under way, or no guest, is no error. */
  endMirror(vmid: number, disk: string): Promise<boolean>;
  /** Is this what the running guest has open as the drive? False when it does not run. */
  usesDisk(vmid: number, disk: string, what: Attachment): Promise<boolean>;
  /** Copies all bytes of one volume over another's of the same size; both are attached. Repeatable. */
  copyContent(context: WorkContext, from: Attachment, to: Attachment): Promise<void>;
  /** Gives up a save, also one that a former life of the daemon began. A guest that ran runs on. Repeatable; none under way is no error. */
  abortMemorySave(vmid: number): Promise<void>;
  /** One line to the monitor that QEMU has for people; answers what it prints, at most a million characters. */
  monitorCommand(vmid: number, command: string): Promise<string>;
  /** The command line that a start with this domain XML would run, without secrets. */
  commandLine(xml: string): Promise<string>;
  /** What the first screen shows. */
  screenshot(vmid: number): Promise<Screenshot>;
  /**
   * Shows drives of a running guest as they are at one moment, by NBD, until `endBackup`; the guest goes on. At most one for a
   * guest (`busy`). When it fails, nothing of it is left. `not-found`: it does not run, or has no such drive. `no-capacity`: there is no room to
   * keep what the guest will overwrite. `wrong-state`: a drive is being moved or copied.
   */
  beginBackup(context: WorkContext, vmid: number, wish: BackupWish): Promise<BackupView>;
  /**
   * Ends it and removes all that it needed; a guest that stood for want of room goes on. All who read must have closed their
   * connections, or be dead: `busy` when some are still there after a while, and the backup is left as it is. Repeatable; none under way, or no guest, is
   * no error, and what a former life of the daemon began is ended as well.
   */
  endBackup(context: WorkContext, vmid: number): Promise<void>;
  /**
   * Calls back once, when the backup cannot go on: its room runs out (`no-capacity`), the guest ended (`wrong-state`) or stands because
   * a disk failed. It is for the listener to end the readers and the backup. Told at once when it was so before; until the returned
   * function is called.
   */
  watchBackup(vmid: number, listener: (problem: AppError) => void): () => void;
}
