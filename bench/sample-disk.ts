// Content for disks: what is on this machine, and noise, so that it compresses as a guest's disk does.
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, statSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { kibibyte, mebibyte } from '../server/core/units.ts';

const pieceBytes = 8 * mebibyte;
/** Each fourth piece is noise: what was compressed already. */
const noiseEvery = 4;
const blockBytes = 4096;

/** Writes a raw disk without a hole: files of /usr, each from a block's beginning on, and noise. */
export async function writeSampleDisk(path: string, sizeBytes: number): Promise<void> {
  const disk = await open(path, 'w');
  const files = filesOf('/usr/lib');
  try {
    for (let at = 0, number = 1; at < sizeBytes; at += pieceBytes, number += 1) {
      const piece = Buffer.alloc(pieceBytes);
      if (number % noiseEvery === 0) randomFillSync(piece);
      else fill(piece, files);
      writeSync(disk.fd, piece, 0, Math.min(pieceBytes, sizeBytes - at));
    }
    await disk.sync();
  } finally {
    await disk.close();
  }
}

function fill(piece: Buffer, files: Generator<string>): void {
  for (let at = 0; at < piece.length; at = Math.ceil(at / blockBytes) * blockBytes) {
    const { value, done } = files.next();
    if (done) throw new Error('this machine has too few files for a disk of that size');
    const file = openSync(value, 'r');
    at += readSync(file, piece, at, piece.length - at, 0);
    closeSync(file);
  }
}

/** Those above 64 KiB, one after the other. */
function* filesOf(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesOf(path);
    else if (entry.isFile() && statSync(path).size > 64 * kibibyte) yield path;
  }
}
