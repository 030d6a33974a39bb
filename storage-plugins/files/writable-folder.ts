// Does a folder's file system still take writes? Found out without writing to one that is well, so that idle disks stay asleep.
import { constants } from 'node:fs';
import { access, open, readFile, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { deviceNumber } from '../block-devices/device-use.ts';
import { hasErrno } from './system-errors.ts';

/** Opens a file without a name, which is gone when it is closed (open(2)); the value of x86 and arm64's generic headers. */
const temporaryFile = 0o20000000 | constants.O_DIRECTORY;

/**
 * Why nothing can be written there, or undefined. A file system mounted read-only, or set so by the kernel, says it when
 * asked. ext4 after an error does not since Linux 6.12 (`errors=remount-ro` no longer changes the mount's state, ext4(5)):
 * only when its count of errors is not zero, a file is tried. Other errors than these are the caller's to find.
 */
export async function whyNotWritable(folder: string): Promise<string | undefined> {
  try {
    await access(folder, constants.W_OK);
    if ((await countErrors(folder)) === 0) return undefined;
    await (await open(folder, constants.O_RDWR | temporaryFile, 0o600)).close();
  } catch (error) {
    if (hasErrno(error, 'EROFS')) return "the storage's file system is read-only";
    if (hasErrno(error, 'EIO')) return "the storage's file system was shut down after errors";
  }
  return undefined;
}

/** The errors that an ext4 file system counts until it is checked (`/sys/fs/ext4`); 0 for others. */
async function countErrors(folder: string): Promise<number> {
  try {
    const name = path.basename(
      await realpath(path.join('/sys/dev/block', deviceNumber((await stat(folder)).dev))),
    );
    return Number(await readFile(path.join('/sys/fs/ext4', name, 'errors_count'), 'utf8'));
  } catch {
    return 0;
  }
}
