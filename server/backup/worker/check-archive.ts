// Orders `check` of a VMA archive (read back, every checksum of it) and `check-frames` of any in zstd (its frames' bounds).
import { AppError } from '../../core/errors.ts';
import { checkFrameChain, type FrameChain } from '../compression/frame-chain.ts';
import { readArchive } from '../compression/read-archive.ts';
import { readVma } from '../vma/vma-reader.ts';
import { openInput, packingOf } from './archive-file.ts';
import type { Work } from './work.ts';
import type { CheckedArchive, CheckFramesOrder, CheckOrder } from './worker-orders.ts';

/** Order `check-frames`. Rejects with `unsupported` for an archive without our table, with `invalid-input` for one that does not fit it. */
export async function checkFrames({ archive }: CheckFramesOrder, work: Work): Promise<FrameChain> {
  const input = await openInput(archive);
  try {
    return await checkFrameChain(input.file, work.signal);
  } finally {
    await input.close();
  }
}

/** Rejects with `invalid-input` for what is damaged, cut off or not what its name says, with the byte of the file or of the archive. */
export async function checkArchive(
  { archive, ours = false }: CheckOrder,
  work: Work,
): Promise<CheckedArchive> {
  const named = packingOf(archive, 'vma');
  const input = await openInput(archive, work.signal);
  let processedBytes = 0;
  let zeroBytes = 0;
  try {
    work.watch(() => ({
      processedBytes: input.readBytes,
      totalBytes: input.sizeBytes,
      zeroBytes,
      archiveBytes: input.readBytes,
    }));
    const trailerRequired = ours && named === 'zst';
    const unpacked = await readArchive(input.chunks(), { named, trailerRequired });
    try {
      const { pieces } = await readVma(unpacked.content);
      for await (const piece of pieces) {
        const bytes = piece.kind === 'data' ? piece.data.length : piece.bytes;
        processedBytes += bytes;
        if (piece.kind === 'zeros') zeroBytes += bytes;
      }
    } finally {
      await unpacked.close();
    }
    if (input.readBytes !== input.sizeBytes)
      throw new AppError('wrong-state', 'the archive changed while it was read');
    return { archiveBytes: input.readBytes, processedBytes, zeroBytes, trailer: unpacked.trailer };
  } finally {
    await input.close();
  }
}
