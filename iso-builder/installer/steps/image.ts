// Step `image`: the files of the image go to slot A, every byte checked against the image's manifest.
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { imageFiles } from '../../../server/core/appliance-layout.ts';
import { AppError } from '../../../server/core/errors.ts';
import { flushToDisk } from '../../../server/core/flush-to-disk.ts';
import { readManifest } from '../../../server/core/update-manifest.ts';
import type { WorkContext } from '../../../server/core/work-context.ts';
import { copyFile } from './copy-file.ts';
import { sharedDevice } from './devices.ts';
import { withMount } from './mount.ts';
import type { InstallStep } from './step.ts';

/** The slot of a first installation. */
export const firstSlot = 'A';

export const image: InstallStep = {
  name: 'image',
  weight: 65,
  async run(tools, context, job) {
    const { plan } = job;
    const request = { device: sharedDevice(plan, 'system'), type: 'ext4', at: 'system' } as const;
    await withMount(tools, context.signal, request, async (folder) => {
      await copyImage(context, plan.image.folder, folder);
    });
    context.log(`version ${plan.image.version} is in slot ${firstSlot}`);
  },
};

/**
 * Copies the image into `A.new` below `folder` and renames that to `A`, which was flushed whole by then. `wrong-state`
 * naming a file that is not what the manifest says.
 */
async function copyImage(context: WorkContext, from: string, folder: string): Promise<void> {
  const { signal } = context;
  const manifest = readManifest(await readFile(join(from, 'manifest.json'), 'utf8'));
  const expected = new Map<string, { readonly bytes: number; readonly sha256: string }>(
    manifest.files.map((file) => [file.name, file]),
  );
  const sizes = await Promise.all(imageFiles.map(async (name) => (await stat(join(from, name))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const growing = join(folder, `${firstSlot}.new`);
  const done = join(folder, firstSlot);
  for (const old of [growing, done]) await rm(old, { recursive: true, force: true });
  await mkdir(growing);
  let copied = 0;
  const onBytes = (count: number) => {
    copied += count;
    context.progress(copied / total);
  };
  for (const name of imageFiles) {
    const { bytes, sha256 } = await copyFile({
      from: join(from, name),
      to: join(growing, name),
      signal,
      onBytes,
    });
    const wanted = expected.get(name);
    if (wanted && (wanted.bytes !== bytes || wanted.sha256 !== sha256))
      throw new AppError('wrong-state', `${name} on the medium is damaged: its checksum is wrong`);
  }
  await flushToDisk(growing);
  await rename(growing, done);
  await flushToDisk(folder);
}
