// Zeros on block devices, and what was written made durable.
import { open } from 'node:fs/promises';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { storageError } from '../files/system-errors.ts';

const pieceLimitMs = 600_000;

/** Zeros in place of a range, by the device's own means where it has such (blkdiscard(8), `--zeroout`). Whole sectors. */
export async function zeroRange(
  exec: Exec,
  context: WorkContext,
  device: string,
  { offset, bytes }: { readonly offset: number; readonly bytes: number },
): Promise<void> {
  if (bytes <= 0) return;
  const args = ['--zeroout', '--offset', String(offset), '--length', String(bytes), device];
  await exec('blkdiscard', args, {
    ...{ signal: context.signal, timeoutMs: pieceLimitMs },
    intention: 'overwrite the volume with zeros',
  });
}

/** qemu-img leaves what it writes in the cache. */
export async function syncDevice(device: string): Promise<void> {
  try {
    const handle = await open(device, 'r+');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, 'write the disk');
  }
}
