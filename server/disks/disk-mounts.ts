// Disks mounted as directories: one file for each below the daemon's own folder, mounted by the daemon at its start.
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, rmdir, statfs } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppError, hasCode } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { flushToDisk } from '../core/flush-to-disk.ts';
import { readHostMounts } from '../core/mount-table.ts';
import { replaceText } from '../node/replace-file.ts';
import type { DirectoryMount, DiskDriver } from './disk-driver.ts';

export interface DiskMountParts {
  readonly exec: Exec;
  /**
   * Folder of the files. Below `/var/lib/croft`, which outlives updates of the appliance; `/etc/systemd/system` does not. The files
   * have the form of systemd's mount units (systemd.mount(5)), so that they can be taken along to another system as they are.
   */
  readonly folder: string;
  /** Default `/mnt/pve`. */
  readonly root?: string;
  readonly isMounted?: (path: string) => boolean;
  /** Can the kernel limit trees by project quotas? Default `kernelHasQuotas`. */
  readonly hasQuotas?: () => boolean;
}

/**
 * proc_sys_fs(5): the folder is there when the kernel has quotas at all. Debian's kernels have all kinds; whether one has that of a
 * file system shows when it is mounted: `withoutQuotas`.
 */
export function kernelHasQuotas(): boolean {
  return existsSync('/proc/sys/fs/quota');
}

const mountMs = 120_000;
/** mount(8), EXIT STATUS: bits, of which 1 to 32 are failures. */
const mountExitCodes = Array.from({ length: 64 }, (_, code) => code);
const suffix = '.mount';
const names = /^[a-z][a-z0-9._-]{0,98}[a-z0-9]$/i;

type Mounts = Pick<
  DiskDriver,
  'mounts' | 'mountOf' | 'withoutQuotas' | 'mount' | 'unmount' | 'forgetMount' | 'space' | 'someFiles'
>;

export function createDiskMounts(parts: DiskMountParts): Mounts {
  const { exec, folder, root = '/mnt/pve', hasQuotas = kernelHasQuotas } = parts;
  const isMounted =
    parts.isMounted ?? ((path: string) => readHostMounts().some(({ point }) => point === path));

  const mountOf: DiskDriver['mountOf'] = (name, { uuid, type, partition }) => ({
    ...{ name, uuid, type, partition, path: join(root, name) },
    // ext4 has them by its features, XFS by this option (mount(8)).
    options: type === 'xfs' && hasQuotas() ? 'defaults,prjquota' : 'defaults',
    unitFile: join(folder, `${name}${suffix}`),
  });

  return {
    mountOf,
    async mounts() {
      const files = await readdir(folder).catch(() => []);
      const found: DirectoryMount[] = [];
      for (const file of files.sort()) {
        const name = basename(file, suffix);
        if (!file.endsWith(suffix) || !names.test(name)) continue;
        const read = readUnit(await readFile(join(folder, file), 'utf8').catch(() => ''));
        if (read) found.push({ ...mountOf(name, read), options: read.options });
      }
      return found;
    },

    async withoutQuotas(mount, device, signal) {
      if (!hasQuotas()) return undefined;
      if (mount.type === 'ext4')
        await exec('tune2fs', ['-O', '^quota,^project', device], {
          ...{ signal, timeoutMs: mountMs, intention: `take the quotas from the file system on ${device}` },
        });
      return { ...mount, options: 'defaults' };
    },

    async mount(mount, signal) {
      if (isMounted(mount.path) && existsSync(mount.unitFile)) return;
      await mkdir(folder, { recursive: true, mode: 0o755 });
      await mkdir(mount.path, { recursive: true, mode: 0o755 });
      await replaceText(mount.unitFile, renderUnit(mount));
      if (isMounted(mount.path)) return;
      const intention = `mount ${mount.path}`;
      const source = ['--types', mount.type, '--options', mount.options, '--uuid', mount.uuid];
      const { exitCode, stderr } = await exec('mount', [...source, '--target', mount.path], {
        ...{ signal, timeoutMs: mountMs, intention, okExitCodes: mountExitCodes },
      });
      if (exitCode === 0) return;
      // Its last line only says where more may be read.
      const reason = stderr.split('\n')[0]?.replace(/^mount: /, '') ?? '';
      throw new AppError('command-failed', `${intention}: ${reason || `exit code ${exitCode}`}`, {
        detail: stderr,
      });
    },

    async unmount(mount, signal) {
      if (!isMounted(mount.path)) return;
      try {
        await exec('umount', ['--', mount.path], {
          ...{ signal, timeoutMs: mountMs, intention: `unmount ${mount.path}` },
        });
      } catch (error) {
        if (!hasCode(error, 'command-failed') || !isMounted(mount.path)) throw error;
        throw new AppError('busy', `${mount.path} is in use by a program: it cannot be unmounted`, {
          cause: error,
        });
      }
    },

    async forgetMount(mount) {
      await rm(mount.unitFile, { force: true });
      await flushToDisk(folder).catch(() => {});
      // Not what somebody put into the folder below the mount.
      if (!isMounted(mount.path)) await rmdir(mount.path).catch(() => {});
    },

    async space(mount) {
      if (!isMounted(mount.path)) return undefined;
      const { blocks, bavail, bsize } = await statfs(mount.path);
      return { sizeBytes: blocks * bsize, availableBytes: bavail * bsize };
    },

    async someFiles(mount, most) {
      return isMounted(mount.path) ? await firstFiles(mount.path, most) : [];
    },
  };
}

