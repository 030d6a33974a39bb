// Lists and describes the files of a storage in one pass, without starting a program and without following a link.
import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { lstat, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { AppError } from '../../server/core/errors.ts';
import { readLocalZone } from '../../server/core/local-zone.ts';
import type { ContentKind, VolumeInfo } from '../plugin.ts';
import { type FileContent, fileContents, readVolumeName, type VolumeName } from '../volume-names.ts';
import { annotationPath, isAnnotationName, readAnnotation } from './annotations.ts';
import { backupFacts, readBackupAnnotation } from './backup-files.ts';
import { readOverlay } from './image-chain.ts';
import { readAt } from './image-safety.ts';
import { contentFolders, findFolder, openRegular } from './layout.ts';
import { hasErrno, storageError } from './system-errors.ts';
import { readVmdkHeader, vmdkHeaderBytes } from './vmdk-header.ts';

const blockBytes = 512;
/** Files looked at together: the way over a busy machine's threads is longer than the look itself. */
const atOnce = 8;

/** All volumes of the kinds (all kinds without it), of one guest when `vmid` is given. Sorted by name. */
export async function listVolumes(
  root: string,
  signal: AbortSignal,
  filter: { contents?: readonly ContentKind[] | undefined; vmid?: number | undefined },
): Promise<VolumeInfo[]> {
  const wanted = (kind: ContentKind) => filter.contents === undefined || filter.contents.includes(kind);
  const found: VolumeInfo[] = [];
  try {
    await requireRoot(root);
    for (const kind of fileContents) {
      // Of files only backups are of a guest.
      if (!wanted(kind) || (filter.vmid !== undefined && kind !== 'backup')) continue;
      found.push(...(await listFiles(root, signal, kind, filter.vmid)));
    }
    if (wanted('images')) found.push(...(await listDisks(root, signal, filter.vmid)));
  } catch (error) {
    throw storageError(error, 'list the storage');
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** An unmounted or deleted storage is not an empty one. */
async function requireRoot(root: string): Promise<void> {
  await stat(root).catch((error: unknown) => {
    if (!hasErrno(error, 'ENOENT')) throw error;
    throw new AppError('unavailable', "the storage's directory does not exist");
  });
}

async function listFiles(
  root: string,
  signal: AbortSignal,
  kind: FileContent,
  vmid: number | undefined,
): Promise<VolumeInfo[]> {
  return await describeFolder(root, signal, contentFolders[kind], kind, vmid);
}

async function listDisks(root: string, signal: AbortSignal, vmid: number | undefined): Promise<VolumeInfo[]> {
  if (vmid !== undefined) return await describeFolder(root, signal, `images/${vmid}`, String(vmid));
  const images = await findFolderQuietly(root, contentFolders.images);
  if (images === undefined) return [];
  const found: VolumeInfo[] = [];
  for (const entry of await readdir(images, { withFileTypes: true })) {
    if (!entry.isDirectory() || !/^[1-9]\d{2,8}$/.test(entry.name)) continue;
    found.push(...(await describeFolder(root, signal, `images/${entry.name}`, entry.name)));
  }
  return found;
}

async function describeFolder(
  root: string,
  signal: AbortSignal,
  folder: string,
  prefix: string,
  ofGuest?: number,
): Promise<VolumeInfo[]> {
  const real = await findFolderQuietly(root, folder);
  if (real === undefined) return [];
  const found: VolumeInfo[] = [];
  const entries = await readdir(real, { withFileTypes: true });
  const names = new Set(entries.map(({ name }) => name));
  const annotations = new Set([...names].filter(isAnnotationName));
  const zone = readLocalZone();
  const describe = async (entry: Dirent): Promise<VolumeInfo | undefined> => {
    const volume = entry.isFile() ? tryVolumeName(`${prefix}/${entry.name}`) : undefined;
    if (!volume || (ofGuest !== undefined && backupFacts(volume, zone).vmid !== ofGuest)) return undefined;
    const file = path.join(real, entry.name);
    const info = await describeIfThere(volume, file, zone);
    if (!info || volume.content === 'backup')
      return info && { ...info, ...(await readBackupAnnotation(file, names)) };
    const annotation = annotationPath(file);
    const isAnnotated = annotations.has(path.basename(annotation));
    return isAnnotated ? { ...info, ...(await readAnnotation(annotation)) } : info;
  };
  for (let at = 0; at < entries.length; at += atOnce) {
    signal.throwIfAborted();
    const described = await Promise.all(entries.slice(at, at + atOnce).map(describe));
    for (const info of described) if (info) found.push(info);
  }
  return found;
}

/** A folder that is a link, or is not there, holds no volumes of this storage. */
async function findFolderQuietly(root: string, folder: string): Promise<string | undefined> {
  try {
    return await findFolder(root, folder);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'invalid-input') return undefined;
    throw error;
  }
}

function tryVolumeName(name: string): VolumeName | undefined {
  try {
    return readVolumeName(name);
  } catch {
    return undefined;
  }
}

async function describeIfThere(
  volume: VolumeName,
  file: string,
  zone: string,
): Promise<VolumeInfo | undefined> {
  try {
    return await describeVolume(volume, file, zone);
  } catch (error) {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/**
 * One volume by its file. A disk image's size is what its header says; an unreadable header counts as its length. `zone`: in which
 * times in names of backups are, the node's.
 */
export async function describeVolume(
  volume: VolumeName,
  file: string,
  zone = readLocalZone(),
): Promise<VolumeInfo> {
  const backup = volume.content === 'backup' ? backupFacts(volume, zone) : undefined;
  const stats = await lstat(file, { bigint: true });
  const header = await readHeader(volume, file);
  return {
    name: volume.name,
    content: volume.content,
    format: volume.format,
    sizeBytes: header?.sizeBytes ?? Number(stats.size),
    usedBytes: usedBytes(stats),
    ...clustersOf(header, Number(stats.size)),
    vmid: backup?.vmid ?? volume.vmid,
    parent: header?.parent,
    createdAt: backup?.createdAt ?? Math.floor(Number(stats.ctimeMs) / 1000),
  };
}

function usedBytes(stats: BigIntStats): number {
  return Number(stats.blocks) * blockBytes;
}

interface ReadHeader {
  readonly sizeBytes: number | undefined;
  readonly clusterBytes: number | undefined;
  readonly parent: string | undefined;
}

/** A file is as long as its clusters, holes included: the tables need not be read. */
function clustersOf(header: ReadHeader | undefined, fileBytes: number): Pick<VolumeInfo, 'clusters'> {
  const { sizeBytes, clusterBytes } = header ?? {};
  if (sizeBytes === undefined || clusterBytes === undefined) return {};
  return { clusters: Math.ceil(Math.min(sizeBytes, fileBytes) / clusterBytes) };
}

async function readHeader(volume: VolumeName, file: string): Promise<ReadHeader | undefined> {
  if (volume.format !== 'qcow2' && volume.format !== 'vmdk') return undefined;
  const handle = await openRegular(file, constants.O_RDONLY);
  try {
    if (volume.format === 'qcow2') {
      const found = await readOverlay(handle);
      const { sizeBytes, clusterBytes, base } = found ?? {};
      return { sizeBytes, clusterBytes, parent: base?.name };
    }
    const sizeBytes = readVmdkHeader(await readAt(handle, 0, vmdkHeaderBytes))?.sizeBytes;
    return { sizeBytes, clusterBytes: undefined, parent: undefined };
  } finally {
    await handle.close();
  }
}
