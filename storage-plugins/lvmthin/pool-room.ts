// How full a thin pool is, of data and of what it keeps about them: told as usage and warnings, and when nothing new may be made in it. Pure.
import { AppError } from '../../server/core/errors.ts';
import type { LogicalVolume } from '../lvm-volumes/lvm-report.ts';
import type { StorageUsage } from '../plugin.ts';

const warnPercent = 80;
/** A pool whose metadata runs full goes read-only, and is repaired by hand (lvmthin(7), "Metadata space exhaustion"). */
const refusePercent = 95;
const fullPercent = 99.5;

export function poolUsage(pool: LogicalVolume, warnings: readonly string[]): StorageUsage {
  const { name, sizeBytes, dataPercent = 0, metadataPercent = 0 } = pool;
  const usedBytes = Math.min(sizeBytes, Math.round((sizeBytes * dataPercent) / 100));
  const found = [...warnings];
  if (dataPercent > warnPercent)
    found.push(
      `the data of thin pool '${name}' are ${percent(dataPercent)} full: guests that write stop when it is full`,
    );
  if (metadataPercent > warnPercent)
    found.push(
      `the metadata of thin pool '${name}' are ${percent(metadataPercent)} full: it fails when they are full; make them larger (lvextend --poolmetadatasize)`,
    );
  return {
    ...{ totalBytes: sizeBytes, usedBytes, availableBytes: sizeBytes - usedBytes },
    ...(found.length > 0 ? { warnings: found } : {}),
  };
}

/** `no-capacity` when a new volume or snapshot could break the pool. */
export function requireRoom({ name, dataPercent = 0, metadataPercent = 0 }: LogicalVolume): void {
  if (metadataPercent > refusePercent)
    throw new AppError(
      'no-capacity',
      `the metadata of thin pool '${name}' are ${percent(metadataPercent)} full: nothing new is made in it until they are larger (lvextend --poolmetadatasize)`,
    );
  if (dataPercent > fullPercent)
    throw new AppError('no-capacity', `thin pool '${name}' is full: nothing new is made in it`);
}

function percent(value: number): string {
  return `${value.toFixed(1)} %`;
}
