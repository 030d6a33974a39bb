// Update files for tests: the ISO's own, a genuinely different one, and broken ones. Each is made once for an ISO.
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildImage } from '../../iso-builder/build-image.ts';
import { builderKey, sha256OfFile } from '../../iso-builder/keys.ts';
import { imageSteps } from '../../iso-builder/steps/index.ts';
import { writeUpdateFile } from '../../iso-builder/update-file.ts';
import { exec } from '../../server/core/exec.ts';
import {
  type ManifestFile,
  manifestFiles,
  readManifest,
  signManifest,
  type UpdateManifest,
} from '../../server/core/update-manifest.ts';
import { readUpdate } from '../../server/core/update-reader.ts';
import type { IsoImage } from './iso-image.ts';
import { cacheRoot, madeOnce } from './lab-cache.ts';

const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const profiles = fileURLToPath(new URL('profiles', import.meta.url));
const builderCache = process.env['CROFT_ISO_CACHE'] || '/var/cache/croft-iso';
const fileName = 'image.update';
/** Of how many ISOs the updates are kept: they take a gigabyte each. */
const keptIsos = 2;

export interface LabUpdate {
  readonly path: string;
  readonly version: string;
}

/** The version of the ISO itself. */
export function isoVersion(iso: IsoImage): string {
  return manifestOf(iso).version;
}

/** The ISO's own manifest. */
export function manifestOf(iso: IsoImage): UpdateManifest {
  return readManifest(readFileSync(join(iso.folder, 'manifest.json'), 'utf8'));
}

/** The update file that was built with the ISO. Throws when it is missing, or of another build or another key. */
export async function originalUpdate(iso: IsoImage): Promise<LabUpdate> {
  const path = iso.path.replace(/\.iso$/, '.update');
  if (!existsSync(path)) throw new Error(`${path} is missing: the lab needs the update file beside its ISO`);
  const file = await open(path);
  const update = await readUpdate(file.createReadStream(), {
    publicKeys: [builderKey(builderCache, process.env).publicKeyPem],
  });
  await update.close();
  if (update.manifestText !== readFileSync(join(iso.folder, 'manifest.json'), 'utf8'))
    throw new Error(`${path} is not of the same build as the ISO beside it`);
  return { path, version: update.manifest.version };
}

/** `next` has one file more, `/usr/share/croft-lab/next.txt`; the daemon of `crashing` ends at once. Real builds: minutes. */
export async function builtUpdate(iso: IsoImage, profile: 'next' | 'crashing'): Promise<LabUpdate> {
  const version = `${isoVersion(iso)}+${profile}`;
  const path = await made(iso, profile, async (work) => {
    const report = await buildImage(
      { profile: join(profiles, `${profile}.toml`), out: work, version, only: 'update' },
      { root: projectRoot, env: process.env, exec, imageSteps },
      { signal: new AbortController().signal, log: say, progress: () => {} },
    );
    const folder = report.steps.at(-1)?.folder;
    copyFileSync(join(folder ?? '', fileName), join(work, fileName));
  });
  return { path, version };
}

/** The ISO's image with a kernel that stands still at its first instruction, properly signed. */
export async function hangingUpdate(iso: IsoImage): Promise<LabUpdate> {
  const version = `${isoVersion(iso)}+hanging`;
  const path = await made(iso, 'hanging', async (work) => {
    const kernel = join(work, 'vmlinuz');
    copyFileSync(iso.kernel, kernel);
    await breakKernel(kernel);
    await writeVariant(iso, join(work, fileName), {
      files: { vmlinuz: kernel },
      manifest: (manifest) => ({ ...manifest, version }),
    });
    rmSync(kernel);
  });
  return { path, version };
}

export interface Variant {
  /** Files that take the place of the ISO's own. */
  readonly files?: Partial<Record<ManifestFile, string>>;
  /** Changes the manifest, which has the right sizes and sums of these files. */
  readonly manifest?: (manifest: UpdateManifest) => object;
  /** PEM; by default the builder's own key. */
  readonly key?: string;
}

/** Writes an update file of the ISO's image with changes, signed anew. */
export async function writeVariant(iso: IsoImage, path: string, variant: Variant): Promise<void> {
  const own = (name: ManifestFile) => variant.files?.[name] ?? join(iso.folder, name);
  const files = Object.fromEntries(manifestFiles.map((name) => [name, own(name)])) as Record<
    ManifestFile,
    string
  >;
  const original = manifestOf(iso);
  const entries = await Promise.all(
    original.files.map(async (entry) =>
      variant.files?.[entry.name] === undefined
        ? entry
        : {
            name: entry.name,
            bytes: statSync(files[entry.name]).size,
            sha256: await sha256OfFile(files[entry.name]),
          },
    ),
  );
  const renewed = { ...original, files: entries };
  const manifestText = `${JSON.stringify(variant.manifest?.(renewed) ?? renewed, undefined, 2)}\n`;
  const key = variant.key ?? builderKey(builderCache, process.env).readPrivateKey();
  const mtime = Math.floor(Date.parse(original.built) / 1000);
  await writeUpdateFile(path, { manifestText, signature: signManifest(manifestText, key), files, mtime });
}

/**
 * Overwrites the kernel's 32-bit entry, where GRUB jumps to on BIOS: it follows the boot sector and `setup_sects` (byte
 * 0x1f1; 0 means 4) sectors of real-mode code (Linux, Documentation/arch/x86/boot.rst).
 */
async function breakKernel(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, 0x1f1);
    const sectors = buffer[0] || 4;
    // cli; hlt; jmp back to hlt
    await file.write(Buffer.from([0xfa, 0xf4, 0xeb, 0xfd]), 0, 4, (sectors + 1) * 512);
  } finally {
    await file.close();
  }
}

async function made(iso: IsoImage, name: string, fill: (work: string) => Promise<void>): Promise<string> {
  const root = join(cacheRoot, 'updates');
  const own = join(root, iso.sha256.slice(0, 16));
  mkdirSync(own, { recursive: true });
  const others = readdirSync(root)
    .map((folder) => join(root, folder))
    .filter((folder) => folder !== own)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  for (const folder of others.slice(keptIsos - 1)) rmSync(folder, { recursive: true, force: true });
  const folder = join(own, name);
  await madeOnce(folder, fill);
  return join(folder, fileName);
}

function say(line: string): void {
  process.stderr.write(`lab update: ${line}\n`);
}
