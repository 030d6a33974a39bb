// Imports into a memory storage.
import { createHash, randomUUID } from 'node:crypto';
import { addAbortSignal, Readable } from 'node:stream';
import { AppError, asAppError, invalidInput } from '../../server/core/errors.ts';
import { protectedVolume } from '../files/annotations.ts';
import { descriptionIn, type ReadArchive, readOva } from '../ova-archive.ts';
import type { Storage } from '../plugin.ts';
import { fileVolumeName, imageFormatOf, readVolumeName } from '../volume-names.ts';
import {
  emptyMemoryFile,
  memoryFileBytes,
  newMemoryFile,
  readMemoryFile,
  removeMemoryFile,
} from './memory-backups.ts';
import type { MemoryImport, MemoryVolumes } from './memory-volumes.ts';

type ImportCalls =
  | 'beginImport'
  | 'writeImport'
  | 'importPath'
  | 'readImport'
  | 'commitImport'
  | 'discardImport'
  | 'sweep'
  | 'describeImport'
  | 'exportStream';

export function memoryImports(volumes: MemoryVolumes): Pick<Storage, ImportCalls> {
  const pending = (id: string): MemoryImport => {
    const found = volumes.imports.get(id);
    if (!found) throw new AppError('not-found', 'the import is gone');
    return found;
  };
  return {
    async beginImport(_context, content, fileName, { expectedBytes, key }) {
      const volume = fileVolumeName(content, fileName);
      if (expectedBytes !== undefined) volumes.require(expectedBytes);
      const id = key === undefined ? randomUUID() : `${volume.name}#${key}`;
      const known = volumes.imports.get(id);
      if (!known || known.committed)
        volumes.imports.set(id, { volume, bytes: Buffer.alloc(0), committed: false });
      return { id, name: volume.name };
    },
    async writeImport(context, id, source, { checksumAlgorithm, exactBytes }) {
      const found = pending(id);
      try {
        removeMemoryFile(found.file);
        found.file = undefined;
        found.bytes = Buffer.alloc(0);
        const chunks: Buffer[] = [];
        let length = 0;
        for await (const chunk of addAbortSignal(context.signal, source)) {
          const bytes: Buffer = Buffer.from(chunk);
          length += bytes.length;
          volumes.require(length);
          chunks.push(bytes);
        }
        if (exactBytes !== undefined && length !== exactBytes)
          throw new AppError('invalid-input', `the file should have ${exactBytes} bytes, but ${length} came`);
        found.bytes = Buffer.concat(chunks);
      } catch (error) {
        volumes.imports.delete(id);
        if (context.signal.aborted)
          throw new AppError('cancelled', 'the import was cancelled', { cause: error });
        throw asAppError(error);
      }
      const checksum =
        checksumAlgorithm === undefined
          ? undefined
          : createHash(checksumAlgorithm).update(found.bytes).digest('hex');
      return { sizeBytes: found.bytes.length, checksum };
    },
    async importPath(_context, id) {
      const found = pending(id);
      if (found.committed) throw new AppError('not-found', 'the import is gone');
      if (found.volume.content !== 'backup')
        throw new AppError('unsupported', 'only backups are written by a program of their own');
      found.file ??= newMemoryFile();
      emptyMemoryFile(found.file);
      return found.file;
    },
    async readImport(_context, id) {
      const { file, bytes } = pending(id);
      return file === undefined ? Readable.from([bytes]) : readMemoryFile(file);
    },
    async commitImport(_context, id, replace) {
      const found = pending(id);
      if (found.committed) return volumes.get(found.volume.name).info;
      if (volumes.has(found.volume.name) && !replace)
        throw new AppError('already-exists', `'${found.volume.fileName}' exists already`);
      if (volumes.has(found.volume.name) && volumes.get(found.volume.name).info.protected)
        throw protectedVolume(found.volume.name);
      const { file } = found;
      const size = file === undefined ? found.bytes.length : memoryFileBytes(file);
      const bytes = file === undefined ? found.bytes : undefined;
      const info = volumes.add(found.volume, { sizeBytes: size, usedBytes: size, bytes }, file);
      found.committed = true;
      return info;
    },
    async discardImport(_context, id, options) {
      const found = volumes.imports.get(id);
      if (!found || (found.committed && !options?.published)) return;
      if (found.committed) volumes.delete(found.volume.name);
      else removeMemoryFile(found.file);
      volumes.imports.delete(id);
    },
    async sweep() {
      return [];
    },
    async describeImport(_context, name) {
      const { info, bytes = Buffer.alloc(0) } = volumes.get(readVolumeName(name).name);
      if (info.content !== 'import') throw invalidInput({ volume: 'not a file to import' });
      if (info.format === 'ovf' || info.format === 'conf') {
        const beside = volumes.all().filter((volume) => volume.info.content === 'import');
        const members = beside.map((volume) => ({
          ...{ name: volume.info.name.replace(/^import\//, ''), volume: volume.info.name },
          bytes: volume.info.usedBytes,
        }));
        return { kind: info.format, text: bytes.toString(), members };
      }
      if (info.format !== 'ova') return { kind: 'image' };
      const read: ReadArchive = async (position, length) => bytes.subarray(position, position + length);
      const members = await readOva(bytes.length, read);
      const { offset, bytes: length } = descriptionIn(members);
      return {
        ...{ kind: 'ova', text: bytes.toString('utf8', offset, offset + length) },
        members: members
          .filter((member) => imageFormatOf(member.name) !== undefined)
          .map((member) => ({ ...member, volume: `${info.name}/${member.tidyName}` })),
      };
    },
    async exportStream(_context, name) {
      const volume = volumes.get(readVolumeName(name).name);
      if (volume.info.format === 'subvol')
        throw new AppError('unsupported', `'${name}' is a tree, not a file`);
      if (volume.file !== undefined) return readMemoryFile(volume.file);
      return Readable.from([volume.bytes ?? Buffer.alloc(0)]);
    },
  };
}
