// The API's volume names of file-based storages: which names exist, what they mean, and which are refused. Pure.

import { AppError, invalidInput } from '../server/core/errors.ts';
import { parseArchiveName } from './backup-names/archive-name.ts';
import type { ContentKind, VolumeFormat } from './plugin.ts';

/** Kinds whose volumes are single files brought in from outside. */
export type FileContent = 'iso' | 'vztmpl' | 'snippets' | 'import' | 'backup';
export const fileContents: readonly FileContent[] = ['iso', 'vztmpl', 'snippets', 'import', 'backup'];

export interface VolumeName {
  /** As in the volume id after `storage:`. */
  readonly name: string;
  readonly content: ContentKind;
  readonly format: VolumeFormat;
  /** The last part. */
  readonly fileName: string;
  /** The guest in whose folder it lies; undefined for all that is a file of its own, backups too. */
  readonly vmid: number | undefined;
}

const longestFileNameBytes = 255;
const diskFormats: readonly VolumeFormat[] = ['raw', 'qcow2', 'subvol'];
/** Owners as they stand in names: guests, and 0 for the node itself (unpacked templates). */
export const ownerPattern = /^(?:0|[1-9]\d{2,8})$/;
const templateFormats: Readonly<Record<string, VolumeFormat>> = {
  gz: 'tgz',
  xz: 'txz',
  zst: 'tzst',
  bz2: 'tbz2',
};

/** The rule that a file name breaks, in words; undefined when it is fine. Whatever passes is one harmless path component. */
function brokenFileNameRule(fileName: string): string | undefined {
  if (fileName === '') return 'the file name is empty';
  if (/[\x00-\x1f\x7f]/.test(fileName)) return 'a file name must not hold control characters';
  if (/[/\\]/.test(fileName)) return 'a file name must not hold slashes or backslashes';
  if (/^[.-]/.test(fileName)) return 'a file name must not begin with a dot or a dash';
  if (Buffer.byteLength(fileName) > longestFileNameBytes)
    return `a file name must not be longer than ${longestFileNameBytes} bytes`;
  if (!/^[A-Za-z0-9_.+-]+$/.test(fileName))
    return 'a file name may hold letters, digits and the characters _ . + - only';
  return undefined;
}

/**
 * A name as users have it (`My Windows.iso`) as one that the storage takes (`My_Windows.iso`), the way clients of the
 * API expect. Slashes, control characters and a leading dot stay as they are, to be refused: they are never a slip.
 */
export function tidyFileName(fileName: string): string {
  return fileName.replace(/[^\x00-\x1f\x7f/\\A-Za-z0-9_.+-]/gu, '_');
}

/** The format of a file of the kind by its extension; undefined when the extension does not belong to the kind. */
function formatOf(content: FileContent, fileName: string): VolumeFormat | undefined {
  switch (content) {
    case 'iso':
      return /.\.(iso|img)$/i.test(fileName) ? 'iso' : undefined;
    case 'vztmpl': {
      const match = /.\.tar\.(gz|xz|zst|bz2)$/.exec(fileName);
      return match ? templateFormats[match[1]!] : undefined;
    }
    case 'import': {
      const match = /.\.(ova|ovf|conf)$/.exec(fileName);
      return match ? (match[1] as VolumeFormat) : imageFormatOf(fileName);
    }
    case 'snippets':
      return 'snippet';
    case 'backup':
      return archiveFormatOf(fileName);
  }
}

/** The format of a disk image that can be brought in, by its extension. */
export function imageFormatOf(fileName: string): VolumeFormat | undefined {
  return /.\.(qcow2|raw|vmdk|vhdx|vhd)$/.exec(fileName)?.[1] as VolumeFormat | undefined;
}

/** The format of a backup; undefined when the name is none of an archive. Nothing of its time is asked, so any zone will do. */
function archiveFormatOf(fileName: string): VolumeFormat | undefined {
  return parseArchiveName(fileName, 'UTC')?.extension as VolumeFormat | undefined;
}

const extensionsOf: Readonly<Record<FileContent, string>> = {
  iso: '.iso or .img',
  vztmpl: '.tar.gz, .tar.xz, .tar.zst or .tar.bz2',
  import: '.ova, .ovf, .qcow2, .raw, .vmdk, .vhdx, .vhd or .conf',
  snippets: 'any extension',
  backup: '.vma or .tar, with .zst, .gz, .lzo or .bz2 after it or not, or .tgz',
};

/** The volume name of a file to be imported. `invalid-input` about `filename` or `content` when it is refused. */
export function fileVolumeName(content: ContentKind, fileName: string): VolumeName {
  if (!isFileContent(content))
    throw invalidInput({ content: `files of kind '${content}' cannot be imported` });
  const broken = brokenFileNameRule(fileName);
  if (broken !== undefined) throw invalidInput({ filename: broken });
  const format = formatOf(content, fileName);
  if (format === undefined)
    throw invalidInput({
      filename: `wrong file extension: '${content}' takes ${extensionsOf[content]}`,
    });
  return { name: `${content}/${fileName}`, content, format, fileName, vmid: undefined };
}

/** The kind that a file name's extension belongs to; undefined when to none (snippets take any extension and do not count). */
export function contentOfFileName(fileName: string): FileContent | undefined {
  return (['iso', 'vztmpl', 'import'] as const).find((kind) => formatOf(kind, fileName) !== undefined);
}

