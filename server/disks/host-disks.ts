// The machine's real disks: lsblk and wipefs to look, sgdisk, mkfs and LVM's tools to write. Needs root.
import { realpath } from 'node:fs/promises';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError, hasCode } from '../core/errors.ts';
import { mebibyte } from '../core/units.ts';
import { type BlockDevice, isDisk, lsblkArgs, readLsblk } from '../node/block-devices.ts';
import type { DiskDriver } from './disk-driver.ts';
import { createDiskMounts, type DiskMountParts, kernelHasQuotas } from './disk-mounts.ts';
import { createHostLvm, lookMs } from './host-lvm.ts';
import { readSignatures, readTable, wipefsLookArgs } from './signatures.ts';

export interface HostDiskParts extends DiskMountParts {
  readonly clock?: Clock;
  /** What counts as a disk; for tests on loop devices. */
  readonly isDisk?: (device: BlockDevice) => boolean;
}

const writeMs = 60_000;
/** mkfs discards the whole disk first, which takes minutes on some. */
const formatMs = 20 * 60_000;
const mostDisks = 512;
/** What is zeroed at both ends: old boot code, and marks that stand at the end (RAID, DRBD, ZFS). */
const zeroedBytes = 8 * mebibyte;
/** udev and an orphan of a killed daemon hold a device for a moment. */
const eraseAttempts = 20;
const eraseWaitMs = 500;

