// Notes of volumes and their mark of protection: a small JSON file beside a volume that is a file, or in the folder of one that is a folder.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, open, readdir, rename, unlink } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import type { VolumeInfo } from '../plugin.ts';
import { openRegular } from './layout.ts';
import { hasErrno } from './system-errors.ts';
import { syncFolder } from './temporary-files.ts';

export type Annotation = Pick<VolumeInfo, 'notes' | 'protected'>;

/** In bytes of UTF-8. */
export const mostNotesBytes = 64 * 1024;
/** JSON writes a byte as six at most (`\u0000`). */
const mostFileBytes = 6 * mostNotesBytes + 1024;
/** Longest name of a file on all file systems that storages lie on, without the `.new` of one in the making. In bytes. */
const mostNameBytes = 255 - '.new'.length;
const extension = '.annotation';
/** What a rename that was cut off left; one of another node may still be under way. In milliseconds. */
const strayAgeMs = 3_600_000;

const stored = z.object({ notes: z.string().optional(), protected: z.boolean().optional() });

/**
 * Where a volume's annotation lies. No volume's name begins with a dot, so none is ever taken for one; of a name that leaves no room
 * the end is replaced by its checksum.
 */
export function annotationPath(volumeFile: string): string {
  const fileName = path.basename(volumeFile);
  const plain = `.${fileName}${extension}`;
  if (Buffer.byteLength(plain) <= mostNameBytes) return path.join(path.dirname(volumeFile), plain);
  const sum = createHash('sha256').update(fileName).digest('hex').slice(0, 32);
  return path.join(path.dirname(volumeFile), `.${fileName.slice(0, 180)}~${sum}${extension}`);
}

/** Where it lies in the folder of a volume that is one: it goes where the folder goes. */
export function folderAnnotationPath(folder: string): string {
  return path.join(folder, 'annotation.json');
}

/** Is it the name of an annotation? For lists, which then need not look for each. */
export function isAnnotationName(fileName: string): boolean {
  return fileName.startsWith('.') && fileName.endsWith(extension);
}

/** Nothing when there is none. One that cannot be understood protects its volume: it may have said so. */
export async function readAnnotation(file: string): Promise<Annotation> {
  try {
    const handle = await openRegular(file, constants.O_RDONLY);
    try {
      if ((await handle.stat()).size > mostFileBytes) return { protected: true };
      const { notes, protected: isProtected } = stored.parse(JSON.parse(await handle.readFile('utf8')));
      return { ...(notes ? { notes } : {}), ...(isProtected ? { protected: true } : {}) };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (hasErrno(error, 'ENOENT') || hasErrno(error, 'ENOTDIR')) return {};
    if (error instanceof Error && 'code' in error && /^E(?!LOOP)/.test(String(error.code))) throw error;
    return { protected: true };
  }
}

/** `invalid-input` about `notes`. */
export function requireShortNotes(notes: string | undefined): void {
  if (notes !== undefined && Buffer.byteLength(notes) > mostNotesBytes)
    throw invalidInput({ notes: `must not be longer than ${mostNotesBytes} bytes` });
}

/** Changes what is said; `invalid-input` for notes that are too long. Repeatable, at once and durable: after a power cut it is the old or the new one. */
export async function changeAnnotation(file: string, change: Annotation): Promise<void> {
  requireShortNotes(change.notes);
  const before = await readAnnotation(file);
  const notes = change.notes ?? before.notes ?? '';
  const isProtected = change.protected ?? before.protected ?? false;
  if (notes === '' && !isProtected) return await forgetAnnotation(file);
  await refuseNonFile(file);
  const temporary = `${file}.new`;
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW } = constants;
  const handle = await open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0o600);
  try {
    await handle.writeFile(`${JSON.stringify({ notes, protected: isProtected })}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  await syncFolder(path.dirname(file));
}

async function refuseNonFile(file: string): Promise<void> {
  const found = await lstat(file).catch((error: unknown) => {
    if (hasErrno(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (found && !found.isFile())
    throw new AppError('invalid-input', 'the notes of the volume lead outside its storage');
}

/** There may be none. */
export async function forgetAnnotation(file: string): Promise<void> {
  await unlink(file).catch((error: unknown) => {
    if (!hasErrno(error, 'ENOENT')) throw error;
  });
}

/** After a volume got another name: its annotation follows. Repeatable. */
export async function moveAnnotation(from: string, to: string): Promise<void> {
  if (from === to) return;
  await rename(from, to).catch((error: unknown) => {
    if (!hasErrno(error, 'ENOENT')) throw error;
  });
}

/** `wrong-state` for a protected volume. */
export async function requireUnprotected(name: string, file: string): Promise<void> {
  if ((await readAnnotation(file)).protected) throw protectedVolume(name);
}

export function protectedVolume(name: string): AppError {
  return new AppError(
    'wrong-state',
    `volume '${name}' is protected: switch its protection off before it is removed`,
  );
}

/** Removes annotations of the folder whose volume is not there (any more); returns their names. */
export async function sweepAnnotations(folder: string, nowMs: number): Promise<string[]> {
  const names = await readdir(folder);
  const annotations = names.filter(isAnnotationName);
  const unfinished = names.filter((name) => name.startsWith('.') && name.endsWith(`${extension}.new`));
  if (annotations.length + unfinished.length === 0) return [];
  const needed = new Set(names.map((name) => path.basename(annotationPath(path.join(folder, name)))));
  const removed: string[] = [];
  for (const name of [...annotations.filter((one) => !needed.has(one)), ...unfinished]) {
    const found = await lstat(path.join(folder, name)).catch(() => undefined);
    // By the time of its last rename, not of its last change.
    if (!found?.isFile() || nowMs - found.ctimeMs < strayAgeMs) continue;
    await forgetAnnotation(path.join(folder, name));
    removed.push(name);
  }
  return removed;
}
