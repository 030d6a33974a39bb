// Mounting for the length of one piece of work, and making sure that nothing stays mounted.
import type { StepTools } from './step.ts';

export interface MountRequest {
  readonly device: string;
  readonly type: 'ext4' | 'vfat';
  readonly at: 'system' | 'state' | 'esp';
  readonly readOnly?: boolean;
}

const flushMs = 300_000;

/**
 * Mounts, works, flushes, unmounts; also when the work fails or is cancelled. The file system is made read-only before it
 * is unmounted: that empties the journal, which GRUB cannot replay.
 */
export async function withMount<T>(
  tools: StepTools,
  signal: AbortSignal,
  { device, type, at, readOnly = false }: MountRequest,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await tools.run.mountPoint(at);
  await unmountIfMounted(tools, folder);
  try {
    const options = ['noatime', 'nodev', 'nosuid', 'noexec', ...(readOnly ? ['ro'] : [])].join(',');
    await tools.exec('mount', ['-t', type, '-o', options, device, folder], {
      signal,
      timeoutMs: 60_000,
      intention: `mount ${device}`,
    });
    const result = await work(folder);
    if (!readOnly) {
      await tools.exec('sync', ['--file-system', folder], {
        signal,
        timeoutMs: flushMs,
        intention: `write everything to ${device}`,
      });
      await tools.exec('mount', ['-o', 'remount,ro', folder], {
        signal,
        timeoutMs: flushMs,
        intention: `close ${device}`,
      });
    }
    return result;
  } finally {
    await unmountIfMounted(tools, folder);
  }
}

/** Repeatable. Listens to no signal: what was mounted must go also when the installation is cancelled. */
export async function unmountIfMounted(tools: Pick<StepTools, 'exec'>, folder: string): Promise<void> {
  // mountpoint(1): 0 is one; 32 (1 before util-linux 2.37) is none, also for a folder that is not there.
  const { exitCode } = await tools.exec('mountpoint', ['--quiet', folder], {
    okExitCodes: [0, 1, 32],
    intention: `look whether ${folder} is mounted`,
  });
  if (exitCode !== 0) return;
  await tools.exec('umount', [folder], { timeoutMs: flushMs, intention: `unmount ${folder}` });
}
