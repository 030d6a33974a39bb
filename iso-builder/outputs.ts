// What a build hands over: the files of the results under their lasting names, lists of contents, signed sums.
import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { imageFiles } from '../server/core/appliance-layout.ts';
import { AppError } from '../server/core/errors.ts';
import type { BuildInputs } from './build-inputs.ts';
import { renderSums } from './keys.ts';
import { readPackageList, renderSbom } from './sbom.ts';

export interface OutputFile {
  readonly name: string;
  readonly bytes: number;
}

/**
 * Fills the folder `out`; each file is replaced as a whole, and `SHA256SUMS` comes last. `folderOf` gives the folder of a
 * step's result. Files are copied (shared blocks where the file system can, never hard links: who changes one in place
 * must not change the cache).
 */
export async function collectOutputs(
  out: string,
  folderOf: (step: string) => string,
  build: Pick<BuildInputs, 'profile' | 'version' | 'sourceDateEpoch' | 'readPrivateKey'>,
): Promise<OutputFile[]> {
  const { version, profile, sourceDateEpoch } = build;
  await mkdir(out, { recursive: true });
  const made: string[] = [];
  const put = async (name: string, write: (path: string) => Promise<unknown>) => {
    const path = join(out, name);
    await write(`${path}.new`);
    await rename(`${path}.new`, path);
    made.push(path);
  };
  const copies: readonly (readonly [name: string, step: string, file: string])[] = [
    [`croft-${version}-amd64.iso`, 'iso', 'image.iso'],
    [`croft-${version}-amd64.update`, 'update', 'image.update'],
    ['vmlinuz', 'boot', 'vmlinuz'],
    ['initrd.img', 'boot', 'initrd.img'],
    ['filesystem.squashfs', 'squashfs', 'filesystem.squashfs'],
    ['slot.cfg', 'boot', 'slot.cfg'],
    ['manifest.json', 'manifest', 'manifest.json'],
    ['packages.txt', 'squashfs', 'packages.txt'],
  ];
  // From now on the old sums would be wrong.
  for (const name of ['SHA256SUMS', 'SHA256SUMS.sig']) await rm(join(out, name), { force: true });
  for (const [name, step, file] of copies) {
    await put(name, (path) => copy(join(folderOf(step), file), path, `${step}/${file}`));
  }
  const sbom = renderSbom({
    version,
    suite: profile.suite,
    debian: readPackageList(await readFile(join(folderOf('squashfs'), 'packages.txt'), 'utf8')),
    npm: JSON.parse(await readFile(join(folderOf('squashfs'), 'npm-packages.json'), 'utf8')),
    sourceDateEpoch,
  });
  await put('sbom.cdx.json', (path) => writeFile(path, sbom));
  await put('boot.ipxe', (path) => writeFile(path, renderIpxe(version, profile.kernelOptions)));
  const { sums, signature } = await renderSums(made, build.readPrivateKey);
  await put('SHA256SUMS', (path) => writeFile(path, sums));
  await put('SHA256SUMS.sig', (path) => writeFile(path, signature));
  return await Promise.all(
    made.map(async (path) => ({
      name: path.slice(out.length).replace(/^\/+/, ''),
      bytes: (await stat(path)).size,
    })),
  );
}

async function copy(from: string, to: string, what: string): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (missing) throw new AppError('internal', `the result ${what} is missing`, { cause });
    throw cause;
  }
}

/**
 * A script for iPXE that boots the image live. The path after a file makes iPXE wrap it into an initrd of its own
 * (ipxe.org/cmd/initrd): all files of the image, so that it can be installed; `initrd.magic` is the name of the two together on UEFI, and means nothing on BIOS.
 */
export function renderIpxe(version: string, kernelOptions: readonly string[]): string {
  return [
    '#!ipxe',
    `# Croft ${version}, live over the network. Serve this file and those that it names from one`,
    '# folder. To install without questions, add croft.answer=<address of the answer file> to the kernel line.',
    `kernel ${['vmlinuz', 'initrd=initrd.magic', ...kernelOptions].join(' ')}`,
    'initrd initrd.img',
    ...imageFiles.map((name) => `initrd ${name} /image/${name}`),
    'boot',
    '',
  ].join('\n');
}
