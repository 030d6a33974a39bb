// Zeros on block devices, and what was written made durable.
import { type FileHandle, open } from 'node:fs/promises';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import { storageError } from '../files/system-errors.ts';
import { wholeSectors } from './disk-size.ts';

const pieceLimitMs = 600_000;

/** Bytes of the largest sectors that devices have; disks end at any 512. */
const largestSectorBytes = 4096;

/** Zeros in place of a range, by the device's own means where it has such (blkdiscard(8), `--zeroout`). Up to the end of a sector. */
export async function zeroRange(
  exec: Exec,
  context: WorkContext,
  device: string,
  range: { readonly offset: number; readonly bytes: number },
): Promise<void> {
  const first = Math.min(range.bytes, wholeSectors(range.offset, largestSectorBytes) - range.offset);
  if (first > 0) await writeZeros(device, range.offset, first);
  const [offset, bytes] = [range.offset + first, range.bytes - first];
  if (bytes <= 0) return;
  const args = ['--zeroout', '--offset', String(offset), '--length', String(bytes), device];
  await exec('blkdiscard', args, {
    ...{ signal: context.signal, timeoutMs: pieceLimitMs },
    intention: 'overwrite the volume with zeros',
  });
}

/** Less than a sector of the device is not its business. */
async function writeZeros(device: string, offset: number, bytes: number): Promise<void> {
  await onDevice(device, async (handle) => {
    await handle.write(Buffer.alloc(bytes), 0, bytes, offset);
    await handle.sync();
  });
}

/** qemu-img leaves what it writes in the cache. */
export async function syncDevice(device: string): Promise<void> {
  await onDevice(device, async (handle) => await handle.sync());
}

async function onDevice(device: string, work: (handle: FileHandle) => Promise<void>): Promise<void> {
  try {
    const handle = await open(device, 'r+');
    try {
      await work(handle);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw storageError(error, 'write the disk');
  }
}