/** Reads a volume name that somebody gave; `invalid-input` for everything that this storage's rules do not allow. */
export function readVolumeName(name: string): VolumeName {
  const parts = name.split('/');
  const [first, fileName] = parts;
  if (parts.length !== 2 || first === undefined || fileName === undefined) throw badName(name);
  if (isFileContent(first)) {
    // A backup that somebody renamed may have spaces in its name: still one harmless component of a path.
    const isFine = first === 'backup' || brokenFileNameRule(fileName) === undefined;
    const format = isFine ? formatOf(first, fileName) : undefined;
    if (format === undefined) throw badName(name);
    return { name, content: first, format, fileName, vmid: undefined };
  }
  const disk = readDiskFileName(fileName);
  if (!disk || String(disk.vmid) !== first) throw badName(name);
  return { name, content: contentOfDisk(disk.format), format: disk.format, fileName, vmid: disk.vmid };
}

/** A disk image in an archive: `import/box.ova/box-disk1.vmdk`. To be attached and told of, nothing else. */
export interface ArchiveMemberName {
  readonly archive: VolumeName;
  readonly member: string;
  readonly format: VolumeFormat;
}

/** Undefined when the name is not of that form. */
export function readMemberName(name: string): ArchiveMemberName | undefined {
  const [first, archiveName, member, ...rest] = name.split('/');
  if (first !== 'import' || archiveName === undefined || member === undefined || rest.length > 0)
    return undefined;
  const archive = readVolumeName(`${first}/${archiveName}`);
  const format = brokenFileNameRule(member) === undefined ? imageFormatOf(member) : undefined;
  if (archive.format !== 'ova' || format === undefined) throw badName(name);
  return { archive, member, format };
}

function badName(name: string): AppError {
  const shown = JSON.stringify(name.slice(0, 120));
  return new AppError('invalid-input', `${shown} is not a volume name of this storage`, {
    fields: { volume: 'not a volume name of this storage' },
  });
}

/** Trees of containers are a kind of their own; an image may belong to either sort of guest. */
function contentOfDisk(format: VolumeFormat): ContentKind {
  return format === 'subvol' ? 'rootdir' : 'images';
}

/** `vm-100-disk-0.qcow2`, `base-100-disk-0.raw`, `subvol-100-disk-0.subvol`; undefined when the file name is not of that form. */
export function readDiskFileName(
  fileName: string,
): { vmid: number; stem: string; format: VolumeFormat } | undefined {
  if (brokenFileNameRule(fileName) !== undefined) return undefined;
  const match = /^((?:vm|base|subvol)-(0|[1-9]\d{2,8})-[A-Za-z0-9_.+-]+)\.([a-z0-9]+)$/.exec(fileName);
  const format = diskFormats.find((f) => f === match?.[3]);
  if (!match || format === undefined) return undefined;
  if (fileName.startsWith('subvol-') && format !== 'subvol') return undefined;
  return { vmid: Number(match[2]), stem: match[1]!, format };
}

/** The volume name of a disk; `invalid-input` when `stem` does not belong to the guest. */
export function diskVolumeName(vmid: number, stem: string, format: VolumeFormat): VolumeName {
  if (!diskFormats.includes(format))
    throw invalidInput({ format: `disk images of format '${format}' cannot be created here` });
  const fileName = `${stem}.${format}`;
  if (readDiskFileName(fileName)?.vmid !== vmid)
    throw invalidInput({
      filename: `a disk of guest ${vmid} must be named '${prefixOf(format)}-${vmid}-...'`,
    });
  return { name: `${vmid}/${fileName}`, content: contentOfDisk(format), format, fileName, vmid };
}

/** How the names of new volumes of a format begin. */
function prefixOf(format: VolumeFormat): string {
  return format === 'subvol' ? 'subvol' : 'vm';
}

/** The next free `vm-<vmid>-disk-<n>` or `subvol-<vmid>-disk-<n>` beside the stems there are. */
export function nextDiskStem(vmid: number, format: VolumeFormat, stems: Iterable<string>): string {
  return `${prefixOf(format)}-${vmid}-disk-${nextDiskNumber(vmid, stems)}`;
}

/** The stem of a volume as a base: `base-100-disk-0` of `vm-100-disk-0` and `subvol-100-disk-0`. */
export function baseStem(stem: string): string {
  return stem.replace(/^(?:vm|subvol)-/, 'base-');
}

export function isBaseName({ fileName }: Pick<VolumeName, 'fileName'>): boolean {
  return fileName.startsWith('base-');
}

/** The stem of a volume that goes to another guest, its prefix kept: the wanted one, or the next free. */
export function reassignedStem(
  volume: VolumeName,
  vmid: number,
  wanted: string | undefined,
  stems: Iterable<string>,
): string {
  if (wanted !== undefined) return wanted;
  const stem = nextDiskStem(vmid, volume.format, stems);
  return isBaseName(volume) ? baseStem(stem) : stem;
}

/** Numbers `n` of the guest's `vm-<vmid>-disk-<n>` among stems. */
function nextDiskNumber(vmid: number, stems: Iterable<string>): number {
  const taken = new Set<number>();
  for (const stem of stems) {
    const match = /^(?:vm|base|subvol)-(\d+)-disk-(\d+)$/.exec(stem);
    if (match && Number(match[1]) === vmid) taken.add(Number(match[2]));
  }
  let number = 0;
  while (taken.has(number)) number += 1;
  return number;
}

/** A snapshot's name as the API allows it. */
export function checkSnapshotName(snapshot: string): void {
  if (!/^[A-Za-z][A-Za-z0-9_-]{1,39}$/.test(snapshot))
    throw invalidInput({
      snapname: 'begin with a letter, then letters, digits, _ and -, 2 to 40 characters',
    });
}

function isFileContent(content: string): content is FileContent {
  return (fileContents as readonly string[]).includes(content);
}
