// By what a disk is known again, whatever it is called: its hardware, and what was on it when somebody looked. Pure.
import { createHash } from 'node:crypto';
import type { BlockDevice } from '../node/block-devices.ts';
import type { Signature } from './disk-driver.ts';

/** Of the disk itself: maker's numbers and size. The same for all its partitions and whatever is written to them. */
export function hardwareOf(disk: BlockDevice): string {
  const { wwn, serial, model, sizeBytes } = disk;
  return digest([wwn, serial, model, sizeBytes]);
}

/** Of a disk or partition as it is now: `<hardware>.<contents>`. */
export function identityOf(disk: BlockDevice, device: BlockDevice, signatures: readonly Signature[]): string {
  const marks = signatures
    .map(({ device: path, type, uuid, label }) =>
      [path.slice(disk.path.length), type, uuid, label].join('\t'),
    )
    .toSorted();
  const parts = device.children
    .filter(({ type }) => type === 'part')
    .map(({ path, sizeBytes }) => `${path.slice(disk.path.length)}\t${sizeBytes}`)
    .toSorted();
  return `${hardwareOf(disk)}.${digest([device.path.slice(disk.path.length), marks, parts])}`;
}

function digest(facts: unknown): string {
  return createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 20);
}