/** systemd.mount(5). */
export function renderUnit({ name, uuid, path, type, options, partition }: DirectoryMount): string {
  return [
    `# Written by Croft, which mounts it when it starts. Remove it with: croft node disk directory remove ${name}`,
    '[Unit]',
    `Description=Directory ${name}`,
    '',
    '[Mount]',
    `What=/dev/disk/by-uuid/${uuid}`,
    `Where=${path}`,
    `Type=${type}`,
    `Options=${options}`,
    ...(partition === '' ? [] : [`X-Croft-Partition=${partition}`]),
    '',
    '[Install]',
    'WantedBy=multi-user.target',
    '',
  ].join('\n');
}

/** Undefined for what is not one of ours. */
export function readUnit(
  text: string,
): Pick<DirectoryMount, 'uuid' | 'type' | 'options' | 'partition'> | undefined {
  const value = (key: string) => new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1]?.trim();
  const uuid = /^\/dev\/disk\/by-uuid\/([0-9a-fA-F-]{4,36})$/.exec(value('What') ?? '')?.[1];
  const type = value('Type');
  const options = value('Options') || 'defaults';
  if (uuid === undefined || (type !== 'ext4' && type !== 'xfs') || !/^[\w,=.-]+$/.test(options))
    return undefined;
  const partition = /^[0-9A-Fa-f-]{4,36}$/.exec(value('X-Croft-Partition') ?? '')?.[0] ?? '';
  return { uuid, type, options, partition };
}

/** Folders looked into at most. */
const mostFolders = 2000;

async function firstFiles(top: string, most: number): Promise<string[]> {
  const found: string[] = [];
  const waiting = [''];
  for (let looked = 0; looked < mostFolders; looked += 1) {
    const at = waiting.shift();
    if (at === undefined || found.length >= most) break;
    for (const entry of await readdir(join(top, at), { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (path === 'lost+found') continue;
      if (entry.isDirectory()) waiting.push(path);
      else if (found.length < most) found.push(path);
    }
  }
  // Nobody has seen what is in the rest: that counts as something.
  const unseen = waiting[0];
  if (found.length === 0 && unseen !== undefined) found.push(`${unseen}/`);
  return found;
}

/** At the daemon's start: mounts all; answers what went wrong, in sentences. Never rejects. */
export async function mountAll(
  driver: Pick<DiskDriver, 'mounts' | 'mount'>,
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  for (const mount of await driver.mounts()) {
    // One that did not answer took its time: others may have been removed meanwhile.
    if (!(await driver.mounts()).some(({ name }) => name === mount.name)) continue;
    await driver.mount(mount, signal).catch((error: unknown) => {
      problems.push(`directory '${mount.name}': ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  return problems;
}
