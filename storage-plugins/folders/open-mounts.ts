// Which trees are mounted: read from the kernel's list of mounts.
import { readFile, stat } from 'node:fs/promises';

/** The text of /proc/self/mountinfo; replaceable by a recording. */
export type ReadMounts = () => Promise<string>;

export const readOwnMounts: ReadMounts = async () => await readFile('/proc/self/mountinfo', 'utf8');

/** One line of mountinfo (proc_pid_mountinfo(5)). */
export interface MountEntry {
  readonly mountPoint: string;
  /** `major:minor` of the device; of btrfs and of servers a number that no device has. */
  readonly device: string;
  /** What of the file system is mounted there: `/` for all of it. */
  readonly root: string;
  readonly fileSystem: string;
  readonly source: string;
  /** Options of the mount: `ro`, `nosuid`, `nodev`, ... */
  readonly flags: readonly string[];
  /** Options of the file system, not of the mount. */
  readonly options: readonly string[];
}

/** Lines that are not of the form are left out. */
export function readMountInfo(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [mount, system] = line.split(' - ');
    const [, , device, root, mountPoint, flags] = mount?.split(' ') ?? [];
    const [fileSystem, source, options] = system?.split(' ') ?? [];
    if (
      device === undefined ||
      root === undefined ||
      mountPoint === undefined ||
      fileSystem === undefined ||
      source === undefined
    )
      return [];
    return [
      {
        mountPoint: unescapeOctal(mountPoint),
        device,
        root: unescapeOctal(root),
        fileSystem,
        source: unescapeOctal(source),
        flags: (flags ?? '').split(','),
        options: (options ?? '').split(','),
      },
    ];
  });
}

/** The kernel writes blanks, commas and backslashes in paths as `\040`. */
function unescapeOctal(text: string): string {
  const bytes = text.replace(/\\([0-7]{3})/g, (_all, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return bytes;
}

/** Folders that an overlay writes to now. */
export function upperFolders(text: string): string[] {
  return readMountInfo(text)
    .filter((entry) => entry.fileSystem === 'overlay')
    .flatMap((entry) => entry.options.filter((option) => option.startsWith('upperdir=')))
    .map((option) => unescapeOctal(option.slice('upperdir='.length)).replace(/\\(.)/g, '$1'));
}

/** Does an overlay write to this tree? Compared as folders, not as texts: a path may lead over links. */
export async function isOpen(readMounts: ReadMounts, tree: string): Promise<boolean> {
  const uppers = upperFolders(await readMounts());
  if (uppers.includes(tree)) return true;
  const own = await stat(tree).catch(() => undefined);
  if (!own) return false;
  for (const upper of uppers) {
    const other = await stat(upper).catch(() => undefined);
    if (other && other.dev === own.dev && other.ino === own.ino) return true;
  }
  return false;
}
