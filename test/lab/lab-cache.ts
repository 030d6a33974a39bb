// What the lab keeps between runs: the ssh key, base installations, and the disks of machines that are there; and making disks.
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { exec } from '../../server/core/exec.ts';

export const cacheRoot = process.env['CROFT_LAB_CACHE'] ?? '/var/cache/croft-lab';

/** Of a machine's own disks; removed with the machine. */
export function workFolder(id: string): string {
  return join(cacheRoot, 'work', id);
}

/** Of one base installation; its key names everything that it was made from. */
export function baseFolder(key: string): string {
  return join(cacheRoot, 'bases', key);
}

/** The key pair that logs in to lab machines, made on first use. */
export async function labKey(): Promise<{ readonly privateFile: string; readonly publicFile: string }> {
  const privateFile = join(cacheRoot, 'id_ed25519');
  if (!existsSync(`${privateFile}.pub`)) {
    mkdirSync(cacheRoot, { recursive: true });
    rmSync(privateFile, { force: true });
    await exec('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'croft-lab', '-f', privateFile]);
  }
  return { privateFile, publicFile: `${privateFile}.pub` };
}

/** An empty qcow2 disk that takes no room until it is written to. Throws when the file is there. */
export async function makeDisk(file: string, sizeBytes: number): Promise<string> {
  await create(file, [String(sizeBytes)]);
  return file;
}

/** A qcow2 disk whose content is `base` until it is written to; `base` must not change any more. */
export async function makeOverlay(file: string, base: string, baseFormat: 'qcow2' | 'raw'): Promise<string> {
  await create(file, [], ['-b', base, '-F', baseFormat]);
  return file;
}

async function create(file: string, size: readonly string[], options: readonly string[] = []): Promise<void> {
  if (existsSync(file)) throw new Error(`${file} is there already`);
  mkdirSync(dirname(file), { recursive: true });
  await exec('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, file, ...size]);
}

/** A folder of the cache, filled on first use: complete or not at all. */
export async function madeOnce(folder: string, fill: (work: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) return;
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(join(cacheRoot, 'building-'));
  try {
    await fill(work);
    renameSync(work, folder);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    throw error;
  }
}

/** SHA-256 of a file, hexadecimal. */
export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** The volume label of an ISO: bytes 40 to 71 of its primary volume descriptor, which is sector 16 (ECMA-119, 8.4). */
export async function isoLabel(iso: string): Promise<string> {
  const file = await open(iso);
  try {
    const { buffer } = await file.read(Buffer.alloc(32), 0, 32, 16 * 2048 + 40);
    return buffer.toString('latin1').trim();
  } finally {
    await file.close();
  }
}

/** What is younger may be of a machine that is just being made. */
const leftOverAfterMs = 3600_000;

/**
 * Removes the disks of machines that are not among `alive`; and, when there are none at all, all but the newest bases and
 * ISO contents, and what was left half made. Answers what went.
 */
export function prune(alive: readonly string[], keep = 2): string[] {
  const leftOver = (folder: string) => Date.now() - changed(folder) > leftOverAfterMs;
  const newestLast = (folder: string) => list(folder).sort((a, b) => changed(a) - changed(b));
  const gone = list('work').filter(
    (folder) => leftOver(folder) && !alive.some((id) => folder === workFolder(id)),
  );
  // Machines have files of bases and ISO contents open, also as backing files.
  if (alive.length === 0) {
    gone.push(...newestLast('bases').slice(0, -keep));
    // Of each ISO its files and, when it was booted over the network, one initrd.
    gone.push(...newestLast('isos').slice(0, -2 * keep));
    gone.push(...list('.').filter((folder) => /\/building-[^/]+$/.test(folder) && leftOver(folder)));
  }
  for (const folder of gone) rmSync(folder, { recursive: true, force: true });
  return gone;
}

function list(folder: string): string[] {
  const whole = join(cacheRoot, folder);
  return existsSync(whole) ? readdirSync(whole).map((name) => join(whole, name)) : [];
}

function changed(folder: string): number {
  return statSync(folder).mtimeMs;
}
