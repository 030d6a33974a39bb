// The kernel reads a disk's partition table anew.
import type { StepTools } from './step.ts';

/**
 * Under the disk's lock: udev looks at the partitions of a disk that was written to, holding that lock, and while it has one
 * open the kernel refuses to read the table ("Device or resource busy"). systemd.io, "Locking Block Device Access".
 */
export async function rereadPartitions(
  tools: Pick<StepTools, 'exec'>,
  disk: string,
  intention: string,
  signal?: AbortSignal,
): Promise<void> {
  await tools.exec('flock', ['--exclusive', '--timeout=30', disk, 'blockdev', '--rereadpt', disk], {
    signal,
    timeoutMs: 60_000,
    intention,
  });
}
