// The ISO under test: which one, and the files taken out of it that the lab boots directly.
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imageFiles } from '../../server/core/appliance-layout.ts';
import { exec } from '../../server/core/exec.ts';
import { cacheRoot, isoLabel, madeOnce, sha256Of } from './lab-cache.ts';
import { packCpio } from './tiny-guest.ts';

const isoFolder = fileURLToPath(new URL('../../dist/iso', import.meta.url));

export interface IsoImage {
  readonly path: string;
  readonly sha256: string;
  readonly label: string;
  /** Folder with the files of the image, as on the medium in `/croft`. */
  readonly folder: string;
  readonly kernel: string;
  readonly initrd: string;
}

/** The ISO given by CROFT_LAB_ISO, or the one built last. Throws, saying what to do, when there is none. */
export async function findIso(): Promise<IsoImage> {
  const newest = globSync(join(isoFolder, '*.iso')).sort(
    (a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs,
  )[0];
  const path = process.env['CROFT_LAB_ISO'] ?? newest;
  if (path === undefined || !existsSync(path))
    throw new Error('there is no ISO: build one with `npm run iso`, or set CROFT_LAB_ISO');
  return openIso(path);
}

/** Hashes the ISO and takes its files out, once for each content. */
export async function openIso(path: string): Promise<IsoImage> {
  const sha256 = await sha256Of(path);
  const folder = join(cacheRoot, 'isos', sha256.slice(0, 16));
  await madeOnce(folder, (work) => extract(path, work));
  return {
    path,
    sha256,
    label: await isoLabel(path),
    folder,
    kernel: join(folder, 'vmlinuz'),
    initrd: join(folder, 'initrd.img'),
  };
}

/**
 * The image's words for the kernel's command line (as GRUB adds them by `slot.cfg`), with the serial line as the main
 * console, so that a test sees what systemd prints.
 */
export function kernelWords(iso: IsoImage): string {
  const options = /^set croft_options="?([^"\n]*)"?$/m.exec(
    readFileSync(join(iso.folder, 'slot.cfg'), 'utf8'),
  )?.[1];
  if (options === undefined) throw new Error('slot.cfg of the ISO does not set croft_options');
  const others = options.split(' ').filter((word) => word !== '' && !word.startsWith('console='));
  return [...others, 'console=tty0', 'console=ttyS0,115200'].join(' ');
}

/** One initrd with the whole image in it, in `/image`: what a network boot server sends. Made once for each ISO. */
export async function networkInitrd(iso: IsoImage): Promise<string> {
  const folder = `${iso.folder}-network`;
  await madeOnce(folder, async (work) => {
    const tree = join(work, 'tree');
    mkdirSync(tree);
    await exec('cp', ['--archive', iso.folder, join(tree, 'image')], { timeoutMs: 120_000 });
    await packCpio(tree, join(work, 'image.cpio'));
    rmSync(tree, { recursive: true });
    // The kernel takes archives one after the other; each starts at a multiple of four bytes (initramfs buffer format).
    await exec('cp', [iso.initrd, join(work, 'initrd.img')]);
    await exec('truncate', ['--size=%512', join(work, 'initrd.img')]);
    await exec(
      'dd',
      [
        ...[`if=${join(work, 'image.cpio')}`, `of=${join(work, 'initrd.img')}`],
        ...['bs=1M', 'oflag=append', 'conv=notrunc', 'status=none'],
      ],
      { timeoutMs: 120_000 },
    );
    rmSync(join(work, 'image.cpio'));
  });
  return join(folder, 'initrd.img');
}

async function extract(path: string, work: string): Promise<void> {
  await exec('xorriso', ['-osirrox', 'on', '-indev', path, '-extract', '/croft', join(work, 'croft')], {
    timeoutMs: 120_000,
    intention: 'take the image out of the ISO',
  });
  // xorriso keeps the medium's modes: read-only folders.
  await exec('chmod', ['-R', 'u+w', join(work, 'croft')]);
  for (const name of imageFiles) {
    if (!existsSync(join(work, 'croft', name))) throw new Error(`the ISO has no /croft/${name}`);
  }
  await exec('find', [
    join(work, 'croft'),
    '-mindepth',
    '1',
    '-maxdepth',
    '1',
    '-exec',
    'mv',
    '-t',
    work,
    '{}',
    '+',
  ]);
  rmSync(join(work, 'croft'), { recursive: true });
}
