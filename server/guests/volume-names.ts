// Names of guests' volumes, of either kind: taken apart, and the next free one.
import type { VolumeFormat } from '../../storage-plugins/plugin.ts';
import { AppError } from '../core/errors.ts';
import { splitVolumeId } from '../core/ids.ts';

/** `invalid-input` when it is not `storage:name`. */
export function splitVolume(volid: string): { storage: string; name: string } {
  const split = splitVolumeId(volid);
  if (!split) throw new AppError('invalid-input', `'${volid}' is not a volume ID: write storage:name`);
  return split;
}

/** The first free name of the guest's; `base-100-disk-1` takes the number 1, too. Trees are told by their names, as at the peers. */
export function freeName(vmid: number, format: VolumeFormat, taken: ReadonlySet<string>): string {
  let number = 0;
  const prefixes = ['vm', 'subvol', 'base'];
  while (prefixes.some((prefix) => taken.has(`${prefix}-${vmid}-disk-${number}`))) number += 1;
  return `${format === 'subvol' ? 'subvol' : 'vm'}-${vmid}-disk-${number}`;
}

/** `100/vm-100-disk-0.subvol` to `vm-100-disk-0`. */
export function bareName(name: string): string {
  return name.replace(/^.*\//, '').replace(/\.[a-z0-9]+$/, '');
}

/** A volume id's, or a name's: the guest whose number it bears; undefined for what bears none. */
export function ownerOf(volume: string): number | undefined {
  const owner = /^(?:vm|base|subvol)-(\d+)-/.exec(bareName(volume.replace(/^[^:]*:/, '')))?.[1];
  return owner === undefined ? undefined : Number(owner);
}

/** A volume id's, or a name's: is it a base, from which linked clones are made? */
export function isBaseVolume(volume: string): boolean {
  return bareName(volume.replace(/^[^:]*:/, '')).startsWith('base-');
}
