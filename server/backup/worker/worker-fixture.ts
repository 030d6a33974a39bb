// For tests: a folder with disks of all kinds, a host for workers, and what lies about afterwards.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  createReadStream,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { mebibyte } from '../../core/units.ts';
import { seededRandom } from '../nbd/nbd-fixture.ts';
import {
  type RunningWorker,
  startBackupWorker,
  type WorkerHost,
  type WorkerOptions,
} from './backup-worker.ts';
import type { ArchiveFile, WorkerOrder } from './worker-orders.ts';

export const testUuid = '01234567-89ab-cdef-0123-456789abcdef';

export function whyNoQemuTools(): string | undefined {
  for (const program of ['/usr/bin/qemu-nbd', '/usr/bin/qemu-img']) {
    try {
      accessSync(program);
    } catch {
      return `needs ${program} (package qemu-utils)`;
    }
  }
  return undefined;
}

export class WorkerFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'croft-worker-'));
  readonly host: WorkerHost = {
    entry: fileURLToPath(new URL('./worker-main.ts', import.meta.url)),
    runtimeDir: this.path,
  };

  file(name: string): string {
    return join(this.path, name);
  }

  /** An archive that is still empty, under a name that tells nothing. */
  async newArchive(extension: string): Promise<ArchiveFile> {
    const path = this.file(`pending-${Math.random()}`);
    await (await open(path, 'w')).close();
    return { path, name: `vzdump-qemu-100-2026_06_01-02_30_00.${extension}` };
  }

  run<Order extends WorkerOrder>(order: Order, options: Partial<WorkerOptions> = {}): RunningWorker<Order> {
    return startBackupWorker(order, { host: this.host, ...options });
  }

  /**
   * A raw disk: `usedShare` of its pieces of up to `pieceBytes` are used, half of them noise and half text.
   */
  rawDisk(name: string, bytes: number, usedShare: number, pieceBytes = mebibyte, seed = 1): string {
    const path = this.file(name);
    const content = Buffer.alloc(bytes);
    const random = seededRandom(seed);
    const noise = createHash('shake256', { outputLength: pieceBytes }).update(String(seed)).digest();
    for (let at = 0; at < bytes; ) {
      const length = Math.min(bytes - at, 1 + random(pieceBytes));
      if (random(1000) < usedShare * 1000) {
        if (random(2) === 0) content.fill(`line ${random(100_000)} of a file\n`, at, at + length);
        else noise.copy(content, at, 0, length);
      }
      at += length;
    }
    writeFileSync(path, content);
    execFileSync('fallocate', ['--dig-holes', path]);
    return path;
  }

  /** A new image of this format, made by qemu-img of a raw one, or empty. */
  image(
    name: string,
    format: 'raw' | 'qcow2' | 'vmdk',
    from: string | number,
  ): Attachment & { kind: 'file' } {
    const path = this.file(name);
    if (typeof from === 'number')
      execFileSync('qemu-img', ['create', '-q', '-f', format, path, String(from)]);
    else execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', format, from, path]);
    return { kind: 'file', path, format };
  }

  /** Are they the same to a guest? */
  same(a: Attachment & { kind: 'file' }, b: Attachment & { kind: 'file' }): boolean {
    const formats = ['-f', a.format, '-F', b.format];
    const output = execFileSync('qemu-img', ['compare', ...formats, a.path, b.path], { encoding: 'utf8' });
    return output.includes('identical');
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Command lines of all processes that have this text in theirs. */
export function processesWith(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
      } catch {
        return '';
      }
    })
    .filter((line) => line.includes(text));
}

export async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
