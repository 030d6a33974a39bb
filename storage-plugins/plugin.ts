// The storage plugin contract: what a plugin declares, and what the service may ask of it. Plain data in, plain data out.
import type { Readable } from 'node:stream';
import type { WorkContext } from '../server/core/work-context.ts';

/** Version of this contract; a plugin names the one it was written for. Changes: CHANGES.md. */
export const contractVersion = 1;

/** The API's content kinds. `backup` and `rootdir` come with their issues. */
export type ContentKind = 'images' | 'rootdir' | 'vztmpl' | 'backup' | 'iso' | 'snippets' | 'import';
export type VolumeFormat = 'raw' | 'qcow2' | 'vmdk' | 'subvol' | 'iso' | 'tgz' | 'snippet' | 'ova' | 'ovf';

/** An option of a storage's configuration, as the wizard and the checker need it. */
export interface OptionDeclaration {
  readonly name: string;
  readonly type: 'string' | 'boolean' | 'integer' | 'path' | 'content-list' | 'node-list' | 'secret';
  readonly required: boolean;
  /** True when it cannot change once the storage is created. */
  readonly fixed: boolean;
  readonly description: string;
}

export type Feature = 'snapshot' | 'clone' | 'template' | 'resize' | 'sparse' | 'stream-in' | 'stream-out';
/** In which states of a volume a feature works. */
export interface Capability {
  readonly feature: Feature;
  readonly formats: readonly VolumeFormat[];
  readonly states: readonly ('current' | 'snapshot' | 'base')[];
  /** Also while a running guest has the volume open. */
  readonly live: boolean;
}

export interface PluginDeclaration {
  /** The API's type word: `dir`, `lvm`, `nfs`, ... */
  readonly type: string;
  readonly contractVersion: number;
  readonly options: readonly OptionDeclaration[];
  readonly contents: readonly ContentKind[];
  /** First is the default for new disk images. */
  readonly imageFormats: readonly VolumeFormat[];
  readonly shared: boolean;
  readonly capabilities: readonly Capability[];
}

export interface StorageUsage {
  readonly totalBytes: number;
  readonly usedBytes: number;
  readonly availableBytes: number;
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
  /** Owner guest; undefined when it belongs to none. */
  readonly vmid: number | undefined;
  /** Volume name of the base that it is a linked clone of. */
  readonly parent: string | undefined;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

export interface NewDisk {
  readonly vmid: number;
  readonly format: VolumeFormat;
  readonly sizeBytes: number;
  /** The name to give it; without it the plugin picks the next free `vm-<vmid>-disk-<n>`. */
  readonly name?: string | undefined;
}

/** What the guest driver is to open. */
export type Attachment =
  | { readonly kind: 'file'; readonly path: string; readonly format: VolumeFormat }
  | { readonly kind: 'block'; readonly path: string }
  | {
      readonly kind: 'network';
      readonly protocol: string;
      readonly name: string;
      readonly hosts: readonly string[];
    };

/** An upload in progress: invisible under its final name until `commit`. */
export interface ImportSession {
  /** Writes the whole stream; returns its length in bytes and its checksum in hex, when asked for. */
  write(source: Readable, context: WorkContext): Promise<{ sizeBytes: number; checksum: string | undefined }>;
  /** Makes it visible under its name, durable; fails with `already-exists` unless `replace`. */
  commit(replace: boolean): Promise<VolumeInfo>;
  /** Removes every trace. Repeatable, also after `commit` (then it does nothing). */
  discard(): Promise<void>;
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
  /** Removes a volume; deleting what is not there is no error. */
  remove(context: WorkContext, name: string): Promise<void>;
  /** Grows to `sizeBytes`; `invalid-input` when that is smaller than now. */
  resize(context: WorkContext, name: string, sizeBytes: number): Promise<void>;
  /** Fully copies `source` (any attachment QEMU can read) into a new disk of this storage. */
  copyDisk(context: WorkContext, source: Attachment, disk: Omit<NewDisk, 'sizeBytes'>): Promise<VolumeInfo>;
  snapshot(context: WorkContext, name: string, snapshot: string): Promise<void>;
  rollback(context: WorkContext, name: string, snapshot: string): Promise<void>;
  removeSnapshot(context: WorkContext, name: string, snapshot: string): Promise<void>;
  listSnapshots(context: WorkContext, name: string): Promise<string[]>;

  /** Begins an upload of a file of the kind (iso, vztmpl, import, snippets). Checks the name at once. */
  beginImport(
    content: ContentKind,
    fileName: string,
    options: { checksumAlgorithm?: ChecksumAlgorithm | undefined; expectedBytes?: number | undefined },
  ): Promise<ImportSession>;
  /** Removes what interrupted uploads and allocations left behind; returns the names removed. */
  sweep(context: WorkContext): Promise<string[]>;
  /** The whole volume as a stream of its own format. */
  exportStream(context: WorkContext, name: string): Promise<Readable>;

  /** Makes the volume openable on this node and says how. Repeatable. */
  attach(context: WorkContext, name: string): Promise<Attachment>;
  detach(context: WorkContext, name: string): Promise<void>;
}

/** A plugin: its declaration and how to open one configured storage. `open` checks the options and touches nothing. */
export interface StoragePlugin {
  readonly declaration: PluginDeclaration;
  open(id: string, options: Readonly<Record<string, unknown>>): Storage;
}
