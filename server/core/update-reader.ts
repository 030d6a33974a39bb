// Reads an update file as it comes: signature first, then each file of the image, checked while it is read.
import { createHash } from 'node:crypto';
import { AppError } from './errors.ts';
import {
  ByteSource,
  readTarHeader,
  tarBlockBytes,
  tarEndBytes,
  tarPaddingBytes,
  tarTotalBytes,
} from './tar-stream.ts';
import {
  type ManifestFile,
  manifestEntry,
  manifestFiles,
  readManifest,
  type UpdateManifest,
  verifyManifest,
} from './update-manifest.ts';

/** Far above what they need: they are held in memory before anything is known about who sent them. */
export const largestManifestBytes = 65_536;
const largestSignatureBytes = 1024;

export interface UpdateMember {
  readonly name: ManifestFile;
  readonly bytes: number;
  /**
   * To be read once. Throws `invalid-input` when the file is cut off, and at its end when its SHA-256 is not the
   * manifest's: what was read is worth nothing until the stream has ended without an error.
   */
  readonly stream: AsyncIterable<Uint8Array>;
}

export interface UpdateFile {
  /** Its signature holds. */
  readonly manifest: UpdateManifest;
  /** As it was signed, byte for byte. */
  readonly manifestText: string;
  /** Base64. */
  readonly signature: string;
  /** The exact length of the whole file. */
  readonly totalBytes: number;
  /**
   * The image's files in the order of `manifestFiles`; to be walked once. What a reader leaves of a stream is read and
   * checked before the next member. Only when the walk has ended without an error was the update whole.
   */
  readonly members: AsyncIterable<UpdateMember>;
  /** Gives up the source; for when the members are not walked. */
  close(): Promise<void>;
}

export interface ReadUpdateOptions {
  /** PEM, Ed25519. */
  readonly publicKeys: readonly string[];
  /** Length of the file when it is known beforehand: a wrong one is refused before any member is given out. */
  readonly totalBytes?: number | undefined;
}

/**
 * Reads and verifies the head of an update file. Throws `invalid-input`: not an update file, bad signature, wrong product,
 * cut off, longer than its manifest says. Memory stays bounded by the source's chunks. Errors of the source pass through.
 */
export async function readUpdate(
  source: AsyncIterable<Uint8Array>,
  { publicKeys, totalBytes: given }: ReadUpdateOptions,
): Promise<UpdateFile> {
  const bytes = new ByteSource(source);
  try {
    const manifestText = await readHead(bytes, 'manifest.json', largestManifestBytes);
    const signature = await readHead(bytes, 'manifest.sig', largestSignatureBytes);
    verifyManifest(manifestText, signature, publicKeys);
    const manifest = readManifest(manifestText);
    const sizes = manifestFiles.map((name) => manifestEntry(manifest, name).bytes);
    const totalBytes = tarTotalBytes([
      Buffer.byteLength(manifestText),
      Buffer.byteLength(signature),
      ...sizes,
    ]);
    if (given !== undefined && given < totalBytes) throw cutOff(given, totalBytes);
    if (given !== undefined && given > totalBytes) throw tooLong(totalBytes);
    return {
      manifest,
      manifestText,
      signature: signature.trim(),
      totalBytes,
      members: readMembers(bytes, manifest, totalBytes),
      close: () => bytes.close(),
    };
  } catch (error) {
    await bytes.close();
    throw error;
  }
}

async function readHead(bytes: ByteSource, name: string, most: number): Promise<string> {
  const first = bytes.position === 0;
  const block = await bytes.exactly(tarBlockBytes);
  const header = block && readTarHeader(block);
  if (!header && (first || block)) throw new AppError('invalid-input', 'this is not an update file of Croft');
  if (!header) throw cutOff(bytes.position);
  if (header.name !== name) throw unexpected(header.name, name);
  if (header.bytes > most) throw damaged(`${name} has ${header.bytes} bytes, at most ${most} are allowed`);
  const content = await bytes.exactly(header.bytes);
  if (!content) throw cutOff(bytes.position);
  await readZeros(bytes, tarPaddingBytes(header.bytes), `after ${name}`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content);
  } catch {
    throw damaged(`${name} is not text`);
  }
}

