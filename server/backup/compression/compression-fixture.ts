// For the tests of compression: content that is always the same, targets and files in memory, and what happens to them.
import { expect } from 'vitest';
import { AppError } from '../../core/errors.ts';
import type { ByteSink } from './archive-sink.ts';
import { type OpenArchive, type ReadArchiveOptions, readArchive } from './read-archive.ts';
import type { PositionalFile } from './seek-table.ts';
import { ZstdFrameWriter } from './zstd-frames.ts';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Text, noise and zeros by turns of up to 4 KiB. */
export function mixedContent(bytes: number, seed = 1): Buffer {
  const random = seeded(seed);
  const content = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; ) {
    const end = Math.min(bytes, at + 1 + Math.floor(random() * 4096));
    const kind = random();
    if (kind < 0.5) content.fill(`line ${Math.floor(random() * 1000)} of a file\n`, at, end);
    else if (kind < 0.8) for (let i = at; i < end; i++) content[i] = random() * 256;
    at = end;
  }
  return content;
}

/** A target that keeps copies. */
export function collector(): { target: ByteSink; file(): Buffer } {
  const parts: Buffer[] = [];
  const target = async (bytes: Buffer) => {
    parts.push(Buffer.from(bytes));
  };
  return { target, file: () => Buffer.concat(parts) };
}

/** A whole archive of ours, a frame for each of these. */
export async function archiveOf(contents: readonly Buffer[], index?: Uint8Array): Promise<Buffer> {
  const { target, file } = collector();
  const writer = new ZstdFrameWriter({ target, inFlight: 2 });
  for (const content of contents) await writer.write(content);
  await writer.end(index);
  expect(writer.writtenBytes).toBe(file().length);
  return file();
}

/** In chunks of these sizes by turns; notes when it is given up. */
export function sourceOf(file: Buffer, sizes: readonly number[] = [65_536]) {
  const state = { given: 0, closed: false };
  const chunks = async function* () {
    try {
      for (let turn = 0; state.given < file.length; turn++) {
        const chunk = file.subarray(state.given, state.given + sizes[turn % sizes.length]!);
        state.given += chunk.length;
        yield chunk;
      }
    } finally {
      state.closed = true;
    }
  };
  return { state, chunks: chunks() };
}

/** All chunks of a content. */
export async function drained(content: AsyncIterable<Buffer>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}

export interface ReadOutcome {
  readonly content: Buffer;
  readonly trailer: OpenArchive['trailer'];
}

export async function readAll(
  file: Buffer,
  options: ReadArchiveOptions = {},
  sizes?: readonly number[],
): Promise<ReadOutcome> {
  const source = sourceOf(file, sizes);
  try {
    const archive = await readArchive(source.chunks, options);
    const content = await drained(archive.content);
    return { content, trailer: archive.trailer };
  } finally {
    // A source that gave nothing has nothing to give up.
    if (file.length > 0) expect(source.state.closed).toBe(true);
  }
}

/** The error of a promise, which has to be an AppError of this code. */
export async function errorOf(promise: Promise<unknown>, code = 'invalid-input'): Promise<AppError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(AppError);
  expect((error as AppError).code).toBe(code);
  return error as AppError;
}

/** A file in memory that counts reads, and can be made to fail or to answer by pieces. */
export function memoryFile(content: Buffer, most = Infinity) {
  const state = { reads: 0, error: undefined as Error | undefined };
  const read = async (buffer: Buffer, offset: number, length: number, position: number) => {
    state.reads += 1;
    if (state.error) throw state.error;
    const part = content.subarray(position, position + Math.min(length, most));
    part.copy(buffer, offset);
    return { bytesRead: part.length, buffer };
  };
  const file = { read, stat: async () => ({ size: content.length }) } as unknown as PositionalFile;
  return { file, state };
}

/** A copy with one byte changed by these bits. */
export function flipped(file: Buffer, at: number, bits: number): Buffer {
  const changed = Buffer.from(file);
  changed[at]! ^= bits;
  return changed;
}
