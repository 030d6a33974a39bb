// Step `filesystems`: the ESP of each disk, the system, and, unless it is kept, the state.
import { labels } from '../../../server/core/appliance-layout.ts';
import { partitionPath, sharedDevice } from './devices.ts';
import { diskPaths } from './prepare.ts';
import { requireKept } from './require-kept.ts';
import type { InstallStep } from './step.ts';

/**
 * Arguments of mkfs.ext4. Without the checksum seed and the orphan file, which GRUB 2.12 refuses to read
 * (grub-core/fs/ext2.c, EXT2_DRIVER_SUPPORTED_INCOMPAT).
 */
export function ext4Arguments(options: {
  readonly device: string;
  readonly label: string;
  readonly uuid?: string;
  /** Reserved for root, per cent. */
  readonly reservedPercent: number;
  /** With project quotas, by which trees below it can be limited (ext4(5), "project"). */
  readonly limitsTrees?: boolean;
}): string[] {
  const features = [
    '^metadata_csum_seed',
    '^orphan_file',
    ...(options.limitsTrees ? ['quota', 'project'] : []),
  ];
  return [
    '-F',
    '-q',
    ...['-O', features.join(',')],
    ...(options.limitsTrees ? ['-E', 'quotatype=prjquota'] : []),
    ...['-m', String(options.reservedPercent)],
    ...['-L', options.label],
    ...(options.uuid === undefined ? [] : ['-U', options.uuid]),
    options.device,
  ];
}

export const filesystems: InstallStep = {
  name: 'filesystems',
  weight: 4,
  async run(tools, context, job) {
    const { plan } = job;
    const make = (program: string, args: readonly string[], device: string) =>
      tools.exec(program, args, {
        signal: context.signal,
        timeoutMs: 300_000,
        intention: `make the file system of ${device}`,
      });
    const state = sharedDevice(plan, 'state');
    if (plan.keepGuests) {
      // 0 and 1: clean, or repaired (e2fsck(8)).
      await tools.exec('e2fsck', ['-p', state], {
        signal: context.signal,
        timeoutMs: 300_000,
        okExitCodes: [0, 1],
        intention: `check the file system of ${state}`,
      });
      await requireKept(tools, context.signal, job);
    }
    for (const disk of diskPaths(job)) {
      const esp = partitionPath(disk, 'esp');
      await make('mkfs.vfat', ['-F', '32', '-n', labels.esp, esp], esp);
    }
    const system = sharedDevice(plan, 'system');
    const { uuids } = plan;
    const forSystem = { device: system, label: labels.system, uuid: uuids.system, reservedPercent: 0 };
    await make('mkfs.ext4', ext4Arguments(forSystem), system);
    if (plan.keepGuests) return;
    const forState = { device: state, label: labels.state, uuid: uuids.state, reservedPercent: 1 };
    await make('mkfs.ext4', ext4Arguments(forState), state);
  },
};
