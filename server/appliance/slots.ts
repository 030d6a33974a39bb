// What lies in the slots: their manifests, whether all files are there, and whether they still have their hashes.
import { createHash } from 'node:crypto';
import { type Slot, slots } from '../core/appliance-layout.ts';
import { AppError, asAppError } from '../core/errors.ts';
import { readManifest, type UpdateManifest } from '../core/update-manifest.ts';
import type { WorkContext } from '../core/work-context.ts';
import type { SlotFiles } from './slot-files.ts';

export const manifestName = 'manifest.json';

export interface SlotContent {
  readonly name: Slot;
  /** Undefined when the slot is empty or its manifest cannot be read. */
  readonly manifest: UpdateManifest | undefined;
  /** Why it cannot boot: `it is empty`, `vmlinuz is missing`; undefined when all is there. */
  readonly problem: string | undefined;
}

/** Cheap: reads the manifests and asks for sizes. */
export async function readSlots(files: SlotFiles): Promise<readonly SlotContent[]> {
  return await Promise.all(slots.map((slot) => readSlot(files, slot)));
}

/** One slot, or any folder with the files of an image (`A.new`). */
export async function readSlot(files: SlotFiles, slot: Slot, folder: string = slot): Promise<SlotContent> {
  const text = await files.readText(folder, manifestName);
  if (text === undefined) return { name: slot, manifest: undefined, problem: 'it is empty' };
  let manifest: UpdateManifest;
  try {
    manifest = readManifest(text);
  } catch (error) {
    return { name: slot, manifest: undefined, problem: asAppError(error).message };
  }
  for (const { name, bytes } of manifest.files) {
    const size = await files.size(folder, name);
    if (size === undefined) return { name: slot, manifest, problem: `${name} is missing` };
    if (size !== bytes) return { name: slot, manifest, problem: `${name} has ${size} bytes, not ${bytes}` };
  }
  return { name: slot, manifest, problem: undefined };
}

/** Reads every byte of the slot's files. Rejects with `wrong-state` naming the file that is not as it was written. */
export async function verifySlot(
  files: SlotFiles,
  slot: Slot,
  context: WorkContext,
): Promise<UpdateManifest> {
  const { manifest, problem } = await readSlot(files, slot);
  if (!manifest || problem !== undefined)
    throw new AppError('wrong-state', `slot ${slot} cannot boot: ${problem}`);
  const total = imageBytes(manifest);
  let done = 0;
  for (const file of manifest.files) {
    const hash = createHash('sha256');
    for await (const chunk of files.open(slot, file.name)) {
      context.signal.throwIfAborted();
      hash.update(chunk);
      done += chunk.length;
      context.progress(total === 0 ? 1 : done / total);
    }
    if (hash.digest('hex') !== file.sha256)
      throw new AppError(
        'wrong-state',
        `slot ${slot} is damaged: ${file.name} is not as it was written; update it again`,
      );
  }
  return manifest;
}

/** Bytes of all files of an image together, without the manifest itself. */
export function imageBytes(manifest: UpdateManifest): number {
  return manifest.files.reduce((sum, file) => sum + file.bytes, 0);
}
