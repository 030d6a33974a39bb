// What a VM that runs while it is restored needs of this host: where the backup is served to QEMU, and images completed when it does not run.
import { chmod, chown, mkdir } from 'node:fs/promises';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { imageFormatOf } from './domain-xml-disks.ts';
import { type QemuUser, readQemuUser } from './qemu-user.ts';
import { restoreSocketPath, runDirectory } from './run-directory.ts';

/** A disk of a backup that is served by NBD. */
export interface ServedDisk {
  readonly socket: string;
  readonly exportName: string;
}

export interface LiveRestoreHost {
  /** Makes the folder for the guest's socket. Repeatable. `owner`: who alone is to open it. */
  place(vmid: number): Promise<{ readonly socket: string; readonly owner: QemuUser | undefined }>;
  /** Makes the empty image one that QEMU can bring the rest into while the guest writes to it. Repeatable, until the guest starts. */
  prepare(context: WorkContext, image: Attachment): Promise<void>;
  /**
   * Copies into an image that nobody has open what it has not from what is served. Repeatable. Only of an image that may lack
   * something: what was given back (discarded) in one that lacks nothing would come back.
   */
  complete(context: WorkContext, image: Attachment, from: ServedDisk): Promise<void>;
}

/** Milliseconds without a limit of its own: as long as a large disk takes. */
const longestMs = 7 * 24 * 3600 * 1000;

/**
 * Before 8.1 QEMU ends when it brings in a cluster with extended entries of which the guest has written a part ("bdrv_co_do_copy_on_readv:
 * Assertion `skip_bytes < pnum' failed", seen with 7.2.22). `text`: what `qemu-img --version` says.
 */
export function bringsInSubclusters(text: string): boolean {
  const [, major = '0', minor = '0'] = /version (\d+)\.(\d+)/.exec(text) ?? [];
  return Number(major) > 8 || (Number(major) === 8 && Number(minor) >= 1);
}

export function createLiveRestoreHost(exec: Exec, runtimeDir: string): LiveRestoreHost {
  return {
    async place(vmid) {
      const owner = await readQemuUser();
      const folder = runDirectory(runtimeDir, vmid);
      await mkdir(runtimeDir, { recursive: true, mode: 0o711 });
      await mkdir(folder, { recursive: true, mode: 0o750 });
      await chown(folder, owner.uid, owner.gid);
      await chmod(folder, 0o750);
      return { socket: restoreSocketPath(runtimeDir, vmid), owner };
    },
    async prepare({ signal }, image) {
      if ((image.kind !== 'file' && image.kind !== 'block') || imageFormatOf(image) !== 'qcow2') return;
      const { stdout: version } = await exec('qemu-img', ['--version'], { signal });
      if (bringsInSubclusters(version)) return;
      const { stdout } = await exec('qemu-img', ['info', '--output=json', '-f', 'qcow2', image.path], {
        signal,
      });
      const size = (JSON.parse(stdout) as { 'virtual-size': number })['virtual-size'];
      const options = ['-q', '-f', 'qcow2', '-o', 'extended_l2=off', image.path, String(size)];
      await exec('qemu-img', ['create', ...options], { signal });
    },
    async complete({ signal }, image, { socket, exportName }) {
      if (image.kind !== 'file' && image.kind !== 'block')
        throw new AppError('unsupported', 'a disk that is restored while it runs must be a file or a device');
      const below = `nbd+unix:///${exportName}?socket=${socket}`;
      const format = ['-f', imageFormatOf(image)];
      await exec('qemu-img', ['rebase', '-u', ...format, '-F', 'raw', '-b', below, image.path], { signal });
      const options = { signal, timeoutMs: longestMs };
      await exec('qemu-img', ['rebase', ...format, '-b', '', image.path], options);
    },
  };
}
