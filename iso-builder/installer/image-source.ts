// The image that a live system came from, found on its medium: what an installation copies.
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { imageFiles } from '../../server/core/appliance-layout.ts';
import { AppError } from '../../server/core/errors.ts';
import { readManifest } from '../../server/core/update-manifest.ts';
import type { ImageSource } from './types.ts';

/**
 * The image in the folder, every file there and of the size that its manifest says. `unavailable` naming what is missing:
 * the medium was pulled out, or it is a network boot that brought only a part.
 */
export async function readImageSource(folder: string): Promise<ImageSource> {
  const manifest = readManifest(await readText(join(folder, 'manifest.json')));
  let bytes = 0;
  for (const name of imageFiles) {
    const size = (await stat(join(folder, name)).catch(missing(name))).size;
    const wanted = manifest.files.find((file) => file.name === name)?.bytes ?? size;
    if (size !== wanted)
      throw new AppError('unavailable', `${name} on the medium has ${size} bytes, it should have ${wanted}`);
    bytes += size;
  }
  return { folder, version: manifest.version, stateSchema: manifest.stateSchema, bytes };
}

async function readText(path: string): Promise<string> {
  return await readFile(path, 'utf8').catch(missing('manifest.json'));
}

function missing(name: string): (cause: unknown) => never {
  return (cause) => {
    throw new AppError('unavailable', `the installation medium cannot be read: ${name} is missing`, {
      cause,
    });
  };
}
