// Task `download`: the node fetches a file by its URL into a storage, verified before it becomes visible.
import { Readable } from 'node:stream';
import type { ContentKind } from '../../../storage-plugins/plugin.ts';
import { fileVolumeName } from '../../../storage-plugins/volume-names.ts';
import { AppError, hasCode } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { type AllowAddress, allowOutside } from '../../storage/address-guard.ts';
import { checksumOf, type ExpectedChecksum, requireChecksum } from '../../storage/checksum.ts';
import { openUrl } from '../../storage/http-source.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { TaskContext, TaskKind } from '../task.ts';

export interface DownloadParams {
  readonly storage: string;
  readonly content: ContentKind;
  readonly fileName: string;
  readonly url: string;
  readonly verifyCertificates: boolean;
  readonly expected?: ExpectedChecksum;
  /** Random; by it the task finds again what it had begun. */
  readonly key: string;
}

interface DownloadState {
  /** Undefined when the right file was there already. */
  importId: string;
  checksum: string;
}

export interface DownloadParts {
  readonly storages: StorageService;
  /** Addresses that may be reached; default: neither the node itself nor link-local ones. */
  readonly allowAddress?: AllowAddress;
}

/** A file of that name is kept when its checksum is the expected one, and refused to be overwritten otherwise. */
export function downloadKind(parts: DownloadParts): TaskKind<DownloadParams, DownloadState> {
  const { storages } = parts;
  return {
    type: 'download',
    describe: ({ fileName }) => `File ${fileName} - Download`,
    objectId: ({ fileName }) => fileName,
    locks: ({ storage, content, fileName }) => [{ scope: 'name', id: `${storage}:${content}/${fileName}` }],
    async check({ storage, content, fileName, expected }) {
      storages.requireContent(storage, content);
      const { name } = fileVolumeName(content, fileName);
      if (expected === undefined && (await exists(storages, storage, name))) throw taken(fileName);
    },
    steps: [
      {
        name: 'fetch',
        async run(context, params) {
          if (await isThereAlready(storages, params)) {
            context.log('the file is there already, with the right checksum');
            return;
          }
          return await fetchFile(parts, context, params);
        },
        async undo(context, { storage: id, content, fileName, key }) {
          const storage = storages.storage(id);
          const begun = await storage.beginImport(context, content, fileName, { key });
          await storage.discardImport(context, begun.id);
        },
      },
      {
        name: 'verify',
        async run(context, { expected }, { importId, checksum = '' }) {
          if (importId === undefined || !expected) return;
          requireChecksum(expected, checksum);
          context.log(`checksum verified (${expected.algorithm})`);
        },
      },
      {
        name: 'publish',
        async run(context, { storage }, { importId }) {
          if (importId === undefined) return;
          const { name } = await storages.storage(storage).commitImport(context, importId, false);
          context.log(`finished: ${storage}:${name}`);
        },
        async undo(context, { storage }, { importId }) {
          if (importId === undefined) return;
          await storages.storage(storage).discardImport(context, importId, { published: true });
        },
      },
    ],
    afterCrash: 'resume',
    cancellable: true,
  };
}

async function fetchFile(
  { storages, allowAddress = allowOutside }: DownloadParts,
  context: TaskContext,
  params: DownloadParams,
): Promise<Partial<DownloadState>> {
  const { storage: id, content, fileName, url, verifyCertificates, expected, key } = params;
  const storage = storages.storage(id);
  context.log(`downloading ${withoutQuery(url)} to ${id}:${content}/${fileName}`);
  const reply = await openUrl({
    url,
    method: 'GET',
    verifyCertificates,
    allowAddress,
    signal: context.signal,
  });
  try {
    if (reply.url.href !== url) context.log(`redirected to ${withoutQuery(reply.url.href)}`);
    context.log(reply.sizeBytes === undefined ? 'length unknown' : `${reply.sizeBytes} bytes`);
    const { availableBytes } = await storage.usage(context);
    const begun = await storage.beginImport(context, content, fileName, {
      key,
      expectedBytes: reply.sizeBytes,
    });
    const source = Readable.from(watched(reply.body, context, reply.sizeBytes, availableBytes), {
      objectMode: false,
    });
    const written = await storage.writeImport(context, begun.id, source, {
      checksumAlgorithm: expected?.algorithm,
      exactBytes: reply.sizeBytes,
    });
    context.log(`received ${written.sizeBytes} bytes`);
    return { importId: begun.id, ...(written.checksum === undefined ? {} : { checksum: written.checksum }) };
  } finally {
    reply.body.destroy();
  }
}

/** For the log: what follows the question mark may be a signature that grants access. */
function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/, '?...');
}

const logEveryBytes = 256 * 1024 ** 2;

/** Passes the bytes on, telling how far it is, and ends before a body of unknown length fills the storage. */
async function* watched(
  body: Readable,
  context: TaskContext,
  sizeBytes: number | undefined,
  availableBytes: number,
): AsyncGenerator<Buffer> {
  let received = 0;
  let nextLog = logEveryBytes;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      received += chunk.length;
      if (received > availableBytes)
        throw new AppError('no-capacity', 'the file is larger than the free space of the storage');
      if (received >= nextLog) {
        context.log(`received ${received} bytes`);
        nextLog += logEveryBytes;
      }
      if (sizeBytes !== undefined && sizeBytes > 0) context.progress(received / sizeBytes);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof AppError || context.signal.aborted) throw error;
    throw new AppError('unavailable', 'the connection broke during the download', { cause: error });
  }
}

async function isThereAlready(storages: StorageService, params: DownloadParams): Promise<boolean> {
  const { storage: id, content, fileName, expected } = params;
  const { name } = fileVolumeName(content, fileName);
  if (!(await exists(storages, id, name))) return false;
  if (!expected) throw taken(fileName);
  const stream = await storages.storage(id).exportStream(quietContext(), name);
  if ((await checksumOf(stream, expected.algorithm)) !== expected.value)
    throw new AppError('already-exists', `'${fileName}' exists already, with another checksum`);
  return true;
}

async function exists(storages: StorageService, id: string, name: string): Promise<boolean> {
  try {
    await storages.storage(id).info(quietContext(), name);
    return true;
  } catch (error) {
    if (hasCode(error, 'not-found')) return false;
    throw error;
  }
}

function taken(fileName: string): AppError {
  return new AppError('already-exists', `refusing to override existing file '${fileName}'`);
}
