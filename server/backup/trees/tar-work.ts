// The worker's orders about trees: a container's files into an archive's file, out of one, and what one is asked for.
import { AppError } from '../../core/errors.ts';
import { exec } from '../../core/exec.ts';
import { openArchiveSink } from '../compression/open-archive-sink.ts';
import { type OpenArchive, readArchive } from '../compression/read-archive.ts';
import { type InputFile, openInput, openOutput, packingOf } from '../worker/archive-file.ts';
import { Pace } from '../worker/pace.ts';
import type { Work } from '../worker/work.ts';
import type {
  ArchiveFile,
  CheckedArchive,
  CheckOrder,
  DescribedTree,
  DescribeTarOrder,
  RestoredTree,
  RestoreTarOrder,
  WriteTarOrder,
  WrittenArchive,
} from '../worker/worker-orders.ts';
import { checkTar, describeTar, readTar } from './read-tar.ts';
import { writeTar } from './write-tar.ts';

const mostThreads = 8;

/** Order `write-tar`. Rejects with the errors of `writeTar` and of the file; what is in the file then is worth nothing. */
export async function writeTarArchive(order: WriteTarOrder, work: Work): Promise<WrittenArchive> {
  const { archive, tree, zstdThreads = 1, bytesPerSecond } = order;
  const packing = packingOf(archive, 'tar');
  if (packing === 'bz2') throw new AppError('unsupported', 'archives are not written with bzip2');
  const output = await openOutput(archive);
  const sink = openArchiveSink({
    compression: packing === 'none' ? undefined : packing,
    target: output.target,
    inFlight: Math.max(1, Math.min(mostThreads, Math.floor(zstdThreads))),
  });
  const stop = () => void sink.abort();
  work.signal.addEventListener('abort', stop, { once: true });
  try {
    let processedBytes = 0;
    work.watch(() => ({
      ...{ processedBytes, zeroBytes: 0, archiveBytes: sink.writtenBytes },
      totalBytes: Math.max(tree.estimatedBytes, processedBytes),
    }));
    const pace = new Pace(bytesPerSecond, work.signal);
    const paced = {
      async write(bytes: Buffer) {
        await pace.pass(bytes.length);
        await sink.write(bytes);
      },
    };
    const { signal, log } = work;
    const progress = (at: { processedBytes: number }) => {
      processedBytes = at.processedBytes;
    };
    await writeTar(tree, paced, { exec, signal, log: (line) => log(line), progress });
    await sink.end();
    await output.finish();
    return { archiveBytes: sink.writtenBytes, processedBytes, zeroBytes: 0, disks: [] };
  } finally {
    work.signal.removeEventListener('abort', stop);
    await sink.abort();
    await output.close();
  }
}

/** Order `restore-tar`. Rejects with the errors of `readTar` and of the archive; what was unpacked is the caller's to remove. */
export async function restoreTar(order: RestoreTarOrder, work: Work): Promise<RestoredTree> {
  const { archive, into, bytesPerSecond } = order;
  return await withContent(archive, work, {}, async ({ content }, input) => {
    const pace = new Pace(bytesPerSecond, work.signal);
    const paced = async function* () {
      for await (const chunk of content) {
        await pace.pass(chunk.length);
        yield chunk;
      }
    };
    let processedBytes = 0;
    // How much will come out nobody knows; how much of the file went in is known.
    work.watch(() => ({
      ...{ zeroBytes: 0, archiveBytes: input.readBytes },
      ...{ processedBytes: input.readBytes, totalBytes: input.sizeBytes },
    }));
    const progress = (at: { processedBytes: number }) => {
      processedBytes = at.processedBytes;
    };
    const { signal, log } = work;
    const done = await readTar(into, paced(), { exec, signal, log: (line) => log(line), progress });
    return { ...done, processedBytes };
  });
}

/** Order `check` of a tar archive. */
export async function checkTarArchive(
  { archive, ours = false }: CheckOrder,
  work: Work,
): Promise<CheckedArchive> {
  return await withContent(archive, work, { ours }, async (unpacked, input) => {
    let processedBytes = 0;
    work.watch(() => ({
      ...{ zeroBytes: 0, archiveBytes: input.readBytes },
      ...{ processedBytes: input.readBytes, totalBytes: input.sizeBytes },
    }));
    const { texts } = await checkTar(unpacked.content, {
      log: (line) => work.log(line),
      progress: (at) => {
        processedBytes = at.processedBytes;
      },
    });
    if (!texts.some(({ name }) => name === 'pct.conf'))
      throw new AppError('invalid-input', 'the archive has no configuration of a container');
    if (input.readBytes !== input.sizeBytes)
      throw new AppError('wrong-state', 'the archive changed while it was read');
    return { archiveBytes: input.sizeBytes, processedBytes, zeroBytes: 0, trailer: unpacked.trailer };
  });
}

/** Order `describe-tar`: reads the beginning. */
export async function describeTarArchive(order: DescribeTarOrder, work: Work): Promise<DescribedTree> {
  return await withContent(order.archive, work, {}, async ({ content }, { sizeBytes }) => ({
    archiveBytes: sizeBytes,
    texts: (await describeTar(content)).texts,
  }));
}

async function withContent<T>(
  archive: ArchiveFile,
  { signal }: Work,
  { ours = false }: { ours?: boolean },
  use: (unpacked: OpenArchive, input: InputFile) => Promise<T>,
): Promise<T> {
  const named = packingOf(archive, 'tar');
  const input = await openInput(archive, signal);
  try {
    const unpacked = await readArchive(input.chunks(), { named, trailerRequired: ours && named === 'zst' });
    try {
      return await use(unpacked, input);
    } finally {
      await unpacked.close();
    }
  } finally {
    await input.close();
  }
}
