// Step `wipe`: what was on the disks cannot boot any more and is forgotten. Also the way back of a failed installation.
import { blockNodes } from './block-tree.ts';
import { diskPaths } from './prepare.ts';
import type { InstallStep, StepTools } from './step.ts';

/** Bytes of boot code before the disk's signature in the first sector (UEFI specification, 5.2.1 "Legacy MBR"). */
const bootCodeBytes = 440;
/** sgdisk(8): 2 when the partition table that it is to destroy was damaged. */
const zapExitCodes = [0, 2];

/**
 * In an order that leaves nothing half-alive at a power cut: first the code that a BIOS would start, on all disks; then
 * what firmware and boot loaders look for (EFI system partitions first), then the partition tables.
 */
export const wipe: InstallStep = {
  name: 'wipe',
  weight: 2,
  async run(tools, context, job) {
    if (job.plan.keepGuests) {
      context.log('the state and the guests are kept, only the system is written anew');
      return;
    }
    const { signal } = context;
    await tools.run.enter('erasing');
    for (const disk of diskPaths(job)) await clearBootCode(tools, disk, signal);
    for (const { path, name } of job.plan.disks) {
      context.log(`erasing ${name}`);
      const partitions = (await blockNodes(tools, [path])).filter((node) => node.type === 'part');
      partitions.sort((a, b) => Number(b.fsType === 'vfat') - Number(a.fsType === 'vfat'));
      for (const partition of partitions) await wipeSignatures(tools, partition.path, signal);
      await wipeSignatures(tools, path, signal);
      await destroyTables(tools, path, signal);
    }
  },
};

/** Makes the disks unable to boot, for an installation that failed half-way. Repeatable. */
export async function makeUnbootable(
  tools: Pick<StepTools, 'exec'>,
  disks: readonly string[],
  signal?: AbortSignal,
): Promise<void> {
  for (const disk of disks) {
    await clearBootCode(tools, disk, signal);
    await destroyTables(tools, disk, signal);
  }
}

/** Removes the magic numbers of file systems, RAID and LVM, so that nothing is assembled from old ones. */
export async function wipeSignatures(
  tools: Pick<StepTools, 'exec'>,
  device: string,
  signal: AbortSignal,
): Promise<void> {
  await tools.exec('wipefs', ['--all', '--quiet', device], {
    signal,
    timeoutMs: 60_000,
    intention: `erase what ${device} was`,
  });
}

async function clearBootCode(
  tools: Pick<StepTools, 'exec'>,
  disk: string,
  signal?: AbortSignal,
): Promise<void> {
  const args = [
    'if=/dev/zero',
    `of=${disk}`,
    `bs=${bootCodeBytes}`,
    'count=1',
    'conv=notrunc,fsync',
    'status=none',
  ];
  await tools.exec('dd', args, { signal, intention: `erase the boot code of ${disk}` });
}

/** Both copies of GPT and the MBR; the kernel then forgets the partitions. */
async function destroyTables(
  tools: Pick<StepTools, 'exec'>,
  disk: string,
  signal?: AbortSignal,
): Promise<void> {
  await tools.exec('sgdisk', ['--zap-all', disk], {
    signal,
    okExitCodes: zapExitCodes,
    intention: `erase the partition table of ${disk}`,
  });
  await tools.exec('blockdev', ['--rereadpt', disk], {
    signal,
    intention: `forget the partitions of ${disk}`,
  });
}
