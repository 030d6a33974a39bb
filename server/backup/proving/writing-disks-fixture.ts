// The disks that the writing guest boots from: the guest itself, compiled anew each time, and noise for it to write over.
import { accessSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exec } from '../../core/exec.ts';
import { randomBytes } from '../nbd/nbd-fixture.ts';
import { diskHead, firstBlockAt, headAt } from './writer-blocks-fixture.ts';

const sources = fileURLToPath(new URL('guest', import.meta.url));

/** Why it cannot be compiled here; undefined when it can. */
export function whyNoCompiler(): string | undefined {
  try {
    for (const program of ['/usr/bin/gcc', '/usr/bin/ld']) accessSync(program);
    return undefined;
  } catch {
    return 'needs gcc (package gcc)';
  }
}

/** The guest as it lies on its disk, from the first sector on; it ends before `headAt`. */
export async function buildWritingGuest(): Promise<Buffer> {
  const folder = mkdtempSync(join(tmpdir(), 'croft-guest-'));
  try {
    const out = join(folder, 'guest');
    const plain = ['-fno-pic', '-fno-pie', '-fno-stack-protector', '-fno-asynchronous-unwind-tables'];
    await exec('gcc', [
      ...['-m32', '-march=i686', '-Os', '-std=gnu11', '-Wall', '-Wextra', '-Werror'],
      ...['-ffreestanding', '-mgeneral-regs-only', '-fcf-protection=none', ...plain],
      ...['-nostdlib', '-static', '-Wl,-m,elf_i386,--build-id=none,--oformat=binary,-e,start'],
      ...[`-Wl,-T,${join(sources, 'guest.ld')}`, join(sources, 'boot.S'), join(sources, 'writer.c')],
      ...['-o', out],
    ]);
    const guest = await readFile(out);
    if (guest.length > headAt) throw new Error(`the writing guest has ${guest.length} bytes`);
    return guest;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two disks of this size each, for `virtio0` and `virtio1`, in any order; the first one boots. */
export async function writingDisks(bytes: number, text: string, seed: number): Promise<readonly Buffer[]> {
  const guest = await buildWritingGuest();
  return [0, 1].map((disk) => {
    const image = Buffer.alloc(bytes);
    const noise = randomBytes(1024 * 1024, seed * 2 + disk);
    for (let at = firstBlockAt; at < bytes; at += noise.length) {
      noise.copy(image, at);
      // Each piece is another one.
      image.writeUInt32LE(at, at);
    }
    if (disk === 0) guest.copy(image);
    diskHead(disk, text).copy(image, headAt);
    return image;
  });
}
