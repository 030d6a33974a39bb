// What the worker is told about a container's files: where they are packed from, where they are unpacked to, and what comes back. Plain data.

/** The id map of an unprivileged container: number 0 inside is `first` on the host. */
export interface TreeIdMap {
  readonly first: number;
  readonly count: number;
}

/** One file system of a container, mounted for the time of the work. */
export interface TreePart {
  /** `rootfs`, `mp0`. */
  readonly key: string;
  /** Absolute path on the host; what is mounted below it is not looked at. */
  readonly path: string;
  /** Inside the container: absolute, normal (no `..`, no double slash); `/` for the root. */
  readonly target: string;
}

/** Files of an archive that are no file of the container: `./etc/vzdump/<name>`. */
export type TreeTextName = 'pct.conf' | 'pct.fw';

export interface TreeText {
  readonly name: TreeTextName;
  readonly text: string;
}

/** What `writeTar` packs. It stands still: a snapshot, a copy, or the files of a container that does not run. */
export interface TarSource {
  /** Undefined: privileged; owners are packed as they are. */
  readonly idMap: TreeIdMap | undefined;
  /** The root first. Only what is to be packed. */
  readonly parts: readonly TreePart[];
  /** Packed before all else, in this order: `pct.conf` first. */
  readonly texts: readonly TreeText[];
  /** Shell patterns of the API's `exclude-path`: with a slash at the beginning from the root, else below any folder. */
  readonly exclude: readonly string[];
  /** Leave out what vzdump leaves out unless it is told not to: the content of /tmp and /var/tmp, files of process numbers in /var/run. */
  readonly standardExcludes: boolean;
  /** What the volumes hold, for the progress: an estimate, in bytes. */
  readonly estimatedBytes: number;
}

/** What `readTar` fills: folders that are empty but for `lost+found`, and for the places of the other parts. */
export interface TarTarget {
  /** Undefined: privileged. */
  readonly idMap: TreeIdMap | undefined;
  /** The root first, parents before children. */
  readonly parts: readonly TreePart[];
  /** `invalid-input` for an archive with more. */
  readonly limits: TarLimits;
  /**
   * Device nodes outside of `dev/` (those in it are never made: LXC makes its own). Default: `refuse` with an id map, as such a container
   * cannot have any, else `leave-out`, each told in the log.
   */
  readonly devices?: 'refuse' | 'leave-out';
}

export interface TarLimits {
  readonly mostEntries: number;
  /** Of stored data, without the holes of sparse files: the sizes of the volumes together. */
  readonly mostBytes: number;
}

/** `processedBytes` of the tar archive as it is without compression; `totalBytes` is an estimate, never below it. */
export interface TarProgress {
  readonly processedBytes: number;
  readonly totalBytes: number;
}

/** Of what was packed. */
export interface TarWritten {
  /** Of the tar archive as it is without compression. */
  readonly processedBytes: number;
}

/** Of what was read or unpacked. */
export interface TarRead extends TarDescription {
  readonly entries: number;
  /** Of stored data. */
  readonly bytes: number;
  /** Device nodes that were not made, outside of `dev/`. */
  readonly leftOut: number;
}

export interface TarDescription {
  /** As they stand in the archive: a stranger's. */
  readonly texts: readonly TreeText[];
}

/** More files than on any file system that is backed up in a night; fewer than would fill the memory of who unpacks them. */
export const usualMostEntries = 50_000_000;
