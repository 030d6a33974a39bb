// The storage plugin contract: what a plugin declares, and what the service may ask of it. Plain data in, plain data out.
import type { Readable } from 'node:stream';
import type { WorkContext } from '../server/core/work-context.ts';
import type { Attachment } from './attachment.ts';

export type { Attachment, BackingVolume } from './attachment.ts';

/** Version of this contract; a plugin names the one it was written for. Changes: CHANGES.md. */
export const contractVersion = 4;

/** The API's content kinds. `rootdir`: trees and images of containers. `backup`: archives of guests, with what lies beside each. */
export type ContentKind = 'images' | 'rootdir' | 'vztmpl' | 'backup' | 'iso' | 'snippets' | 'import';
/** An archive of a guest: the extension of its name, as the API has it (`tgz` is one too). */
export type ArchiveFormat =
  | 'vma'
  | 'vma.zst'
  | 'vma.gz'
  | 'vma.lzo'
  | 'vma.bz2'
  | 'tar'
  | 'tar.zst'
  | 'tar.gz'
  | 'tar.lzo'
  | 'tar.bz2';
/** `tgz`, `txz`, `tzst`, `tbz2`: container templates by their compression, as the API names them. */
export type VolumeFormat =
  | 'raw'
  | 'qcow2'
  | 'vmdk'
  | 'subvol'
  | 'iso'
  | 'tgz'
  | 'txz'
  | 'tzst'
  | 'tbz2'
  | 'snippet'
  | 'ova'
  | 'ovf'
  | 'vhdx'
  | 'vhd'
  | 'conf'
  | ArchiveFormat;

/** An option of a storage's configuration, as the wizard and the checker need it. */
export interface OptionDeclaration {
  readonly name: string;
  readonly type:
    | 'string'
    | 'boolean'
    | 'integer'
    | 'path'
    | 'content-list'
    | 'node-list'
    | 'secret'
    | 'choice';
  /** The words allowed, of a `choice`. */
  readonly choices?: readonly string[];
  readonly required: boolean;
  /** True when it cannot change once the storage is created. */
  readonly fixed: boolean;
  readonly description: string;
}

/**
 * `snapshot`: of the volume as it is (`current`) it can be taken, rolled back to and removed; `snapshot`: one can be opened.
 * `clone`: a full clone by means of the storage itself. `linked-clone`: one that shares with a base or a snapshot.
 * `copy`: `copyDisk` makes such a volume from another one, also of another storage. `template`: it can be made a base.
 * `resize`: it grows. `sparse`: what was never written takes no space. `discard`: what a guest gives back is free again.
 * `annotate`: notes and the mark of protection are kept.
 * `memory`: can hold the memory of a guest (a snapshot with memory, hibernation).
 * `stream-in`, `stream-out`: as a stream of its own format.
 */
export type Feature =
  | 'snapshot'
  | 'clone'
  | 'linked-clone'
  | 'copy'
  | 'template'
  | 'resize'
  | 'sparse'
  | 'discard'
  | 'annotate'
  | 'memory'
  | 'stream-in'
  | 'stream-out';
/** In which states of a volume a feature works. */
export interface Capability {
  readonly feature: Feature;
  readonly formats: readonly VolumeFormat[];
  readonly states: readonly ('current' | 'snapshot' | 'base')[];
  /** Also while a running guest has the volume open. */
  readonly live: boolean;
  /** Of `snapshot`: they are volumes below the image. Who has the image open is never asked to keep them inside it. */
  readonly chained?: boolean;
}

