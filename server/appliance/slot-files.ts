// The system partition as the slots' code sees it: few operations, each flushed, so that tests can break every one of them.
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import { asAppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { flushToDisk } from '../core/flush-to-disk.ts';

/** Folders and files are named relative to the system partition; nothing nests deeper than `A.new/vmlinuz`. */
export interface SlotFiles {
  /** Names in the partition's root. */
  list(): Promise<readonly string[]>;
  /** Bytes of a file; undefined when it is not there. */
  size(folder: string, name: string): Promise<number | undefined>;
  /** A small file's text; undefined when it is not there. */
  readText(folder: string, name: string): Promise<string | undefined>;
  /** A file from its beginning. */
  open(folder: string, name: string): AsyncIterable<Uint8Array>;
  freeBytes(): Promise<number>;
  makeFolder(folder: string): Promise<void>;
  /** Writes a new file and flushes it; answers its size. */
  write(folder: string, name: string, source: AsyncIterable<Uint8Array>): Promise<number>;
  /** Flushes the names in a folder; without one, those in the root. */
  flushFolder(folder?: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** With all that is in it; one that is not there is fine. */
  remove(folder: string): Promise<void>;
  makeWritable(): Promise<void>;
  /**
   * Flushes everything and makes the partition read-only, which empties its journal: GRUB does not replay journals, it
   * would see the state of before.
   */
  makeReadOnly(): Promise<void>;
}

const remountTries = 10;
const remountPauseMs = 500;

export function createSlotFiles(root: string, exec: Exec, clock: Clock = systemClock): SlotFiles {
  const at = (...names: string[]) => join(root, ...names);
  const remount = (mode: 'rw' | 'ro') =>
    exec('mount', ['-o', `remount,${mode}`, root], {
      intention:
        mode === 'rw' ? 'make the system partition writable' : 'make the system partition read-only again',
      timeoutMs: 120_000,
    });
  return {
    list: () => readdir(root),
    size: (folder, name) => unlessMissing(async () => (await stat(at(folder, name))).size),
    readText: (folder, name) => unlessMissing(() => readFile(at(folder, name), 'utf8')),
    open: (folder, name) => createReadStream(at(folder, name), { highWaterMark: 1024 ** 2 }),
    async freeBytes() {
      const { bavail, bsize } = await statfs(root);
      return bavail * bsize;
    },
    makeFolder: async (folder) => void (await mkdir(at(folder), { mode: 0o755 })),
    async write(folder, name, source) {
      const file = await open(at(folder, name), 'wx', 0o644);
      try {
        let bytes = 0;
        for await (const chunk of source) {
          await file.writeFile(chunk);
          bytes += chunk.length;
        }
        await file.sync();
        return bytes;
      } finally {
        await file.close();
      }
    },
    flushFolder: (folder = '.') => flushToDisk(at(folder)),
    rename: (from, to) => rename(at(from), at(to)),
    remove: (folder) => rm(at(folder), { recursive: true, force: true }),
    makeWritable: async () => void (await remount('rw')),
    async makeReadOnly() {
      await exec('sync', ['--file-system', root], {
        intention: 'flush the system partition',
        timeoutMs: 300_000,
      });
      for (let tries = 1; ; tries += 1) {
        try {
          await remount('ro');
          return;
        } catch (error) {
          // Busy while somebody still holds a file open for writing.
          if (tries === remountTries || asAppError(error).code !== 'command-failed') throw error;
          await clock.sleep(remountPauseMs);
        }
      }
    },
  };
}

async function unlessMissing<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
