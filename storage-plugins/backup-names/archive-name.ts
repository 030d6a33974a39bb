// Names of backup archives, as vzdump gives them: made, and read with what they say. Pure.
import { AppError, invalidInput } from '../../server/core/errors.ts';
import { zoneClock } from '../../server/core/zone-clock.ts';
import { parseConfigArchiveName } from './config-name.ts';

/** What was backed up. `openvz` stands in names from before Proxmox VE 4. */
export type ArchiveKind = 'qemu' | 'lxc' | 'openvz';
export type ArchiveFormat = 'vma' | 'tar';
/** By the extension. vzdump writes no `bz2`, but Proxmox VE restores it. */
export type ArchiveCompression = 'gz' | 'lzo' | 'zst' | 'bz2';

interface AnyArchive {
  readonly fileName: string;
  readonly format: ArchiveFormat;
  readonly compression: ArchiveCompression | undefined;
  /** Without its dot, as the API gives it for the format of a backup: `vma.zst`, `tar`, `tgz`. */
  readonly extension: string;
}

/** A name as vzdump gives it. */
export interface StandardArchive extends AnyArchive {
  readonly standard: true;
  readonly kind: ArchiveKind;
  readonly vmid: number;
  /** Milliseconds since the epoch. Of a local time that came twice the first, as nothing in the name tells them apart. */
  readonly atMs: number;
}

/**
 * Any other name with the extension of an archive: a backup that was renamed, for instance to keep it. It is listed and can be
 * restored like others, but never pruned. Kind and guest are those that the name still begins with or contains.
 */
export interface RenamedArchive extends AnyArchive {
  readonly standard: false;
  readonly kind: ArchiveKind | undefined;
  readonly vmid: number | undefined;
  readonly atMs: undefined;
}

export type ArchiveName = StandardArchive | RenamedArchive;

export interface NewArchive {
  readonly kind: 'qemu' | 'lxc';
  readonly vmid: number;
  /** When the backup begins, in milliseconds since the epoch. */
  readonly atMs: number;
  readonly compression?: Exclude<ArchiveCompression, 'bz2'> | undefined;
}

/** No file system that storages lie on takes more; in bytes, and with the longest name beside it (`.protected`). */
const mostNameBytes = 255 - '.protected'.length;
const extensionPattern = /\.(tgz|(tar|vma)(?:\.(gz|lzo|zst|bz2))?)$/;
const standardPattern =
  /^vzdump-(qemu|lxc|openvz)-([1-9]\d{2,8})-(\d{4})_(\d\d)_(\d\d)-(\d\d)_(\d\d)_(\d\d)$/;

/**
 * The name of a new archive: `vzdump-qemu-100-2026_06_01-02_30_00.vma.zst`, by the local time of the node's `zone`. VMs go into
 * VMA files, containers into tar files. `invalid-input` for a number that no guest can have, a time outside
 * the years 1970 to 9999, or an unknown zone.
 */
export function makeArchiveName({ kind, vmid, atMs, compression }: NewArchive, zone: string): string {
  if (!Number.isInteger(vmid) || vmid < 100 || vmid > 999_999_999)
    throw invalidInput({ vmid: 'must be a whole number from 100 to 999999999' });
  if (!(atMs >= 0 && atMs < Date.UTC(9999, 11, 31)))
    throw new AppError('invalid-input', 'the time of a backup must be from the years 1970 to 9999');
  const [date, time] = new Date(zoneClock(zone).wallOf(atMs)).toISOString().split(/[T.]/);
  const local = `${date!.replaceAll('-', '_')}-${time!.replaceAll(':', '_')}`;
  const format = kind === 'qemu' ? 'vma' : 'tar';
  return `vzdump-${kind}-${vmid}-${local}.${format}${compression === undefined ? '' : `.${compression}`}`;
}

/**
 * Reads the name of a file in a storage's folder of backups; undefined when it is no archive's, or one that we refuse to touch
 * (`brokenArchiveName`). `zone` is the node's; `invalid-input` when it is unknown.
 */
export function parseArchiveName(fileName: string, zone: string): ArchiveName | undefined {
  if (brokenArchiveName(fileName) !== undefined) return undefined;
  const ending = extensionPattern.exec(fileName)!;
  const base = fileName.slice(0, ending.index);
  const any: AnyArchive = {
    fileName,
    extension: ending[1]!,
    format: (ending[2] ?? 'tar') as ArchiveFormat,
    compression: (ending[1] === 'tgz' ? 'gz' : ending[3]) as ArchiveCompression | undefined,
  };
  return readStandard(any, base, zone) ?? readRenamed(any, base);
}

/** Like `parseArchiveName`, for a name that somebody gave: `invalid-input` about `volume` tells what is wrong with it. */
export function requireArchiveName(fileName: string, zone: string): ArchiveName {
  const broken = brokenArchiveName(fileName);
  if (broken !== undefined) throw invalidInput({ volume: broken });
  return parseArchiveName(fileName, zone)!;
}

/** The rule that the name of an archive breaks; undefined when it is fine: one harmless component of a path. */
export function brokenArchiveName(fileName: string): string | undefined {
  // Unicode's category C: control characters, such that turn the direction of writing, halves of characters.
  if (/[\p{C}\u2028\u2029\ufffd]/u.test(fileName))
    return 'the name of a backup must not hold control characters';
  if (/[/\\]/.test(fileName)) return 'the name of a backup must not hold slashes or backslashes';
  if (/^[.-]/.test(fileName)) return 'the name of a backup must not begin with a dot or a dash';
  if (Buffer.byteLength(fileName) > mostNameBytes)
    return `the name of a backup must not be longer than ${mostNameBytes} bytes`;
  if (!extensionPattern.test(fileName))
    return 'the name of a backup must end with .vma or .tar, with .gz, .lzo, .zst or .bz2 after it or not, or with .tgz';
  return undefined;
}

/** Times that no calendar has make a name one of a renamed backup. */
function readStandard(any: AnyArchive, base: string, zone: string): StandardArchive | undefined {
  const match = standardPattern.exec(base);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(3).map(Number);
  const wall = Date.UTC(year!, month! - 1, day, hour, minute, second);
  const shown = new Date(wall).toISOString().slice(0, 19).replaceAll(/[-:]/g, '_').replace('T', '-');
  if (year! < 1970 || shown !== base.slice(-shown.length)) return undefined;
  return {
    ...{ ...any, standard: true, kind: match[1] as ArchiveKind, vmid: Number(match[2]) },
    atMs: zoneClock(zone).instantOf(wall),
  };
}

/** The guest as the API tells it of such names: the first number between dashes that a guest can have. Of a configuration's backup none. */
function readRenamed(any: AnyArchive, base: string): RenamedArchive {
  if (parseConfigArchiveName(any.fileName))
    return { ...any, standard: false, kind: undefined, vmid: undefined, atMs: undefined };
  const kind = /^vzdump-(qemu|lxc|openvz)-./.exec(base)?.[1] as ArchiveKind | undefined;
  const vmid = /-([1-9]\d{2,8})-./.exec(base)?.[1];
  return {
    ...{ ...any, standard: false, kind, atMs: undefined },
    vmid: vmid === undefined ? undefined : Number(vmid),
  };
}