async function* readMembers(
  bytes: ByteSource,
  manifest: UpdateManifest,
  totalBytes: number,
): AsyncGenerator<UpdateMember, void, void> {
  try {
    for (const name of manifestFiles) {
      const entry = manifestEntry(manifest, name);
      await readMemberHeader(bytes, entry, totalBytes);
      const outcome: Outcome = { whole: false };
      const stream = readContent(bytes, entry, totalBytes, outcome);
      yield { name, bytes: entry.bytes, stream: { [Symbol.asyncIterator]: () => withoutReturn(stream) } };
      for await (const _ of stream);
      if (!outcome.whole) throw damaged(`${name} could not be read whole`);
      await readZeros(bytes, tarPaddingBytes(entry.bytes), `after ${name}`, totalBytes);
    }
    await readZeros(bytes, tarEndBytes, 'at the end', totalBytes);
    if (await bytes.take(1)) throw tooLong(totalBytes);
  } finally {
    await bytes.close();
  }
}

async function readMemberHeader(
  bytes: ByteSource,
  { name, bytes: expected }: UpdateManifest['files'][number],
  totalBytes: number,
): Promise<void> {
  const block = await bytes.exactly(tarBlockBytes);
  if (!block) throw cutOff(bytes.position, totalBytes);
  const header = readTarHeader(block);
  if (!header) throw damaged(`no file begins at byte ${bytes.position - tarBlockBytes}`);
  if (header.name !== name) throw unexpected(header.name, name);
  if (header.bytes !== expected) {
    throw damaged(`${name} has ${header.bytes} bytes, but ${expected} by the manifest`);
  }
}

/** A generator that threw looks like one that ended: a reader that swallows the error must not get the next member. */
interface Outcome {
  whole: boolean;
}

async function* readContent(
  bytes: ByteSource,
  { name, bytes: size, sha256 }: UpdateManifest['files'][number],
  totalBytes: number,
  outcome: Outcome,
): AsyncGenerator<Uint8Array, void, void> {
  const hash = createHash('sha256');
  for (let missing = size; missing > 0; ) {
    const chunk = await bytes.take(missing);
    if (!chunk) throw cutOff(bytes.position, totalBytes);
    missing -= chunk.length;
    hash.update(chunk);
    yield chunk;
  }
  if (hash.digest('hex') !== sha256) throw damaged(`the content of ${name} is not what was signed`);
  outcome.whole = true;
}

/** A reader that stops early does not end the stream: its rest is still to be checked. */
function withoutReturn(stream: AsyncIterator<Uint8Array>): AsyncIterator<Uint8Array> {
  return { next: () => stream.next() };
}

async function readZeros(
  bytes: ByteSource,
  count: number,
  where: string,
  totalBytes?: number,
): Promise<void> {
  const block = await bytes.exactly(count);
  if (!block) throw cutOff(bytes.position, totalBytes);
  if (block.some((byte) => byte !== 0)) throw damaged(`unexpected bytes ${where}`);
}

function cutOff(found: number, expected?: number): AppError {
  const of = expected === undefined ? '' : ` of ${expected}`;
  return new AppError('invalid-input', `the update file is cut off: it ends after ${found}${of} bytes`);
}

function tooLong(expected: number): AppError {
  return new AppError(
    'invalid-input',
    `the update file is longer than the ${expected} bytes of its manifest`,
  );
}

function unexpected(found: string, expected: string): AppError {
  return damaged(`'${found}' stands where '${expected}' should`);
}

function damaged(what: string): AppError {
  return new AppError('invalid-input', `the update file is damaged: ${what}`);
}
