// Files of content `import`: what they describe, the disks in them, and what is looked at before one is taken in.
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { AppError, notFound } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { WorkContext } from '../../server/core/work-context.ts';
import {
  type Checksum,
  descriptionIn,
  mostManifestBytes,
  type OvaMember,
  readManifest,
  readOva,
} from '../ova-archive.ts';
import type { ImportDescription, ImportMember } from '../plugin.ts';
import { type ArchiveMemberName, imageFormatOf, readVolumeName, type VolumeName } from '../volume-names.ts';
import { type FileAttachment, partOf } from './foreign-headers.ts';
import { inspectForeign } from './foreign-image.ts';
import { readAt, refusedImage } from './image-safety.ts';
import { locateVolume, openRegular } from './layout.ts';
import { storageError } from './system-errors.ts';

/** Of a description or a configuration. VMware's are tens of kilobytes. */
const mostTextBytes = 2 * 1024 ** 2;

/** `Storage.describeImport`. `beside`: the files of the same folder, for a description that lies next to its disks. */
export async function describeImportFile(
  root: string,
  volume: VolumeName,
  beside: () => Promise<readonly ImportMember[]>,
): Promise<ImportDescription> {
  if (volume.content !== 'import')
    throw new AppError('invalid-input', `'${volume.name}' is not a file to import`, {
      fields: { volume: 'not a file to import' },
    });
  const file = await locateVolume(root, volume);
  return await withFile(file, async (handle) => {
    const { format } = volume;
    if (format === 'ova') {
      const { text, members } = await openArchive(handle);
      return { kind: format, text, members: imagesIn(volume, members) };
    }
    if (format !== 'ovf' && format !== 'conf') return { kind: 'image' };
    const text = readText(await readAt(handle, 0, mostTextBytes + 1));
    return { kind: format, text, members: await beside() };
  });
}

/** A file of content `import`, or a disk in one, for copying. */
export async function attachImport(root: string, volume: VolumeName): Promise<FileAttachment> {
  const path = await locateVolume(root, volume);
  return { kind: 'file', path, format: volume.format, foreign: true };
}

export async function attachMember(root: string, name: ArchiveMemberName): Promise<FileAttachment> {
  const found = await locateMember(root, name);
  const { offset, bytes } = found.member;
  return {
    ...{ kind: 'file', path: found.file, format: name.format, foreign: true, part: { offset, bytes } },
    ...(found.expected ? { expected: found.expected } : {}),
  };
}

export async function locateMember(
  root: string,
  { archive, member: wanted }: ArchiveMemberName,
): Promise<{ file: string; member: OvaMember; expected: Checksum | undefined }> {
  const file = await locateVolume(root, archive);
  return await withFile(file, async (handle) => {
    const { members, sums } = await openArchive(handle);
    const member = members.find(({ tidyName }) => tidyName === wanted);
    if (!member) throw notFound('volume', `${archive.name}/${wanted}`);
    return { file, member, expected: sums.get(member.name) };
  });
}

/** Looks at a file that is about to become a volume of content `import`: `invalid-input` when it is refused. */
export async function inspectImport(
  exec: Exec,
  context: WorkContext,
  volume: VolumeName,
  file: string,
): Promise<void> {
  const { format } = volume;
  const image = { kind: 'file', path: file, foreign: true } as const;
  if (format === 'ova') {
    const { members } = await withFile(file, openArchive);
    for (const { name, offset, bytes } of members) {
      const format = imageFormatOf(name);
      if (format === undefined) continue;
      context.log(`looking at ${name}`);
      await inspectForeign(exec, context, { ...image, format, part: { offset, bytes } });
    }
  } else if (format === 'ovf' || format === 'conf') {
    await withFile(file, async (handle) => readText(await readAt(handle, 0, mostTextBytes + 1)));
  } else await inspectForeign(exec, context, { ...image, format });
}

async function openArchive(
  handle: FileHandle,
): Promise<{ text: string; members: OvaMember[]; sums: Map<string, Checksum> }> {
  const { size } = await handle.stat();
  const members = await readOva(size, partOf(handle, 0, size));
  const description = descriptionIn(members);
  if (description.bytes > mostTextBytes) throw tooLong();
  const bytes = await readAt(handle, description.offset, description.bytes);
  const manifest = members.find(({ name }) => /\.mf$/i.test(name));
  if (manifest !== undefined && manifest.bytes > mostManifestBytes) throw tooLong();
  const sums: Map<string, Checksum> =
    manifest === undefined
      ? new Map()
      : readManifest((await readAt(handle, manifest.offset, manifest.bytes)).toString('utf8'));
  const expected = sums.get(description.name);
  if (expected && createHash(expected.algorithm).update(bytes).digest('hex') !== expected.checksum)
    throw refusedImage(`the ${expected.algorithm} sum of its description is not the one in the manifest`);
  return { text: readText(bytes), members, sums };
}

function imagesIn(volume: VolumeName, members: readonly OvaMember[]): ImportMember[] {
  return members
    .filter(({ name }) => imageFormatOf(name) !== undefined)
    .map(({ name, tidyName, bytes }) => ({ name, volume: `${volume.name}/${tidyName}`, bytes }));
}

function readText(bytes: Buffer): string {
  if (bytes.length > mostTextBytes) throw tooLong();
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!text.includes('\0')) return text;
  } catch {
    // Said below.
  }
  throw new AppError('invalid-input', 'the description is refused: it is not a text in UTF-8', {
    fields: { volume: 'not a text in UTF-8' },
  });
}

function tooLong(): AppError {
  const rule = `a description or manifest in it is longer than ${mostTextBytes} bytes`;
  return new AppError('invalid-input', `the file is refused: ${rule}`, { fields: { volume: rule } });
}

async function withFile<T>(file: string, work: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await openRegular(file, constants.O_RDONLY).catch((error: unknown) => {
    throw storageError(error, `read ${path.basename(file)}`);
  });
  try {
    return await work(handle);
  } catch (error) {
    throw storageError(error, 'read the file');
  } finally {
    await handle.close();
  }
}

/** The disks of a folder as a description beside them names them. */
export function membersBeside(volumes: readonly { name: string; usedBytes: number }[]): ImportMember[] {
  return volumes.flatMap(({ name, usedBytes }) => {
    const { fileName } = readVolumeName(name);
    return imageFormatOf(fileName) === undefined ? [] : [{ name: fileName, volume: name, bytes: usedBytes }];
  });
}
