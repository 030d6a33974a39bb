// The ESPs of this installation: found by the file system that runs, mounted only for the moment of reading or writing.
import { mkdir, mkdtemp, readFile, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { partitions } from '../core/appliance-layout.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { commandFailed, type Exec } from '../core/exec.ts';
import { type MountEntry, readHostMounts } from '../core/mount-table.ts';

export interface EspPartitions {
  /** Device paths, one for each disk of the installation, in order. */
  list(): Promise<readonly string[]>;
  /**
   * Runs `work` on the mounted file system; it is unmounted whatever happens. One after the other: a device cannot be
   * mounted for reading and for writing at once, and a switch of slots must not fail because somebody looks at them.
   */
  mounted<T>(device: string, mode: 'read' | 'write', work: (folder: string) => Promise<T>): Promise<T>;
}

interface BlockDevice {
  readonly path: string;
  readonly type: string;
  readonly partlabel: string | null;
  readonly fstype: string | null;
  readonly uuid: string | null;
  readonly children?: readonly BlockDevice[] | undefined;
}

const word = z.string().nullable();
const blockDevice: z.ZodType<BlockDevice> = z.lazy(() =>
  z.object({
    path: z.string(),
    type: z.string(),
    partlabel: word,
    fstype: word,
    uuid: word,
    children: z.array(blockDevice).optional(),
  }),
);
const lsblkReply = z.object({ blockdevices: z.array(blockDevice) });

/** NAME, though not read: without it lsblk(8) prints no tree. */
const lsblkArguments = ['--json', '--output', 'NAME,PATH,TYPE,PARTLABEL,FSTYPE,UUID'];

/**
 * The ESPs on the disks whose system partition holds the file system, itself or as a member of its mirror: also of a
 * member that the mirror has dropped, for the firmware may still boot from that disk. `json` is lsblk's with
 * `lsblkArguments`.
 */
export function findEsps(json: string, systemUuid: string): string[] {
  const parsed = lsblkReply.safeParse(parseJson(json));
  if (!parsed.success)
    throw new AppError('internal', 'lsblk answered something unexpected', { detail: json.slice(0, 2000) });
  const disks = parsed.data.blockdevices;
  const systems = disks.flatMap((disk) =>
    (disk.children ?? []).filter((part) => part.partlabel === partitions.system.name),
  );
  const inUse = systems.filter((part) => holds(part, systemUuid));
  // Members of one mirror carry the mirror's UUID as their own (md(4), version 1 superblocks).
  const mirrors = new Set(
    inUse.flatMap(({ fstype, uuid }) => (fstype === 'linux_raid_member' && uuid ? [uuid] : [])),
  );
  const ours = (part: BlockDevice): boolean =>
    inUse.includes(part) ||
    (part.fstype === 'linux_raid_member' && part.uuid !== null && mirrors.has(part.uuid));
  return disks
    .filter((disk) => disk.children?.some((part) => systems.includes(part) && ours(part)))
    .flatMap((disk) => disk.children ?? [])
    .filter((part) => part.partlabel === partitions.esp.name)
    .map((part) => part.path);
}

function holds(device: BlockDevice, uuid: string): boolean {
  return device.uuid === uuid || (device.children?.some((child) => holds(child, uuid)) ?? false);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The UUID in `croft.system=UUID=...` of the kernel command line; undefined when it has none. */
export function systemUuidOf(commandLine: string): string | undefined {
  return /(?:^|\s)croft\.system=UUID=([0-9A-Za-z-]+)(?:\s|$)/.exec(commandLine)?.[1];
}

export interface EspPartitionParts {
  readonly exec: Exec;
  readonly clock?: Clock;
  /** The kernel command line; default this boot's. */
  readonly commandLine?: () => Promise<string>;
  /** Where the mount points are made. */
  readonly folder?: string;
  /** What is mounted on this machine; default as the kernel says. */
  readonly mounts?: () => readonly MountEntry[];
}

/** `--rw` forbids mount(8) what it does else: mount read-only, quietly, what another process has mounted read-only. */
const forWriting = ['--rw', '-o', 'sync,umask=077'];
const forReading = ['-o', 'ro,umask=077'];
/** The daemon may be up before udev has told the names of all partitions. */
const listTries = 20;
const listPauseMs = 1_000;
/** Another process that reads or writes needs a second or two of a slow machine. */
const mountTries = 60;
const unmountTries = 10;
const pauseMs = 500;
/** mount(8): "mount failure"; a file system that another process has mounted the other way (`ro`, `rw`) is one. */
const mountFailure = 32;

/** The name says whose it is: what a process that was killed left mounted is found by it. */
const ownerOf = (point: string): number | undefined => {
  const pid = /\/esp-(\d+)-[^/]+$/.exec(point)?.[1];
  return pid === undefined ? undefined : Number(pid);
};

export function createEspPartitions(parts: EspPartitionParts): EspPartitions {
  const { exec, clock = systemClock, folder: base = '/run/croft', mounts = readHostMounts } = parts;
  const commandLine = parts.commandLine ?? (() => readFile('/proc/cmdline', 'utf8'));
  /** Mount points that could not be unmounted. */
  const stuck = new Set<string>();
  /** The last that was asked for, by device. */
  const queues = new Map<string, Promise<unknown>>();

  async function mount(device: string, folder: string, options: readonly string[]): Promise<void> {
    const intention = `mount the boot partition ${device}`;
    const args = ['-t', 'vfat', ...options, device, folder];
    for (let tries = 1; ; tries += 1) {
      const result = await exec('mount', args, { intention, okExitCodes: [0, mountFailure] });
      if (result.exitCode === 0) return;
      // Its last line is always the same advice; what is wrong stands before it.
      const complaint = result.stderr.replace(/^\s*dmesg\(1\).*$/m, '');
      if (tries === mountTries)
        throw commandFailed(intention, `mount ${args.join(' ')}`, mountFailure, complaint);
      await removeLeft(device);
      await clock.sleep(pauseMs);
    }
  }

  /** Unmounts what a process that is gone left, and what this one could not unmount before. */
  async function removeLeft(device: string): Promise<void> {
    for (const { point, source } of mounts()) {
      const owner = source === device && point.startsWith(`${base}/`) ? ownerOf(point) : undefined;
      if (owner === undefined || (isAlive(owner) && !stuck.has(point))) continue;
      await exec('umount', [point], {
        intention: `unmount what was left of ${device}`,
        okExitCodes: [0, 32],
      });
      await rmdir(point).then(
        () => stuck.delete(point),
        () => {},
      );
    }
  }

  /** Whoever looks at all mounts, as monitors do, keeps one of them busy for a moment. */
  async function unmount(device: string, folder: string): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await exec('umount', [folder], { intention: `unmount the boot partition ${device}` });
        return;
      } catch (error) {
        if (tries === unmountTries) {
          stuck.add(folder);
          throw error;
        }
        await clock.sleep(pauseMs);
      }
    }
  }

  async function onMounted<T>(
    device: string,
    options: readonly string[],
    work: (folder: string) => Promise<T>,
  ): Promise<T> {
    await mkdir(base, { recursive: true, mode: 0o711 });
    // Only root gets into it (mkdtemp: 0700), and `umask` keeps the file system itself closed too.
    const folder = await mkdtemp(join(base, `esp-${process.pid}-`));
    try {
      await mount(device, folder, options);
      try {
        return await work(folder);
      } finally {
        await unmount(device, folder);
      }
    } finally {
      // Stays when it could not be unmounted, and while it is a mount point it cannot be removed.
      await rmdir(folder).catch(() => {});
    }
  }

  return {
    async list() {
      const uuid = systemUuidOf(await commandLine());
      if (uuid === undefined)
        throw new AppError('unsupported', 'the kernel command line does not name the system partition');
      for (let tries = 1; ; tries += 1) {
        const { stdout } = await exec('lsblk', lsblkArguments, { intention: 'find the boot partitions' });
        const found = findEsps(stdout, uuid);
        if (found.length > 0) return found;
        if (tries === listTries)
          throw new AppError(
            'unavailable',
            'no boot partition (croft-esp) was found on the disks of this installation',
          );
        await clock.sleep(listPauseMs);
      }
    },

    mounted(device, mode, work) {
      const before = queues.get(device) ?? Promise.resolve();
      const mine = before.then(() => onMounted(device, mode === 'write' ? forWriting : forReading, work));
      queues.set(
        device,
        mine.catch(() => {}),
      );
      return mine;
    },
  };
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
