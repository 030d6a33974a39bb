// Order `write-vma`: disks into a VMA archive, compressed, to the disk.
import { AppError } from '../../core/errors.ts';
import type { ArchiveSink } from '../compression/archive-sink.ts';
import { VmaWriter } from '../vma/vma-writer.ts';
import { writeArchive } from './open-archive.ts';
import { openDisk } from './open-disk.ts';
import { Pace } from './pace.ts';
import { ReadBuffers, readDisk } from './read-disk.ts';
import type { Work } from './work.ts';
import type { WorkerProgress, WriteVmaOrder, WrittenArchive } from './worker-orders.ts';

/**
 * Memory: 8 MiB of reads, 15 MiB of extents, and for each frame being compressed two to four times 4 MiB. Rejects with the errors of
 * disks and file; what is in the file then is worth nothing.
 */
export async function writeVma(order: WriteVmaOrder, work: Work): Promise<WrittenArchive> {
  const { archive, disks, zstdThreads } = order;
  let progress: (() => WorkerProgress) | undefined;
  const archiveBytes = await writeArchive(
    { archive, format: 'vma', zstdThreads, signal: work.signal },
    async (sink) => {
      const writer = openWriter(order, sink);
      let processedBytes = 0;
      const totalBytes = disks.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      progress = () => ({
        ...{ processedBytes, totalBytes },
        ...{ zeroBytes: writer.zeroBytes, archiveBytes: sink.writtenBytes },
      });
      work.watch(progress);
      await readDisks(order, writer, work, (bytes) => {
        processedBytes += bytes;
      });
      await writer.end();
      return writer.index();
    },
  );
  const { processedBytes, zeroBytes } = progress!();
  return {
    ...{ archiveBytes, processedBytes, zeroBytes },
    disks: disks.map(({ device, sizeBytes }) => ({ device, sizeBytes })),
  };
}

function openWriter({ ctime, texts, disks, uuid }: WriteVmaOrder, sink: ArchiveSink): VmaWriter {
  return new VmaWriter({
    sink: (bytes) => sink.write(bytes),
    ctime: ctime ?? Math.floor(Date.now() / 1000),
    uuid,
    configs: texts.map(({ name, text }) => ({ name, content: Buffer.from(text) })),
    devices: disks.map(({ device, sizeBytes }) => ({ name: device, bytes: sizeBytes })),
  });
}

async function readDisks(
  { disks, bytesPerSecond }: WriteVmaOrder,
  writer: VmaWriter,
  work: Work,
  processed: (bytes: number) => void,
): Promise<void> {
  const pace = new Pace(bytesPerSecond, work.signal);
  const buffers = new ReadBuffers();
  for (const { device, sizeBytes, from } of disks) {
    const disk = await openDisk(from, device, 'read', work);
    try {
      if (disk.client.sizeBytes !== sizeBytes)
        throw new AppError(
          'wrong-state',
          `${device} has ${disk.client.sizeBytes} bytes, not ${sizeBytes} as the backup was begun with`,
        );
      const into = {
        data: async (offset: number, data: Uint8Array) => {
          await writer.write(device, offset, data);
          processed(data.length);
        },
        zeros: async (offset: number, bytes: number) => {
          await writer.zeros(device, offset, bytes);
          processed(bytes);
        },
      };
      await readDisk(disk.client, into, { pace, buffers, signal: work.signal });
    } finally {
      await disk.close();
    }
  }
}
