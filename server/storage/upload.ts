// An upload over HTTP: streams the file to its storage in constant memory, and leaves the rest to the task `imgcopy`.
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { ContentKind } from '../../storage-plugins/plugin.ts';
import { contentOfFileName, tidyFileName } from '../../storage-plugins/volume-names.ts';
import { AppError, invalidInput } from '../core/errors.ts';
import { mebibyte } from '../core/units.ts';
import { quietContext } from '../core/work-context.ts';
import { checksumOf, type ExpectedChecksum, isAlgorithm, readExpectedChecksum } from './checksum.ts';
import { readMultipart } from './multipart.ts';
import type { StorageService } from './storage-service.ts';

/** What arrived: written and synced, not yet visible. Plain JSON, the parameters of the task `imgcopy`. */
export interface ReceivedUpload {
  readonly storage: string;
  /** The volume name that it will have. */
  readonly name: string;
  readonly importId: string;
  readonly sizeBytes: number;
  readonly expected?: ExpectedChecksum;
  /** Checksum of what arrived, by the expected algorithm. */
  readonly checksum?: string;
}

/** What may be uploaded. */
export interface UploadLimits {
  readonly contents: readonly ContentKind[];
  /** Of the file; undefined: as much as there is room for. */
  readonly mostBytes?: number;
}

const filesAtWill: UploadLimits = { contents: ['iso', 'vztmpl', 'import'] };
/** What cloud-init and hook scripts need is short; a guest's image has room for no more. */
export const snippetLimits: UploadLimits = { contents: ['snippets'], mostBytes: mebibyte };
/** What a form has around its file. */
const formBytes = 16 * 1024;
const fieldNames = new Set(['content', 'filename', 'checksum', 'checksum-algorithm']);

/**
 * Reads the whole request. Fields may come before or after the file; `given` holds those of the query. Whatever goes
 * wrong (a refused name, no space, the client gone) leaves nothing on the storage.
 */
export async function receiveUpload(
  service: StorageService,
  storageId: string,
  incoming: IncomingMessage,
  given: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
  limits = filesAtWill,
): Promise<ReceivedUpload> {
  const fields: Record<string, string | undefined> = {};
  for (const name of fieldNames) fields[name] = given[name];
  const announced = readContentLength(incoming);
  const { mostBytes = Number.POSITIVE_INFINITY } = limits;
  const tooLarge = () => invalidInput({ filename: `the file is larger than ${mostBytes} bytes` });
  if (announced !== undefined && announced > mostBytes + formBytes) throw tooLarge();
  const context = quietContext(signal);
  const storage = service.storage(storageId);
  let begun: { importId: string; name: string; content: ContentKind; fileName: string } | undefined;
  let written: { sizeBytes: number; checksum: string | undefined } | undefined;
  try {
    await readMultipart(incoming, {
      field(name, value) {
        if (!fieldNames.has(name))
          throw invalidInput({
            [name]: 'property is not defined in schema: additional properties are refused',
          });
        if (fields[name] !== undefined && fields[name] !== value)
          throw invalidInput({ [name]: 'is given twice' });
        fields[name] = value;
      },
      async file(_name, partName, stream) {
        const fileName = tidyFileName(fields['filename'] ?? partName);
        const content = readContent(fields['content'], limits) ?? contentOfFileName(fileName);
        if (content === undefined) throw invalidInput({ filename: 'wrong file extension' });
        service.requireContent(storageId, content);
        const { id: importId, name } = await storage.beginImport(context, content, fileName, {
          expectedBytes: announced,
        });
        begun = { importId, name, content, fileName };
        const word = fields['checksum-algorithm'];
        const algorithm = word !== undefined && isAlgorithm(word) ? word : undefined;
        const source = mostBytes === Number.POSITIVE_INFINITY ? stream : upTo(stream, mostBytes, tooLarge);
        written = await storage.writeImport(context, importId, source, { checksumAlgorithm: algorithm });
      },
    });
    if (!begun || !written) throw invalidInput({ filename: 'the file is missing' });
    const content = readContent(fields['content'], limits);
    if (content === undefined) throw invalidInput({ content: 'property is missing and it is not optional' });
    if (content !== begun.content)
      throw invalidInput({ filename: `wrong file extension for content '${content}'` });
    if (fields['filename'] !== undefined && tidyFileName(fields['filename']) !== begun.fileName)
      throw invalidInput({ filename: 'another name came after the file: send it before' });
    const expected = readExpectedChecksum(fields['checksum'], fields['checksum-algorithm']);
    const { importId, name } = begun;
    const received: ReceivedUpload = { storage: storageId, name, importId, sizeBytes: written.sizeBytes };
    if (!expected) return received;
    const checksum =
      written.checksum ?? (await checksumOf(await storage.readImport(context, importId), expected.algorithm));
    return { ...received, expected, checksum };
  } catch (error) {
    if (begun) await storage.discardImport(quietContext(), begun.importId).catch(() => {});
    throw error;
  }
}

/** Fails instead of passing on more bytes: a body of unknown length must not fill the storage first. */
function upTo(stream: Readable, mostBytes: number, problem: () => AppError): Readable {
  return Readable.from(
    (async function* () {
      let bytes = 0;
      for await (const chunk of stream) {
        bytes += chunk.length;
        if (bytes > mostBytes) throw problem();
        yield chunk;
      }
    })(),
  );
}

function readContent(word: string | undefined, { contents }: UploadLimits): ContentKind | undefined {
  if (word === undefined) return undefined;
  const content = contents.find((kind) => kind === word);
  if (content === undefined) throw invalidInput({ content: `value must be one of: ${contents.join(', ')}` });
  return content;
}

/** The file is a little smaller than its request: good enough to see beforehand whether it fits. */
function readContentLength(incoming: IncomingMessage): number | undefined {
  const length = incoming.headers['content-length'];
  if (length === undefined) return undefined;
  const bytes = Number(length);
  if (!Number.isSafeInteger(bytes) || bytes < 0)
    throw new AppError('invalid-input', 'the content length is not a number');
  return bytes;
}
