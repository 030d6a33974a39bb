// Step `wipe`: what was on the disks cannot boot any more and is forgotten. Also the way back of a failed installation.
import { asAppError } from '../../../server/core/errors.ts';
import type { WorkContext } from '../../../server/core/work-context.ts';
import { blockNodes } from './block-tree.ts';
import { diskPaths } from './prepare.ts';
import { releaseDisks } from './release-disks.ts';
import { rereadPartitions } from './reread-partitions.ts';
import { type InstallStep, type StepTools, waitForNodes } from './step.ts';

/** Bytes of boot code before the disk's signature in the first sector (UEFI specification, 5.2.1 "Legacy MBR"). */
const bootCodeBytes = 440;
/** sgdisk(8): 2 when the partition table that it is to destroy was damaged. */
const zapExitCodes = [0, 2];
/** How often the signatures are tried to be erased. */
const eraseAttempts = 5;

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
    context.log(`erasing ${job.plan.disks.map(({ name }) => name).join(' and ')}`);
    await eraseSignatures(tools, context, diskPaths(job));
    for (const disk of diskPaths(job)) await destroyTables(tools, disk, signal);
  },
};

/**
 * Of all partitions and of the disks themselves. Whoever writes to a disk makes udev read its partitions anew, and it may then
 * assemble an old mirror again, which keeps its members busy: so they are released again, and tried again.
 */
async function eraseSignatures(
  tools: StepTools,
  context: Pick<WorkContext, 'signal' | 'log'>,
  disks: readonly string[],
): Promise<void> {
  const { signal } = context;
  for (let left = eraseAttempts - 1; ; left -= 1) {
    try {
      await waitForNodes(tools, signal, []);
      await releaseDisks(tools, disks, signal);
      const partitions = (await blockNodes(tools, disks)).filter((node) => node.type === 'part');
      partitions.sort((a, b) => Number(b.fsType === 'vfat') - Number(a.fsType === 'vfat'));
      for (const { path } of partitions) await wipeSignatures(tools, path, signal);
      for (const disk of disks) await wipeSignatures(tools, disk, signal);
      return;
    } catch (error) {
      if (left === 0 || signal.aborted) throw error;
      context.log(`${asAppError(error).message}; trying again`);
    }
  }
}

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
  await rereadPartitions(tools, disk, `forget the partitions of ${disk}`, signal);
}
