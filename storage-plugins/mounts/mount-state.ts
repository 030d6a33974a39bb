// What is mounted at a place, read from the kernel's list of mounts: nothing of a mount is touched for it. Pure.
import { type MountEntry, readMountInfo } from '../folders/open-mounts.ts';

export type MountState =
  | { readonly kind: 'free' }
  | {
      readonly kind: 'ours';
      readonly readOnly: boolean;
      /** Programs with the rights of their owner, and device files, are without effect there. */
      readonly harmless: boolean;
    }
  /** Something else is mounted there. */
  | { readonly kind: 'foreign'; readonly source: string; readonly fileSystem: string };

/** `text`: of mountinfo. `place`: a real path. Of several mounts on each other the topmost counts: it is the last in the list. */
export function readMountState(
  text: string,
  place: string,
  isOurs: (entry: MountEntry) => boolean,
): MountState {
  const top = readMountInfo(text).findLast((entry) => entry.mountPoint === place);
  if (!top) return { kind: 'free' };
  if (!isOurs(top)) return { kind: 'foreign', source: top.source, fileSystem: top.fileSystem };
  const flags = top.flags;
  return {
    kind: 'ours',
    readOnly: flags.includes('ro') || top.options.includes('ro'),
    harmless: flags.includes('nosuid') && flags.includes('nodev'),
  };
}
