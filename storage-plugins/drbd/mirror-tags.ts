// What the tags of a mirrored volume's logical volume say: its port, its size, whether it is whole. Pure.
import { AppError } from '../../server/core/errors.ts';
import type { LogicalVolume } from '../lvm-volumes/lvm-report.ts';
import type { DrbdOptions } from './drbd-options.ts';

export const numberTag = 'croft-drbd=';
export const sizeTag = 'croft-size=';
/** Of a volume that is not whole yet, with the node that makes it. */
export const makingTag = 'croft-making=';

export interface Mirrored {
  readonly volume: LogicalVolume;
  readonly number: number;
  readonly sizeBytes: number;
}

/** Of a logical volume of the storage; undefined for one that is none, or not whole yet. */
export function readMirrored(volume: LogicalVolume): Mirrored | undefined {
  const value = (tag: string) => Number(volume.tags.find((each) => each.startsWith(tag))?.slice(tag.length));
  const [number, sizeBytes] = [value(numberTag), value(sizeTag)];
  if (!Number.isInteger(number) || !Number.isInteger(sizeBytes)) return undefined;
  return { volume, number, sizeBytes };
}

export function isUnfinished({ tags }: LogicalVolume): boolean {
  return tags.some((tag) => tag.startsWith(makingTag));
}

/** The first port that none of the volumes has; `no-capacity`. */
export function freeNumber({ first, last }: DrbdOptions['ports'], volumes: readonly LogicalVolume[]): number {
  const taken = new Set(volumes.map((volume) => readMirrored(volume)?.number));
  for (let number = first; number <= last; number += 1) if (!taken.has(number)) return number;
  throw new AppError('no-capacity', `all ports from ${first} to ${last} are taken: widen the option 'ports'`);
}
