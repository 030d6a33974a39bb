// Backups of a memory storage: what lies beside them, and real files for those that write and read archives themselves.
import { createReadStream, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { AppError, invalidInput } from '../../server/core/errors.ts';
import { parseArchiveName } from '../backup-names/archive-name.ts';
import { mostBesideBytes, type Storage } from '../plugin.ts';
import { readVolumeName } from '../volume-names.ts';
import type { MemoryVolume, MemoryVolumes } from './memory-volumes.ts';

let folder: string | undefined;
let files = 0;

/** The path of a new, empty file, which is gone when the process ends at the latest. */
export function newMemoryFile(): string {
  if (folder === undefined) {
    const made = mkdtempSync(path.join(tmpdir(), 'croft-memory-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  files += 1;
  const file = path.join(folder, String(files));
  writeFileSync(file, '', { mode: 0o600 });
  return file;
}

export function emptyMemoryFile(file: string): void {
  truncateSync(file);
}

export function removeMemoryFile(file: string | undefined): void {
  if (file !== undefined) rmSync(file, { force: true });
}

export function memoryFileBytes(file: string): number {
  return statSync(file).size;
}

export function readMemoryFile(file: string): Readable {
  return createReadStream(file);
}

/** Where a program can read the backup. */
export function backupFile(volume: MemoryVolume): string {
  if (volume.file === undefined) {
    volume.file = newMemoryFile();
    writeFileSync(volume.file, volume.bytes ?? '');
  }
  return volume.file;
}

export function memoryBackups(volumes: MemoryVolumes): Pick<Storage, 'putBeside' | 'readBeside'> {
  const backup = (name: string): MemoryVolume => {
    const volume = readVolumeName(name);
    if (volume.content !== 'backup') throw new AppError('unsupported', `'${name}' is not a backup`);
    return volumes.get(name);
  };
  return {
    async putBeside(_context, name, kind, content) {
      const { beside, info } = backup(name);
      if (content.length > mostBesideBytes)
        throw invalidInput({ content: `must not be longer than ${mostBesideBytes} bytes` });
      if (kind === 'log' && !parseArchiveName(info.name.replace(/^backup\//, ''), 'UTC')?.standard)
        throw new AppError('unsupported', 'a backup that was renamed has no log');
      beside.set(kind, Uint8Array.from(content));
    },
    readBeside: async (_context, name, kind) => backup(name).beside.get(kind),
  };
}