export function createHostDisks(parts: HostDiskParts): DiskDriver {
  const { exec, clock = systemClock, hasQuotas = kernelHasQuotas } = parts;
  const isOne = parts.isDisk ?? isDisk;
  const lvm = createHostLvm(exec);

  /** udev has seen what was written; on a machine without it there is nothing to wait for. */
  const settle = (signal: AbortSignal) =>
    exec('udevadm', ['settle', '--timeout=30'], { signal, timeoutMs: 40_000 }).catch((error: unknown) => {
      if (!hasCode(error, 'unavailable') && !hasCode(error, 'command-failed')) throw error;
    });

  /**
   * Under the disk's lock: udev looks at partitions holding it, and while it has one open the kernel refuses to read the table anew
   * (systemd.io, "Locking Block Device Access"). partx(8) tells the kernel what it did not read by itself.
   */
  async function reread(disk: string, signal: AbortSignal): Promise<void> {
    const lock = ['--exclusive', '--timeout=30', disk];
    const intention = `read the partitions of ${disk} anew`;
    await exec('flock', [...lock, 'blockdev', '--rereadpt', disk], { signal, timeoutMs: writeMs, intention });
    await exec('partx', ['--update', disk], {
      // 1: there are none.
      ...{ signal, timeoutMs: writeMs, intention, okExitCodes: [0, 1] },
    });
    await settle(signal);
  }

  /** An empty table of another kind (MBR) becomes a GPT: without `--mbrtogpt` sgdisk leaves it as it is. */
  const sgdisk = (disk: string, args: readonly string[], intention: string, signal: AbortSignal) =>
    exec('sgdisk', ['--mbrtogpt', ...args, '--', disk], {
      ...{ signal, timeoutMs: writeMs, intention },
    });

  const table: DiskDriver['table'] = async (disk, signal) => {
    const { exitCode, stdout } = await exec('sfdisk', ['--json', '--', disk], {
      // 1: there is no table.
      ...{ signal, timeoutMs: lookMs, intention: `look at the partitions of ${disk}`, okExitCodes: [0, 1] },
    });
    return exitCode === 0 ? readTable(stdout) : undefined;
  };

  const sizeOf = async (device: string, signal: AbortSignal) => {
    const { stdout } = await exec('blockdev', ['--getsize64', device], { signal, timeoutMs: lookMs });
    return Number(stdout.trim());
  };
  const zero = (device: string, seekBytes: number, count: number, signal: AbortSignal) =>
    exec(
      'dd',
      [
        ...['if=/dev/zero', `of=${device}`, 'bs=1M', 'iflag=count_bytes', 'oflag=seek_bytes', 'status=none'],
        ...[`count=${count}`, `seek=${seekBytes}`, 'conv=notrunc,fsync'],
      ],
      { signal, timeoutMs: 5 * writeMs, intention: `erase ${device}` },
    );

  async function wipeSignatures(device: string, signal: AbortSignal): Promise<void> {
    for (let left = eraseAttempts - 1; ; left -= 1) {
      try {
        // Never with --force: it opens the device for itself alone, so what the kernel has in use stays as it is.
        await exec('wipefs', ['--all', '--quiet', '--', device], {
          ...{ signal, timeoutMs: writeMs, intention: `erase what ${device} was` },
        });
        return;
      } catch (error) {
        const isBusy = error instanceof AppError && /busy/i.test(`${error.message} ${error.detail ?? ''}`);
        if (!isBusy) throw error;
        if (left === 0)
          throw new AppError('busy', `${device} is in use: the kernel does not let it be erased`, {
            cause: error,
          });
        await clock.sleep(eraseWaitMs, signal);
      }
    }
  }

  return {
    ...createDiskMounts(parts),
    ...lvm.methods,
    async survey(signal) {
      await settle(signal);
      const [{ stdout }, groups] = await Promise.all([
        exec('lsblk', lsblkArgs, { signal, timeoutMs: lookMs, intention: 'list the disks' }),
        lvm.report(signal),
      ]);
      return { disks: readLsblk(stdout).filter(isOne).slice(0, mostDisks), ...groups };
    },
    resolve: (path) => realpath(path).catch(() => path),
    async signatures(devices, signal) {
      if (devices.length === 0) return [];
      const { stdout } = await exec('wipefs', [...wipefsLookArgs, ...devices], {
        ...{ signal, timeoutMs: lookMs, intention: `look at ${devices[0]}` },
      });
      return readSignatures(stdout, devices);
    },
    table,

    async makeTable(disk, guid, signal) {
      const intention = `write a partition table onto ${disk}`;
      await sgdisk(disk, ['--clear', `--disk-guid=${guid ?? 'R'}`], intention, signal);
      await reread(disk, signal);
    },
    async makePartition(disk, guid, signal) {
      const intention = `make a partition on ${disk}`;
      const own = async () =>
        (await table(disk, signal))?.partitions.find((one) => one.guid === guid.toUpperCase());
      if (!(await own())) {
        // 8300: Linux file system.
        const args = ['--new=1:0:0', '--typecode=1:8300', `--partition-guid=1:${guid}`];
        await sgdisk(disk, args, intention, signal);
      }
      await reread(disk, signal);
      const found = await own();
      if (!found) throw new AppError('command-failed', `${intention}: it is not there`);
      return found.path;
    },
    async removePartition(disk, guid, signal) {
      const found = (await table(disk, signal))?.partitions.find((one) => one.guid === guid.toUpperCase());
      if (found) {
        const intention = `remove partition ${found.number} of ${disk}`;
        await sgdisk(disk, [`--delete=${found.number}`], intention, signal);
      }
      await reread(disk, signal);
    },

    async erase(device, what, signal) {
      await wipeSignatures(device, signal);
      const size = await sizeOf(device, signal);
      const length = Math.min(size, zeroedBytes);
      await zero(device, 0, length, signal);
      await zero(device, size - length, length, signal);
      if (what === 'disk') await reread(device, signal);
    },
    async makeFileSystem(device, type, uuid, signal) {
      const options = { signal, timeoutMs: formatMs, intention: `make the file system on ${device}` };
      // With project quotas, by which the trees of containers get their size (ext4(5)), where the kernel can mount that; nothing is held
      // back for root.
      const quotas = hasQuotas() ? ['-O', 'quota,project', '-E', 'quotatype=prjquota'] : [];
      const ext4 = ['-q', '-F', '-m', '0', ...quotas];
      if (type === 'ext4') await exec('mkfs.ext4', [...ext4, '-U', uuid, device], options);
      else await exec('mkfs.xfs', ['-q', '-f', '-m', `uuid=${uuid}`, device], options);
      await settle(signal);
    },
  };
}
