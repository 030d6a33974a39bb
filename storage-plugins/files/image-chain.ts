// Linked clones of image files: a qcow2 image over a base of the same storage, named by a path from folder to folder.
// Only such a name is ever followed: an image that names anything else would make QEMU read that file.
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../server/core/errors.ts';
import type { VolumeFormat } from '../plugin.ts';
import { isBaseName, readVolumeName, type VolumeName } from '../volume-names.ts';
import { readAt } from './image-safety.ts';
import { locateVolume, openRegular } from './layout.ts';
import { qcow2HeaderBytes, readQcow2Header } from './qcow2-header.ts';
import { storageError } from './system-errors.ts';

export interface BackingImage {
  readonly path: string;
  readonly format: VolumeFormat;
}

/** Clones of clones of clones: more than anybody makes, and an end to images that name each other. */
const deepestChain = 32;

/** How an image in a guest's folder names a base: a clone that goes to another guest's folder still finds it. */
export function backingNameOf(base: VolumeName): string {
  return `../${base.vmid}/${base.fileName}`;
}

/** The base that a backing file's name stands for; undefined when it is not a base of this storage. */
function baseNamed(text: string): VolumeName | undefined {
  if (!text.startsWith('../')) return undefined;
  try {
    const volume = readVolumeName(text.slice('../'.length));
    return volume.content === 'images' && isBaseName(volume) ? volume : undefined;
  } catch {
    return undefined;
  }
}

/** What an open qcow2 image says of itself; undefined when it is none. `foreign`: it names a file that is no base of this storage. */
export async function readOverlay(handle: FileHandle): Promise<
  | {
      sizeBytes: number;
      clusterBytes: number;
      snapshots: number;
      base: VolumeName | undefined;
      foreign: boolean;
    }
  | undefined
> {
  const header = readQcow2Header(await readAt(handle, 0, qcow2HeaderBytes));
  if (!header) return undefined;
  const { sizeBytes, clusterBytes, snapshots, hasBackingFile, backingName, hasDataFile } = header;
  const name = backingName && (await readAt(handle, backingName.offset, backingName.bytes)).toString('utf8');
  const base = name === undefined ? undefined : baseNamed(name);
  return {
    sizeBytes,
    clusterBytes,
    snapshots,
    base,
    foreign: hasDataFile || (hasBackingFile && base === undefined),
  };
}

/** The images below a disk, nearest first; empty when it stands alone. `invalid-input` when it names what it must not. */
export async function imageChain(root: string, volume: VolumeName, file: string): Promise<BackingImage[]> {
  const chain: BackingImage[] = [];
  let [at, path] = [volume, file];
  while (at.format === 'qcow2') {
    const found = await overlayAt(path);
    if (!found) break;
    if (found.foreign)
      throw new AppError(
        'invalid-input',
        `'${at.name}' is refused: it names a file that is no base of this storage`,
      );
    if (!found.base) break;
    if (chain.length === deepestChain)
      throw new AppError('invalid-input', `'${volume.name}' is refused: its chain of bases has no end`);
    at = found.base;
    path = await locateVolume(root, at);
    chain.push({ path, format: at.format });
  }
  return chain;
}

export async function overlayAt(file: string): ReturnType<typeof readOverlay> {
  try {
    const handle = await openRegular(file, constants.O_RDONLY);
    try {
      return await readOverlay(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, 'read the image');
  }
}
