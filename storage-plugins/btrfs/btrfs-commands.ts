// The calls of btrfs(8) that the storage needs, each an argument array; works with btrfs-progs from 6.2 on.
import { readFile } from 'node:fs/promises';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { unlimitedMs } from '../files/disk-clones.ts';
import { type ReadMounts, readMountInfo } from '../folders/open-mounts.ts';

export interface BtrfsCommands {
  create(context: WorkContext, subvolume: string): Promise<void>;
  /** At once, also of one that is written to: the copy is as after a power cut. */
  snapshot(context: WorkContext, source: string, target: string, readOnly: boolean): Promise<void>;
  /** With the subvolumes that a guest made inside. Repeatable. */
  remove(context: WorkContext, subvolume: string): Promise<void>;
  setReadOnly(context: WorkContext, subvolume: string): Promise<void>;
  /** New files in the folder are written in place, without checksums (`chattr +C`, chattr(1)). */
  writeInPlace(context: WorkContext, folder: string): Promise<void>;
  hasQuotas(context: WorkContext, folder: string): Promise<boolean>;
  /** Simple quotas where kernel (6.7) and program have them, full ones else; `command-failed` where neither works. */
  enableQuotas(context: WorkContext, folder: string): Promise<void>;
  /** In bytes; 0 takes the limit away. */
  limit(context: WorkContext, subvolume: string, sizeBytes: number): Promise<void>;
  /** Bytes that count against the limit. */
  used(context: WorkContext, subvolume: string): Promise<number>;
}

export function createBtrfsCommands(exec: Exec, readMounts: ReadMounts): BtrfsCommands {
  const call = async (
    context: WorkContext,
    intention: string,
    args: readonly string[],
    okExitCodes: readonly number[] = [0],
  ) => {
    try {
      return await exec('btrfs', args, {
        signal: context.signal,
        intention,
        timeoutMs: 600_000,
        okExitCodes,
      });
    } catch (error) {
      throw explained(error, intention);
    }
  };
  return {
    async create(context, subvolume) {
      await call(context, 'create the subvolume', ['subvolume', 'create', subvolume]);
    },
    async snapshot(context, source, target, readOnly) {
      const args = ['subvolume', 'snapshot', ...(readOnly ? ['-r'] : []), source, target];
      await call(context, 'snapshot the subvolume', args);
    },
    async remove(context, subvolume) {
      const remove = async (...options: string[]) =>
        (await call(context, 'delete the subvolume', ['subvolume', 'delete', ...options, subvolume], [0, 1]))
          .exitCode === 0;
      if (await remove()) return;
      // Subvolumes inside, made by the guest: newer programs remove them too, else rm does (rmdir(2) takes empty ones since 4.18).
      if (await remove('--recursive')) return;
      const mounts = readMountInfo(await readMounts());
      if (mounts.some(({ mountPoint }) => `${mountPoint}/`.startsWith(`${subvolume}/`)))
        throw new AppError('busy', 'delete the subvolume: something is mounted inside');
      await exec('rm', ['-rf', '--', subvolume], {
        signal: context.signal,
        intention: 'delete the subvolume',
        timeoutMs: unlimitedMs,
      });
    },
    async setReadOnly(context, subvolume) {
      const args = ['property', 'set', '-t', 'subvol', subvolume, 'ro', 'true'];
      await call(context, 'make the subvolume read-only', args);
    },
    async writeInPlace(context, folder) {
      await exec('chattr', ['+C', folder], { signal: context.signal, intention: 'prepare the subvolume' });
    },
    async hasQuotas(context, folder) {
      return (
        (await call(context, 'look at the quotas', ['qgroup', 'show', '--raw', folder], [0, 1])).exitCode ===
        0
      );
    },
    async enableQuotas(context, folder) {
      const simple = ['quota', 'enable', '--simple', folder];
      if ((await hasSimpleQuotas()) && (await call(context, 'enable quotas', simple, [0, 1])).exitCode === 0)
        return;
      await call(context, 'enable quotas', ['quota', 'enable', folder]);
    },
    async limit(context, subvolume, sizeBytes) {
      const size = sizeBytes === 0 ? 'none' : String(sizeBytes);
      await call(context, 'limit the subvolume', ['qgroup', 'limit', size, subvolume]);
    },
    async used(context, subvolume) {
      // Counted by then, not when the next transaction ends (btrfs-qgroup(8)).
      const args = ['qgroup', 'show', '--raw', '--sync', '-f', subvolume];
      return readReferenced((await call(context, 'look at the quotas', args)).stdout);
    },
  };
}

/** Referenced bytes in the output of `btrfs qgroup show --raw -f`: the row of the subvolume's own group, `0/257 16384 16384`. */
export function readReferenced(text: string): number {
  const row = /^0\/\d+\s+(\d+)\s/m.exec(text);
  return row ? Number(row[1]) : 0;
}

/** Simple quotas came with Linux 6.7. */
async function hasSimpleQuotas(): Promise<boolean> {
  const release = await readFile('/proc/sys/kernel/osrelease', 'utf8').catch(() => '');
  return isAtLeast(release, 6, 7);
}

/** Is a kernel's release (`6.12.48+deb13-amd64`) of that version or later? */
export function isAtLeast(release: string, major: number, minor: number): boolean {
  const match = /^(\d+)\.(\d+)/.exec(release);
  const [found, part] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  return found > major || (found === major && part >= minor);
}

function explained(thrown: unknown, intention: string): unknown {
  if (!(thrown instanceof AppError) || thrown.code !== 'command-failed') return thrown;
  if (!/No space left on device|Disk quota exceeded/.test(`${thrown.message}\n${thrown.detail ?? ''}`))
    return thrown;
  return new AppError('no-capacity', `${intention}: no space left on the storage`, { cause: thrown });
}
