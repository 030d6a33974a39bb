// Order `describe`: what an archive says of itself in its first bytes, and whether it can be read from anywhere.

import { readArchive } from '../compression/read-archive.ts';
import { endsWithOurTable } from '../compression/seek-table.ts';
import { isState } from '../vma/vma-format.ts';
import { readVma } from '../vma/vma-reader.ts';
import { openInput, packingOf } from './archive-file.ts';
import type { ArchiveDescription, DescribeOrder } from './worker-orders.ts';

/** Rejects as `checkArchive`. Reads some MiB at most: the header, at most 4 MiB, and a frame or two. */
export async function describeArchive({ archive }: DescribeOrder): Promise<ArchiveDescription> {
  const named = packingOf(archive, 'vma');
  const input = await openInput(archive);
  try {
    const unpacked = await readArchive(input.chunks(), { named });
    try {
      const { header, close } = await readVma(unpacked.content);
      await close();
      return {
        archiveBytes: input.sizeBytes,
        uuid: header.uuid,
        ctime: header.ctime,
        texts: header.configs.map(({ name, content }) => ({
          name,
          text: Buffer.from(content).toString('utf8'),
        })),
        disks: header.devices
          .filter((device) => !isState(device))
          .map(({ name, bytes }) => ({ device: name, sizeBytes: bytes })),
        hasState: header.devices.some(isState),
        seekable: named === 'zst' && (await endsWithOurTable(input.file)),
      };
    } finally {
      await unpacked.close();
    }
  } finally {
    await input.close();
  }
}
