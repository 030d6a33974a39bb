// A file of a storage copied into another storage as a stream: never whole in memory, compared with what was read before it is seen.
import { Readable } from 'node:stream';
import type { ContentKind, VolumeFormat, VolumeInfo } from '../../storage-plugins/plugin.ts';
import { AppError } from '../core/errors.ts';
import type { WorkContext } from '../core/work-context.ts';
import { bytesPerSecond } from './bandwidth-limits.ts';
import { checksumOf } from './checksum.ts';
import { slowed } from './slowed-stream.ts';
import type { StorageService } from './storage-service.ts';

const algorithm = 'sha256';
/** Formats whose size in a list is that of the disk in the file, not of the file. */
const images: readonly VolumeFormat[] = ['qcow2', 'vmdk', 'vhdx', 'vhd'];

export interface FileCopyPlan {
  /** Volume id. */
  readonly source: string;
  readonly storage: string;
  readonly content: ContentKind;
  readonly fileName: string;
  /** Random; by it what was begun is found again. */
  readonly key: string;
  readonly limitKib: number;
}

export interface WrittenFile {
  readonly importId: string;
  readonly checksum: string;
}

/** Copies the bytes; nothing shows the name yet. Repeatable, from the beginning; to be undone by `discardFileCopy`. */
export async function copyFile(
  storages: StorageService,
  context: WorkContext,
  plan: FileCopyPlan,
): Promise<WrittenFile> {
  const { content, fileName, key, limitKib } = plan;
  const from = storages.resolve(plan.source);
  const before = await from.storage.info(context, from.name);
  const target = storages.storage(plan.storage);
  const expectedBytes = lengthOf(before);
  const { id } = await target.beginImport(context, content, fileName, { expectedBytes, key });
  const source = await from.storage.exportStream(context, from.name);
  const counted = slowed(
    withProgress(source, expectedBytes, context),
    bytesPerSecond(limitKib),
    context.signal,
  );
  try {
    const exact = images.includes(before.format) ? {} : { exactBytes: before.sizeBytes };
    // Progress is of what was read: of images nobody knows beforehand how many bytes come.
    const quiet = { ...context, progress: () => {} };
    const written = await target.writeImport(quiet, id, counted, { checksumAlgorithm: algorithm, ...exact });
    const after = await from.storage.info(context, from.name);
    if (after.sizeBytes !== before.sizeBytes || after.createdAt !== before.createdAt)
      throw new AppError('wrong-state', `${plan.source} changed while it was copied`);
    context.log(`${written.sizeBytes} bytes copied`);
    return { importId: id, checksum: written.checksum ?? '' };
  } finally {
    source.destroy();
  }
}

/** Reads what was written back and compares it with what was read from the source; `unavailable` where they differ. */
export async function verifyFileCopy(
  storages: StorageService,
  context: WorkContext,
  storage: string,
  { importId, checksum }: WrittenFile,
): Promise<void> {
  const stream = await storages.storage(storage).readImport(context, importId);
  if ((await checksumOf(stream, algorithm)) !== checksum)
    throw new AppError('unavailable', `storage '${storage}' does not hold what was written to it`);
  context.log(`checksum verified (${algorithm} ${checksum})`);
}

/** Takes away what was copied, also once it is seen. Repeatable. */
export async function discardFileCopy(
  storages: StorageService,
  context: WorkContext,
  plan: FileCopyPlan,
  importId: string | undefined,
): Promise<void> {
  const target = storages.storage(plan.storage);
  if (importId !== undefined) return await target.discardImport(context, importId, { published: true });
  const begun = await target.beginImport(context, plan.content, plan.fileName, { key: plan.key });
  await target.discardImport(context, begun.id);
}

/** As nearly as is known. */
function lengthOf({ format, sizeBytes, usedBytes }: VolumeInfo): number {
  return images.includes(format) ? usedBytes : sizeBytes;
}

function withProgress(source: Readable, totalBytes: number, context: WorkContext): Readable {
  async function* counted() {
    let passed = 0;
    for await (const chunk of source) {
      yield chunk;
      passed += (chunk as Buffer).length;
      if (totalBytes > 0) context.progress(Math.min(1, passed / totalBytes));
    }
  }
  return Readable.from(counted(), { objectMode: false });
}
