// Writes update files: a tar with the manifest, its signature and the image's files, always in the same order and form.
import { createReadStream, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { AppError } from '../server/core/errors.ts';
import { renderTarHeader, tarEndBytes, tarPaddingBytes } from '../server/core/tar-stream.ts';
import type { ManifestFile } from '../server/core/update-manifest.ts';
import { manifestFiles } from '../server/core/update-manifest.ts';

export interface UpdateParts {
  readonly manifestText: string;
  /** Base64. */
  readonly signature: string;
  /** Where the image's files lie. */
  readonly files: Readonly<Record<ManifestFile, string>>;
  /** Time of all members, seconds since the epoch. */
  readonly mtime: number;
}

/** The update file in pieces; equal parts give equal bytes. Throws `wrong-state` when a file changes while it is read. */
export async function* renderUpdate({
  manifestText,
  signature,
  files,
  mtime,
}: UpdateParts): AsyncGenerator<Uint8Array> {
  yield* textMember('manifest.json', manifestText, mtime);
  yield* textMember('manifest.sig', `${signature.trim()}\n`, mtime);
  for (const name of manifestFiles) yield* fileMember(name, files[name], mtime);
  yield Buffer.alloc(tarEndBytes);
}

/** Writes the update file to a path, flushed. */
export async function writeUpdateFile(path: string, parts: UpdateParts, signal?: AbortSignal): Promise<void> {
  const file = await open(path, 'w', 0o644);
  try {
    for await (const chunk of renderUpdate(parts)) {
      signal?.throwIfAborted();
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

function* textMember(name: string, text: string, mtime: number): Generator<Uint8Array> {
  const content = Buffer.from(text);
  yield renderTarHeader({ name, bytes: content.length, mtime });
  yield content;
  yield Buffer.alloc(tarPaddingBytes(content.length));
}

async function* fileMember(name: string, path: string, mtime: number): AsyncGenerator<Uint8Array> {
  const bytes = statSync(path).size;
  yield renderTarHeader({ name, bytes, mtime });
  let read = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    read += chunk.length;
    yield chunk;
  }
  if (read !== bytes) throw new AppError('wrong-state', `${name} changed while it was read`);
  yield Buffer.alloc(tarPaddingBytes(bytes));
}
