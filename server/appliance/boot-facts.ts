// What booted: live or installed, which slot, on trial or not, and the version of the image. Read from files, no programs.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { appliancePaths, productName, type Slot, slots } from '../core/appliance-layout.ts';
import { AppError } from '../core/errors.ts';

/** Where things are; tests give folders of their own. */
export type AppliancePaths = { readonly [name in keyof typeof appliancePaths]: string };

export interface BootFacts {
  /** `none`: no image was booted, this is a development machine. */
  readonly mode: 'none' | 'live' | 'installed';
  /** With `installed` only. */
  readonly slot: Slot | undefined;
  readonly firmware: 'bios' | 'uefi';
  /** Of the image; undefined when it does not tell, and on a development machine. */
  readonly image:
    | { readonly version: string; readonly built: string; readonly stateSchema: number }
    | undefined;
}

const imageInfo = z.object({
  product: z.literal(productName),
  version: z.string(),
  built: z.string(),
  stateSchema: z.number().int(),
});

/** Reads what does not change until the next boot. Never throws: what cannot be read is left out. */
export function readBootFacts(
  paths: AppliancePaths = appliancePaths,
  firmwareFolder = '/sys/firmware/efi',
): BootFacts {
  const word = existsSync(paths.boot) ? readWord(paths.mode) : undefined;
  const mode = word === 'live' || word === 'installed' ? word : 'none';
  const letter = readWord(paths.slot);
  return {
    mode,
    slot: mode === 'installed' ? slots.find((slot) => slot === letter) : undefined,
    firmware: existsSync(firmwareFolder) ? 'uefi' : 'bios',
    image: mode === 'none' ? undefined : readImageInfo(paths.imageInfo),
  };
}

/** Is this boot on trial? May change: the mark goes when the slot was confirmed. */
export function isOnTrial(paths: AppliancePaths): boolean {
  return existsSync(paths.trial);
}

/** The number in `schema` of the state; undefined when there is no state. */
export function readStateSchema(paths: AppliancePaths): number | undefined {
  const text = readWord(join(paths.state, 'schema')) ?? '';
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The slot that runs. `unsupported`, saying why, where there are no slots. */
export function requireSlot(facts: BootFacts): Slot {
  if (facts.slot !== undefined) return facts.slot;
  if (facts.mode === 'live')
    throw new AppError(
      'unsupported',
      'this is a live system: install it on a disk first, then it can be updated',
    );
  if (facts.mode === 'none')
    throw new AppError('unsupported', 'this machine does not run the Croft image: it has no slots to update');
  throw new AppError('unsupported', 'the boot scripts do not say which slot runs: it cannot be updated');
}

/** A new number for each boot (proc(5), `random/boot_id`). */
export function readBootId(): string {
  return readWord('/proc/sys/kernel/random/boot_id') ?? '';
}

/** The file's text without white space around it; undefined when it cannot be read. */
function readWord(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined;
  }
}

function readImageInfo(path: string): BootFacts['image'] {
  try {
    return imageInfo.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}