export interface PluginDeclaration {
  /** The API's type word: `dir`, `lvm`, `nfs`, ... */
  readonly type: string;
  readonly contractVersion: number;
  readonly options: readonly OptionDeclaration[];
  /** Of formats that only storages with an option switched on make: the option's name. */
  readonly formatOptions?: Readonly<Partial<Record<VolumeFormat, string>>>;
  /**
   * Names of the options that say together where it lies: the folder, the server and its export, the volume group. Two storages with the
   * same are refused. Absent: every storage has a place of its own.
   */
  readonly place?: readonly string[];
  readonly contents: readonly ContentKind[];
  /** First is the default for new disk images. */
  readonly imageFormats: readonly VolumeFormat[];
  readonly shared: boolean;
  readonly capabilities: readonly Capability[];
  /** Formats of new volumes of containers, the default first; empty: none. */
  readonly rootFormats: readonly VolumeFormat[];
  /**
   * True when its calls can wait for a server or a device without end: each storage then lives in a process of its own, which is
   * ended when a call does not come back. Options and answers of an isolated plugin pass between processes: plain data only.
   */
  readonly isolated: boolean;
  /** Programs that it calls, with the Debian package of each, so that the lack of one is told before it is missed. */
  readonly programs: readonly { readonly program: string; readonly package: string }[];
}

export interface StorageUsage {
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
  /** What its administrator should know though it works: nearly full metadata, a mirror that is not in sync. Plain sentences. */
  readonly warnings?: readonly string[];
}

export interface VolumeInfo {
  /** The part of the volume id after `storage:`; for instance `iso/debian.iso`, `100/vm-100-disk-0.qcow2`. */
  readonly name: string;
  readonly content: ContentKind;
  readonly format: VolumeFormat;
  /** What the guest or reader sees, in bytes. */
  readonly sizeBytes: number;
  /** What it takes on the storage now, in bytes. */
  readonly usedBytes: number;
  /**
   * Of an image with snapshots inside: the most pieces that one of them has to be counted over. A guest that has the image open
   * stands for it.
   */
  readonly clusters?: number;
  /** Owner guest; undefined when it belongs to none. Of a backup the guest in its name, which need not exist any more. */
  readonly vmid: number | undefined;
  /** Volume name of the base that it is a linked clone of. */
  readonly parent: string | undefined;
  /** Seconds since the epoch. Of a backup what its name says, where it does. */
  readonly createdAt: number;
  /** What people wrote about it; hostile to whoever shows it. */
  readonly notes?: string | undefined;
  /** It is not to be removed. */
  readonly protected?: boolean | undefined;
}

export interface NewDisk {
  /** 0: of no guest but the node itself (unpacked templates); such volumes are listed only for `vmid: 0`. */
  readonly vmid: number;
  /** `subvol`: an empty tree, content `rootdir`. */
  readonly format: VolumeFormat;
  /** Of a `subvol` the limit, where the storage can set one (`limitsTrees`); 0: none. */
  readonly sizeBytes: number;
  /**
   * The name to give it, without folder and extension: `vm-<vmid>-<word>`; taken already: `already-exists`.
   * Without it the plugin picks the next free `vm-<vmid>-disk-<n>`.
   */
  readonly name?: string | undefined;
}

/** A disk that is made from another one. */
export interface DiskCopy extends Omit<NewDisk, 'sizeBytes'> {
  /** The most that is read of the source in a second; undefined: as fast as it goes. */
  readonly bytesPerSecond?: number | undefined;
}

export interface VolumeClone {
  readonly vmid: number;
  /** As in `NewDisk`. */
  readonly name?: string | undefined;
  /** Of the source; undefined: as it is now. */
  readonly snapshot?: string | undefined;
  /**
   * Of a tree: its size, if not that of the source. Saves a `resize`; a plugin may leave it to that, and answers the size that the
   * clone has. `invalid-input` when the tree holds more.
   */
  readonly sizeBytes?: number | undefined;
  /**
   * `linked`: shares what it can with its source, which must be a base or a snapshot, and cannot be removed while it has clones.
   * `full`: depends on nothing; by the fastest means that the storage has.
   */
  readonly mode: 'linked' | 'full';
  /** Of a linked clone of an image, where it is another than its base has: `qcow2` over `raw`. `unsupported` where there is no such. */
  readonly format?: VolumeFormat | undefined;
}

/** A disk image that comes with a description of a VM. */
export interface ImportMember {
  /** As the description names it. */
  readonly name: string;
  /** Volume name to attach it by, for copying: `import/box.ova/box-disk1.vmdk`. */
  readonly volume: string;
  /** Of the file, not of the disk in it. */
  readonly bytes: number;
}

