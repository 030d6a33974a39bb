// Where the files of a backup lie while it is under way, and what goes there.
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/errors.ts';
import { rawPath } from '../raw-path.ts';
import { copyStill } from './backup-copies.ts';
import type { BackupCopyWish, BackupView, BackupWish } from './backup-types.ts';
import { firmwareLink } from './firmware-device.ts';

/** An image that takes what the guest overwrites on one of its drives. */
export interface ScratchImage {
  readonly key: string;
  readonly path: string;
}

export interface BackupPlaces {
  readonly images: readonly ScratchImage[];
  readonly copies: readonly (BackupCopyWish & { readonly path: string })[];
}

export function placesOf(vmid: number, { disks, copies = [], scratch }: BackupWish): BackupPlaces {
  const path = (key: string, ending: string) => join(scratch.folder, `backup-${vmid}-${key}.${ending}`);
  return {
    images: disks.map((key) => ({ key, path: path(key, 'scratch') })),
    copies: copies.map(({ key, from }) => ({ key, from, path: path(key, 'raw') })),
  };
}

/** Copies what is no drive to QEMU, of the VM whose domain has this name. */
export async function fillCopies(
  { copies }: BackupPlaces,
  domain: string,
  signal: AbortSignal,
): Promise<BackupView['copies']> {
  const filled: BackupView['copies'][number][] = [];
  for (const { key, from, path } of copies) {
    // On a device the firmware's chip is the beginning, and what QEMU has open is not the device itself.
    const link = firmwareLink(domain);
    const chip = key === 'efidisk0' && from.kind === 'block' && (await exists(link));
    const source = chip ? link : rawPath(from);
    if (source === undefined)
      throw new AppError('unsupported', `${key}: only raw volumes can be backed up while the VM runs`);
    filled.push({ key, path, sizeBytes: await copyStill(key, source, path, signal) });
  }
  return filled;
}

/** What a file takes of its file system; 0 when it is not there. */
export function allocatedBytes(path: string): Promise<number> {
  return stat(path).then(
    (facts) => facts.blocks * 512,
    () => 0,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
