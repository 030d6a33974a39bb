// Which archive a restore means, and who may read it. The rules and words are the API's (`archive`, `ostemplate` with `restore`).
import { lstat } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  type ArchiveFormat,
  brokenArchiveName,
  parseArchiveName,
} from '../../../storage-plugins/backup-names/archive-name.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { Asker } from '../../guests/guest-requests.ts';
import { attachVolume, detachVolume, type GuestStorages, volumeInfo } from '../../guests/guest-volumes.ts';
import { isRoot, requireAll } from '../../guests/needed-privileges.ts';
import { splitVolume } from '../../guests/volume-names.ts';
import type { ArchiveFile } from '../worker/worker-orders.ts';

/** A volume of content `backup`, or a file of the host. */
export function isPath(archive: string): boolean {
  return archive.startsWith('/');
}

/**
 * May the asker read it for a guest of this number? A path is for root@pam alone; of another guest's backup the right to back up
 * that guest is needed. `parameter` is how the request calls it. `invalid-input` for what is no backup of a `kind`.
 */
export async function requireArchive(
  parts: { readonly storages: GuestStorages },
  context: WorkContext,
  asker: Asker,
  vmid: number,
  archive: string,
  { kind, parameter }: { readonly kind: 'qemu' | 'lxc'; readonly parameter: string },
): Promise<void> {
  const wrong = (why: string) => invalidInput({ [parameter]: why });
  if (isPath(archive)) {
    if (!isRoot(asker)) throw new AppError('forbidden', 'Only root can pass arbitrary filesystem paths.');
    if (/[\x00-\x1f\x7f]/.test(archive) || archive.split('/').some((part) => part === '..' || part === '.'))
      throw wrong('write the path without . and .. and control characters');
    const stats = await lstat(archive).catch(() => undefined);
    if (!stats?.isFile()) throw wrong(`there is no file '${archive}'`);
  }
  const name = archiveName(archive);
  const broken = brokenArchiveName(name);
  if (broken !== undefined) throw wrong(broken);
  const { format, kind: named, vmid: owner } = parseArchiveName(name, 'UTC')!;
  const wanted: ArchiveFormat = kind === 'qemu' ? 'vma' : 'tar';
  const isOther = named !== undefined && (named === 'qemu') !== (kind === 'qemu');
  if (format !== wanted || isOther)
    throw wrong(`'${name}' is not a backup of a ${kind === 'qemu' ? 'VM' : 'container'}`);
  if (isPath(archive)) return;
  const { storage } = splitVolume(archive);
  if (!/^[^:]+:backup\//.test(archive)) throw wrong(`volume '${archive}' is not a backup`);
  if (!asker.may(`/storage/${storage}`, 'Datastore.Allocate') && owner !== vmid) {
    requireAll(asker, [
      { path: `/storage/${storage}`, privilege: 'Datastore.AllocateSpace' },
      // A name that says no guest says nobody whose right would do.
      owner === undefined
        ? { path: `/storage/${storage}`, privilege: 'Datastore.Allocate' }
        : { path: `/vms/${owner}`, privilege: 'VM.Backup' },
    ]);
  }
  const { content } = await volumeInfo(parts.storages, context, archive);
  if (content !== 'backup') throw wrong(`volume '${archive}' is not a backup`);
}

/** Without folders: what tells format and compression. */
export function archiveName(archive: string): string {
  return isPath(archive) ? basename(archive) : basename(splitVolume(archive).name);
}

/** Calls back with the file; it is let go of afterwards, however that ended. */
export async function withArchive<T>(
  parts: { readonly storages: GuestStorages },
  context: WorkContext,
  archive: string,
  work: (file: ArchiveFile) => Promise<T>,
): Promise<T> {
  try {
    return await work(await requireFile(parts, context, archive));
  } finally {
    await leaveArchive(parts, context, archive);
  }
}

/** The archive's file, attached until `leaveArchive`. */
export async function requireFile(
  parts: { readonly storages: GuestStorages },
  context: WorkContext,
  archive: string,
): Promise<ArchiveFile> {
  const name = archiveName(archive);
  if (isPath(archive)) return { path: archive, name };
  const attachment = await attachVolume(parts.storages, context, archive);
  if (attachment.kind !== 'file')
    throw new AppError('unsupported', `${archive}: its storage does not give backups as files`);
  return { path: attachment.path, name };
}

/** Lets go of an archive that a task of a former life had attached. Repeatable. */
export async function leaveArchive(
  parts: { readonly storages: GuestStorages },
  context: WorkContext,
  archive: string,
): Promise<void> {
  if (!isPath(archive)) await detachVolume(parts.storages, unending(context), archive);
}

/** What is let go of is let go of also when the work was cancelled. */
function unending(context: WorkContext): WorkContext {
  return { signal: new AbortController().signal, log: (line) => context.log(line), progress: () => {} };
}
