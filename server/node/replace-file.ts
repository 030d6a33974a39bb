// Replaces small files of the system: whole or not at all, on the disk before it is told, with mode and owner as before.
import { randomBytes } from 'node:crypto';
import { chmod, chown, open, realpath, rename, rm, stat, symlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../core/errors.ts';
import { flushToDisk } from '../core/flush-to-disk.ts';

/** The text of `path`; where a link points, if it is one. Rejects with `unavailable`, naming the file, when it cannot be. */
export async function replaceText(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  await replace(path, target, async (fresh) => {
    const before = await stat(target).catch(() => undefined);
    const file = await open(fresh, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await chmod(fresh, (before?.mode ?? 0o644) & 0o7777);
    if (before) await chown(fresh, before.uid, before.gid);
  });
}

/** `path` becomes a symbolic link with this target. */
export async function replaceLink(path: string, target: string): Promise<void> {
  await replace(path, path, (fresh) => symlink(target, fresh));
}

async function replace(path: string, target: string, make: (fresh: string) => Promise<void>): Promise<void> {
  const fresh = `${target}.${randomBytes(6).toString('hex')}.croft-new`;
  try {
    await make(fresh);
    await rename(fresh, target);
    await flushToDisk(dirname(target));
  } catch (error) {
    await rm(fresh, { force: true }).catch(() => {});
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const reason =
      {
        EBUSY: 'it is mounted from elsewhere',
        EROFS: 'its file system is read-only',
        ENOENT: 'its folder is missing',
      }[code] ?? code;
    throw new AppError('unavailable', `${path} cannot be replaced${reason === '' ? '' : `: ${reason}`}`, {
      cause: error,
    });
  }
}
