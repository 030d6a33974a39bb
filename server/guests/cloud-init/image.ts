// The image of a cloud-init drive: ISO 9660 by xorriso(1), written as a whole onto a raw volume when it is not there already.
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { cloudInitBytes } from '../config/new-drive.ts';
import { rawPath } from '../raw-path.ts';
import type { CloudInitFiles } from './cloud-init-files.ts';

/** Puts the files onto the volume; answers false when they were there. Repeatable; not twice at a time for one guest. */
export type WriteCloudInitImage = (
  context: WorkContext,
  vmid: number,
  target: Attachment,
  files: CloudInitFiles,
) => Promise<boolean>;

/** Behind the image, where no file system looks: of which files it was made. */
const stampBytes = 512;
const stampAt = cloudInitBytes - stampBytes;
const programTimeoutMs = 30_000;

/** `workDir` holds the files while they are packed, for root only; what an earlier life left there of a guest is removed. */
export function createCloudInitWriter({
  exec,
  workDir,
}: {
  readonly exec: Exec;
  readonly workDir: string;
}): WriteCloudInitImage {
  return async (context, vmid, target, files) => {
    const path = rawPath(target);
    if (path === undefined)
      throw new AppError('unsupported', 'a cloud-init drive must be a raw file or a block device');
    const stamp = stampOf(files);
    const volume = await open(path, 'r+');
    try {
      if ((await readStamp(volume)).equals(stamp)) return false;
      const image = await packImage(exec, join(workDir, String(vmid)), context, files);
      await writeImage(volume, image, stamp);
      return true;
    } finally {
      await volume.close();
    }
  };
}

async function packImage(
  exec: Exec,
  folder: string,
  context: WorkContext,
  { label, files }: CloudInitFiles,
): Promise<Buffer> {
  await rm(folder, { recursive: true, force: true });
  try {
    const tree = join(folder, 'tree');
    await mkdir(tree, { recursive: true, mode: 0o700 });
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(tree, path)), { recursive: true, mode: 0o700 });
      await writeFile(join(tree, path), content, { mode: 0o600 });
    }
    const iso = join(folder, 'image.iso');
    // Joliet for Windows, Rock Ridge for everybody else: plain ISO 9660 has no names like `meta-data`.
    const options = ['-quiet', '-iso-level', '3', '-J', '-r', '-V', label, '-o', iso];
    await exec('xorriso', ['-as', 'mkisofs', ...options, tree], {
      timeoutMs: programTimeoutMs,
      signal: context.signal,
      intention: 'make the cloud-init image',
    });
    const image = await readFile(iso);
    if (image.length > stampAt)
      throw new AppError('invalid-input', 'the cloud-init image is larger than its volume', {
        fields: { cicustom: 'the files are too large' },
      });
    return image;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The stamp comes last and goes first: a torn image never passes for a whole one. */
async function writeImage(volume: FileHandle, image: Buffer, stamp: Buffer): Promise<void> {
  await volume.write(Buffer.alloc(stampBytes), 0, stampBytes, stampAt);
  await volume.datasync();
  const padded = Buffer.alloc(stampAt);
  image.copy(padded);
  await volume.write(padded, 0, padded.length, 0);
  await volume.datasync();
  await volume.write(stamp, 0, stampBytes, stampAt);
}

async function readStamp(volume: FileHandle): Promise<Buffer> {
  const read = Buffer.alloc(stampBytes);
  await volume.read(read, 0, stampBytes, stampAt);
  return read;
}

/** The version changes with the way of packing. */
function stampOf({ label, files }: CloudInitFiles): Buffer {
  const hash = createHash('sha256').update(`croft cloud-init 1 ${label}\0`);
  for (const [path, content] of Object.entries(files)) {
    const bytes = Buffer.from(content);
    hash.update(`${path}\0${bytes.length}\0`).update(bytes);
  }
  const stamp = Buffer.alloc(stampBytes);
  stamp.write(`croft cloud-init ${hash.digest('hex')}\n`);
  return stamp;
}
