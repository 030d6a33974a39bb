// qcow2 images on logical volumes with their snapshots below them: which image stands on which, told by headers that we read ourselves.
import { open } from 'node:fs/promises';
import type { WorkContext } from '../../server/core/work-context.ts';
import { readAt, refusedImage } from '../files/image-safety.ts';
import { type Qcow2Header, qcow2HeaderBytes, readQcow2Header } from '../files/qcow2-header.ts';
import { storageError } from '../files/system-errors.ts';
import type { FoundVolume, GroupVolumes } from '../lvm-volumes/group-volumes.ts';
import type { LvmGroup } from '../lvm-volumes/lvm-commands.ts';
import { wayBack } from '../lvm-volumes/way-back.ts';
import type { BackingVolume } from '../plugin.ts';

/** A volume's images: its own and its snapshots', by logical volume. */
export interface ImageFamily {
  /** What a guest sees of each, in bytes. */
  readonly sizes: ReadonlyMap<string, number>;
  /** How much of each is allocated at a time, in bytes. */
  readonly clusters: ReadonlyMap<string, number>;
  /** By logical volume, the one below it; undefined below the lowest. */
  readonly below: ReadonlyMap<string, string | undefined>;
}

/** The family's logical volumes. */
export function familyOf({ lv, snapshots }: FoundVolume): string[] {
  return [lv.name, ...[...snapshots.values()].map(({ name }) => name)];
}

/**
 * Reads the headers; the volumes must be active. `invalid-input` when one is no qcow2 image or stands on anything but a snapshot of the
 * same volume: whatever a header names QEMU would read.
 */
export async function readFamily(group: LvmGroup, found: FoundVolume): Promise<ImageFamily> {
  const names = familyOf(found);
  const below = new Map<string, string | undefined>();
  const sizes = new Map<string, number>();
  const clusters = new Map<string, number>();
  for (const name of names) {
    const header = await readHeader(group.device(name));
    sizes.set(name, header.sizeBytes);
    clusters.set(name, header.clusterBytes);
    const backing = header.backing === undefined ? undefined : localName(group, header.backing);
    if (backing !== undefined && (backing === found.lv.name || !names.includes(backing)))
      throw refusedImage('it stands on an image that is no snapshot of it');
    below.set(name, backing);
  }
  return { sizes, clusters, below };
}

/** The images below one, nearest first. */
export function imagesBelow(group: LvmGroup, { below }: ImageFamily, name: string): BackingVolume[] {
  const images: BackingVolume[] = [];
  for (let at = below.get(name); at !== undefined; at = below.get(at)) {
    if (images.length > below.size) throw refusedImage('its chain of images has no end');
    images.push({ path: group.device(at), format: 'qcow2', device: true });
  }
  return images;
}

/** Logical volumes whose image stands on this one. */
export function imagesAbove({ below }: ImageFamily, name: string): string[] {
  return [...below].filter(([, under]) => under === name).map(([above]) => above);
}

/** `/dev/group/volume` or the bare name. */
function localName(group: LvmGroup, backing: string): string | undefined {
  const prefixes = [group.device(''), `/dev/${group.name}/`];
  const prefix = prefixes.find((each) => backing.startsWith(each)) ?? '';
  return backing.slice(prefix.length);
}

async function readHeader(
  device: string,
): Promise<Pick<Qcow2Header, 'sizeBytes' | 'clusterBytes'> & { backing: string | undefined }> {
  try {
    const handle = await open(device, 'r');
    try {
      const header = readQcow2Header(await readAt(handle, 0, qcow2HeaderBytes));
      if (!header) throw refusedImage('it is not a qcow2 image');
      if (header.hasDataFile) throw refusedImage('it keeps its data in another file');
      const { hasBackingFile, backingName, sizeBytes, clusterBytes } = header;
      if (!hasBackingFile) return { sizeBytes, clusterBytes, backing: undefined };
      if (!backingName) throw refusedImage('the name of the image below it cannot be read');
      const name = await readAt(handle, backingName.offset, backingName.bytes);
      return { sizeBytes, clusterBytes, backing: name.toString('utf8') };
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, 'read the image');
  }
}

/** Runs `work` with the whole family active; what nobody has open is inactive afterwards. */
export async function withFamily<T>(
  context: WorkContext,
  { group, volumes }: { readonly group: LvmGroup; readonly volumes: GroupVolumes },
  found: FoundVolume,
  work: (family: ImageFamily) => Promise<T>,
): Promise<T> {
  const names = familyOf(found);
  await group.activate(context, names);
  try {
    return await work(await readFamily(group, found));
  } finally {
    await volumes.close(wayBack(context), names);
  }
}
