// Order `restore-vma`: the disks of an archive written to volumes.
import { AppError } from '../../core/errors.ts';
import { readArchive } from '../compression/read-archive.ts';
import { isState, type VmaDevice } from '../vma/vma-format.ts';
import { readVma, type VmaArchive } from '../vma/vma-reader.ts';
import { openInput, packingOf } from './archive-file.ts';
import { type OpenDisk, openDisk } from './open-disk.ts';
import { Pace } from './pace.ts';
import type { Work } from './work.ts';
import type { RestoredDisks, RestoreVmaOrder } from './worker-orders.ts';
import { type DiskTarget, DiskWrites, writeData, writeZeros } from './write-disks.ts';

/**
 * Rejects with `invalid-input` for an archive that is damaged (the byte in its text), or does not have the disks as they were
 * ordered; with the errors of the targets. What the targets hold then is worth nothing.
 */
export async function restoreVma(order: RestoreVmaOrder, work: Work): Promise<RestoredDisks> {
  const { archive, disks } = order;
  const named = packingOf(archive, 'vma');
  const input = await openInput(archive, work.signal);
  const open: OpenDisk[] = [];
  try {
    const unpacked = await readArchive(input.chunks(), { named });
    try {
      const vma = await readVma(unpacked.content);
      const targets = new Map<number, KeptTarget>();
      for (const [id, ordered] of match(vma.header.devices, disks)) {
        const { device, to, targetIsZero } = ordered;
        const keepBytes = Math.min(ordered.keepBytes ?? ordered.sizeBytes, ordered.sizeBytes);
        const disk = await openDisk(to, device, 'write', work);
        open.push(disk);
        targets.set(id, { client: disk.client, isZero: targetIsZero, keepBytes });
        if (disk.client.sizeBytes < keepBytes)
          throw new AppError(
            'invalid-input',
            `the new disk for ${device} is smaller than ${keepBytes} bytes`,
          );
      }
      const restored = await copyPieces(order, vma, targets, { ...work, readBytes: () => input.readBytes });
      for (const { client } of open) await client.flush();
      while (open.length > 0) await open.pop()!.close();
      return restored;
    } finally {
      await unpacked.close();
    }
  } finally {
    await Promise.allSettled(open.map((disk) => disk.close()));
    await input.close();
  }
}

interface KeptTarget extends DiskTarget {
  /** Of the device: what is beyond is passed over. */
  readonly keepBytes: number;
}

type OrderedDisk = RestoreVmaOrder['disks'][number];

/** By device id. */
function match(devices: readonly VmaDevice[], disks: readonly OrderedDisk[]): Map<number, OrderedDisk> {
  return new Map(
    disks.map((disk) => {
      const found = devices.find((device) => device.name === disk.device && !isState(device));
      if (!found) throw new AppError('invalid-input', `the archive has no disk ${disk.device}`);
      if (found.bytes !== disk.sizeBytes)
        throw new AppError(
          'invalid-input',
          `${disk.device} has ${found.bytes} bytes in the archive, not ${disk.sizeBytes}`,
        );
      return [found.id, disk] as const;
    }),
  );
}

async function copyPieces(
  { disks, bytesPerSecond }: RestoreVmaOrder,
  { pieces }: VmaArchive,
  targets: ReadonlyMap<number, KeptTarget>,
  work: Work & { readBytes(): number },
): Promise<RestoredDisks> {
  const pace = new Pace(bytesPerSecond, work.signal);
  const writes = new DiskWrites();
  let processedBytes = 0;
  let zeroBytes = 0;
  const totalBytes = disks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  work.watch(() => ({ processedBytes, totalBytes, zeroBytes, archiveBytes: work.readBytes() }));
  for await (const piece of pieces) {
    const target = targets.get(piece.device.id);
    if (!target) continue;
    if (piece.kind === 'data') {
      await pace.pass(piece.data.length);
      const kept = Math.max(0, target.keepBytes - piece.offset);
      if (kept > 0) await writeData(target, writes, piece.offset, piece.data.subarray(0, kept));
      processedBytes += piece.data.length;
    } else {
      await writeZeros(target, writes, piece.offset, Math.min(piece.bytes, target.keepBytes - piece.offset));
      processedBytes += piece.bytes;
      zeroBytes += piece.bytes;
    }
  }
  // Volumes come in sizes of their own: what was in the rest before is nothing for the new guest.
  for (const { client, isZero, keepBytes } of targets.values())
    await writeZeros({ client, isZero }, writes, keepBytes, client.sizeBytes - keepBytes);
  await writes.settle();
  return { processedBytes, zeroBytes };
}
