// Builds the initrd from the image's own root: BusyBox, a few programs with their libraries, drivers, `/init`.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import { runInRoot } from '../run-in-root.ts';
import { busybox, driverFolders, drivers, initrdPrograms, unwanted } from './contents.ts';
import { packTree } from './cpio.ts';
import { earlyMicrocode } from './microcode.ts';
import { chooseModules, parseModulesDep } from './module-set.ts';

export interface InitrdParts {
  readonly exec: Exec;
  /** The image's root. */
  readonly root: string;
  /** The first program. */
  readonly init: string;
  /** Where the tree is made; must not exist. */
  readonly tree: string;
  /** The file that is written (kernel.org, driver-api/early-userspace/buffer-format). */
  readonly output: string;
  readonly signal: AbortSignal;
}

/** The release of the one kernel in `root`, for instance `6.12.57+deb13-amd64`. */
export function kernelRelease(root: string): string {
  const releases = readdirSync(join(root, 'usr/lib/modules'));
  const [release] = releases;
  if (release === undefined || releases.length > 1)
    throw new AppError('invalid-input', `the image must hold one kernel, not ${releases.length}`);
  return release;
}

export async function buildInitrd(parts: InitrdParts): Promise<void> {
  const { tree } = parts;
  for (const folder of ['bin', 'etc', 'dev', 'proc', 'sys', 'run', 'root', 'usr/lib'])
    mkdirSync(join(tree, folder), { recursive: true });
  for (const [link, target] of [
    ['sbin', 'bin'],
    ['usr/bin', '../bin'],
    ['usr/sbin', '../bin'],
    ['lib', 'usr/lib'],
    ['lib64', 'usr/lib64'],
  ] as const)
    symlinkSync(target, join(tree, link));
  await copyPrograms(parts);
  await linkApplets(parts);
  await copyModules(parts);
  copyFileSync(parts.init, join(tree, 'init'));
  chmodSync(join(tree, 'init'), 0o755);
  await pack(parts);
}

/** The programs and, as the image's own loader names them, the libraries they need. */
async function copyPrograms({ exec, root, tree }: InitrdParts): Promise<void> {
  place(join(root, busybox), join(tree, 'bin/busybox'), 0o755);
  for (const program of initrdPrograms) {
    place(realpathSync(join(root, program)), join(tree, 'bin', basename(program)), 0o755);
    const listed = await runInRoot(exec, root, '--list', [join(root, program)], [0, 1]);
    for (const match of listed.matchAll(/^\s*(?:\S+ => )?(\/\S+) \(0x[0-9a-f]+\)$/gm)) {
      const library = match[1] ?? '';
      const inImage = library.startsWith(root) ? `/${relative(root, library)}` : library;
      place(realpathSync(join(root, inImage)), join(tree, 'usr', inImage.replace(/^\/usr/, '')), 0o755);
    }
  }
  for (const name of ['modprobe', 'insmod', 'depmod', 'lsmod']) symlinkSync('kmod', join(tree, 'bin', name));
}

/** BusyBox's applets as links, but for those that a real program stands in for. */
async function linkApplets({ exec, root, tree }: InitrdParts): Promise<void> {
  const { stdout } = await exec(join(root, busybox), ['--list']);
  for (const applet of stdout.split('\n').filter(Boolean)) {
    const link = join(tree, 'bin', applet);
    if (!existsSync(link)) symlinkSync('busybox', link);
  }
}

/** Drivers, unpacked: the archive as a whole packs them better, and BusyBox and kmod agree on plain files. */
async function copyModules({ exec, root, tree, signal }: InitrdParts): Promise<void> {
  const release = kernelRelease(root);
  const from = join(root, 'usr/lib/modules', release);
  const to = join(tree, 'usr/lib/modules', release);
  const chosen = chooseModules(parseModulesDep(readFileSync(join(from, 'modules.dep'), 'utf8')), {
    folders: driverFolders,
    names: drivers,
    unwanted,
  });
  const packed: string[] = [];
  for (const path of chosen) {
    place(join(from, path), join(to, path), 0o644);
    if (path.endsWith('.xz')) packed.push(join(to, path));
  }
  if (packed.length > 0)
    await exec('xz', ['--decompress', '--', ...packed], { signal, intention: 'unpack drivers' });
  for (const file of ['modules.order', 'modules.builtin', 'modules.builtin.modinfo'])
    place(join(from, file), join(to, file), 0o644);
  await exec('depmod', ['--basedir', tree, release], { signal, intention: 'index the drivers' });
  await copyFirmware(
    { exec, root, tree, signal },
    chosen.map((path) => join(to, path.replace(/\.xz$/, ''))),
  );
}

/** What the drivers may ask for, as far as the image has it; a driver does without, or is for hardware that brings its own. */
async function copyFirmware(
  { exec, root, tree, signal }: Pick<InitrdParts, 'exec' | 'root' | 'tree' | 'signal'>,
  modules: readonly string[],
): Promise<void> {
  const { stdout } = await exec('modinfo', ['--field', 'firmware', ...modules], { signal });
  for (const name of new Set(stdout.split('\n').filter(Boolean))) {
    const from = join(root, 'usr/lib/firmware', name);
    if (existsSync(from)) place(realpathSync(from), join(tree, 'usr/lib/firmware', name), 0o644);
  }
}

/** The microcode, readable before anything is unpacked; then the tree, compressed. */
async function pack({ exec, root, tree, output, signal }: InitrdParts): Promise<void> {
  const work = `${output}.work`;
  mkdirSync(work);
  const archive = join(work, 'initrd.cpio');
  await packTree({ exec, tree, archive, signal });
  await exec('zstd', ['-19', '-T1', '--quiet', '--rm', archive, '-o', `${archive}.zst`], {
    signal,
    timeoutMs: 300_000,
  });
  const early = await earlyMicrocode({ exec, root, work, signal });
  writeFileSync(output, Buffer.concat([...early, readFileSync(`${archive}.zst`)]));
  rmSync(work, { recursive: true });
}

function place(from: string, to: string, mode: number): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
  chmodSync(to, mode);
}