/** What a file of content `import` is. `conf`: a VM's configuration as a text of keys. Texts are as strangers wrote them. */
export type ImportDescription =
  | { readonly kind: 'image' }
  | {
      readonly kind: 'ova' | 'ovf' | 'conf';
      readonly text: string;
      readonly members: readonly ImportMember[];
    };

/** A small file beside a backup: the log of its making, a picture of the guest's screen (PNG), the proof of a restore (JSON). */
export type BesideKind = 'log' | 'picture' | 'proof';

/** Of one file beside a backup. */
export const mostBesideBytes = 16 * 1024 ** 2;

/** An import in progress: invisible under its final name until it is committed. */
export interface PendingImport {
  /** Plain text that survives a restart of the daemon; only the storage that made it can read it. */
  readonly id: string;
  /** The volume name that it will have. */
  readonly name: string;
}

export interface ImportedBytes {
  readonly sizeBytes: number;
  /** In lower-case hex, when an algorithm was asked for. */
  readonly checksum: string | undefined;
}

export type ChecksumAlgorithm = 'md5' | 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512';

/**
 * One configured storage on this node. Every call is bounded in time by its context; calls are independent of each
 * other and hold no state that a restart would lose. Names from users never leave the storage: a plugin checks every
 * name against its content kind's rule and answers `invalid-input`.
 */
export interface Storage {
  /** Can it be used now? Throws `unavailable` with the reason. Changes nothing. */
  check(context: WorkContext): Promise<void>;
  /** Makes it usable (directories, mounts). Repeatable. */
  activate(context: WorkContext): Promise<void>;
  deactivate(context: WorkContext): Promise<void>;
  usage(context: WorkContext): Promise<StorageUsage>;

  /** All volumes of the kinds, or of one guest; one pass over the storage, not one process per volume. */
  list(
    context: WorkContext,
    filter: { contents?: readonly ContentKind[]; vmid?: number },
  ): Promise<VolumeInfo[]>;
  /** One volume; `not-found`. */
  info(context: WorkContext, name: string): Promise<VolumeInfo>;
  createDisk(context: WorkContext, disk: NewDisk): Promise<VolumeInfo>;
  /**
   * Sets the notes of a volume, or whether it is protected; `undefined` leaves either as it is, an empty text removes the notes.
   * `unsupported` where the storage cannot keep that.
   */
  annotate(
    context: WorkContext,
    name: string,
    change: { readonly notes?: string | undefined; readonly protected?: boolean | undefined },
  ): Promise<void>;
  /**
   * Removes a volume; deleting what is not there is no error. A protected one: `wrong-state`. With a backup goes all that lies beside
   * it, after the archive itself.
   */
  remove(context: WorkContext, name: string): Promise<void>;
  /**
   * Grows a disk to `sizeBytes`; `invalid-input` when that is smaller than now. While a guest has it open only where the capability
   * says `live`: then what is below the image grows, and the guest's driver does the rest. The limit of a tree also
   * while it is open, and both ways, but not below what it holds.
   */
  resize(context: WorkContext, name: string, sizeBytes: number): Promise<void>;
  /**
   * Fully copies `source` into a new disk of this storage. A source image that names other files (backing file,
   * external data file) is refused with `invalid-input`: it could be made to read any file of the host.
   */
  copyDisk(context: WorkContext, source: Attachment, disk: DiskCopy): Promise<VolumeInfo>;
  snapshot(context: WorkContext, name: string, snapshot: string): Promise<void>;
  rollback(context: WorkContext, name: string, snapshot: string): Promise<void>;
  removeSnapshot(context: WorkContext, name: string, snapshot: string): Promise<void>;
  listSnapshots(context: WorkContext, name: string): Promise<string[]>;
  /**
   * A new volume from one of this storage. The name must be free (`already-exists`). `wrong-state` when a linked clone is asked of
   * what is neither base nor snapshot; `unsupported` when the storage cannot do it (see its capabilities).
   */
  clone(context: WorkContext, name: string, clone: VolumeClone): Promise<VolumeInfo>;
  /** Makes a volume that nobody has open a base: read-only, under a name `base-...`. Repeatable; answers it as it is now. */
  makeBase(context: WorkContext, name: string): Promise<VolumeInfo>;
  /** Gives a volume that nobody has open, without clones, to another guest; answers it under its new name. */
  reassign(context: WorkContext, name: string, vmid: number, newName?: string): Promise<VolumeInfo>;
  /** Can the sizes of trees (`subvol`) be limited here? The file system's matter, not the plugin's. False where there are none. */
  limitsTrees(context: WorkContext): Promise<boolean>;

