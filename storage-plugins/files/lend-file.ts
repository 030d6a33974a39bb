// An open file that a confined program may write to as long as it runs.
import type { FileHandle } from 'node:fs/promises';
import { AppError } from '../../server/core/errors.ts';
import { sandboxId } from './sandbox.ts';

/** Reading and writing, of those who are neither owner nor group. */
const everybody = 0o006;

/**
 * Gives the file to the confined program's user; answers how to take it back. A server that keeps no owners (SMB), or lets root give
 * nothing away (NFS with root_squash), leaves it as it is: that will do when the file is that user's already, or everybody's to open,
 * as below a folder that only QEMU's user enters. Else `wrong-state`, before anything was written. Without root there is nothing to give.
 */
export async function lendFile(
  file: Pick<FileHandle, 'stat' | 'chown'>,
  asRoot = process.getuid?.() === 0,
): Promise<() => Promise<void>> {
  const nothing = async () => {};
  if (!asRoot) return nothing;
  const { uid, gid } = await file.stat();
  if (uid === sandboxId) return nothing;
  const refused = await file.chown(sandboxId, sandboxId).then(
    () => undefined,
    (error: unknown) => error,
  );
  const now = await file.stat();
  if (now.uid === sandboxId) return async () => await file.chown(uid, gid);
  if ((now.mode & everybody) === everybody) return nothing;
  throw new AppError(
    'wrong-state',
    'copy the disk: the storage does not let the new file be given to the confined program that reads images of strangers; an SMB share takes the mount option file_mode=0666',
    { cause: refused },
  );
}