  /**
   * Begins an import of a file of the kind (iso, vztmpl, import, snippets, backup): checks the name and, with `expectedBytes`,
   * the free space (`no-capacity`). With a `key` (any text), beginning again under the same name and key gives the same
   * import: a task that crashed finds what it had begun.
   */
  beginImport(
    context: WorkContext,
    content: ContentKind,
    fileName: string,
    options: { expectedBytes?: number | undefined; key?: string | undefined },
  ): Promise<PendingImport>;
  /**
   * Writes the whole stream, durably, from the beginning: repeatable. When it fails (aborted, no space, a length other
   * than `exactBytes`) the import is discarded.
   */
  writeImport(
    context: WorkContext,
    id: string,
    source: Readable,
    options: { checksumAlgorithm?: ChecksumAlgorithm | undefined; exactBytes?: number | undefined },
  ): Promise<ImportedBytes>;
  /**
   * The path of the file that a pending import of content `backup` is written to, for a writer of its own. It exists, is empty (asking
   * again empties it), and nobody but its owner may open it. `commitImport` syncs it. `unsupported` for other contents.
   */
  importPath(context: WorkContext, id: string): Promise<string>;
  /** What was written, before it is committed. */
  readImport(context: WorkContext, id: string): Promise<Readable>;
  /**
   * Makes it visible under its name, atomically and durably; `already-exists` unless `replace`. Repeatable: an import
   * that was committed answers its volume again. Refuses disk images that name other files (`invalid-input`).
   */
  commitImport(context: WorkContext, id: string, replace: boolean): Promise<VolumeInfo>;
  /**
   * Removes every trace of it. Repeatable. After the commit it does nothing, except with `published`: then also the
   * volume goes, when it is the one that this import made.
   */
  discardImport(context: WorkContext, id: string, options?: { published?: boolean }): Promise<void>;
  /**
   * Removes what interrupted imports and allocations of this node left behind, except the imports whose ids `keep`
   * mentions (ids, or texts that hold them) and those that this process works on; returns the names removed.
   */
  sweep(context: WorkContext, keep: readonly string[]): Promise<string[]>;
  /**
   * What a file of content `import` describes. `invalid-input` for an archive that is refused: links, folders, names that lead
   * elsewhere, no or several descriptions, texts too long. The disks in an archive are attached by names of their own.
   */
  describeImport(context: WorkContext, name: string): Promise<ImportDescription>;
  /**
   * Writes a small file beside a backup, of at most `mostBesideBytes` (`invalid-input`): atomically and durably, replaced when it is
   * there. `not-found` without the backup; `unsupported` for the log of one that was renamed: those have none.
   */
  putBeside(context: WorkContext, name: string, kind: BesideKind, content: Uint8Array): Promise<void>;
  /** What lies beside a backup; undefined when there is none, `not-found` without the backup, `invalid-input` when it is too long. */
  readBeside(context: WorkContext, name: string, kind: BesideKind): Promise<Uint8Array | undefined>;
  /** The whole volume as a stream of its own format. */
  exportStream(context: WorkContext, name: string): Promise<Readable>;

  /** Makes the volume, or one of its snapshots (to be read only), openable on this node and says how. Repeatable. */
  attach(context: WorkContext, name: string, snapshot?: string): Promise<Attachment>;
  detach(context: WorkContext, name: string): Promise<void>;
}

/** A plugin: its declaration and how to open one configured storage. `open` checks the options and touches nothing. */
export interface StoragePlugin {
  readonly declaration: PluginDeclaration;
  open(id: string, options: Readonly<Record<string, unknown>>): Storage;
}
