// A disk image for QEMU's tools, as a description that leaves nothing to what is in the image.
import { AppError } from '../../server/core/errors.ts';
import type { Attachment, BackingVolume } from '../plugin.ts';

/**
 * An image for qemu-img and qemu-nbd as QEMU's own JSON, with the format said and the backing file cut off, or for a linked clone
 * replaced by the bases that its storage names: even an image that changed after it was inspected cannot make QEMU open another
 * file as its backing. `unsupported` for trees and for what is not on this node.
 */
export function imageDescription(source: Attachment): string {
  const json = (description: unknown) => `json:${JSON.stringify(description)}`;
  if (source.kind === 'directory' || source.kind === 'overlay')
    throw new AppError('unsupported', 'a tree of files cannot be copied into a disk image');
  if (source.kind === 'network')
    throw new AppError('unsupported', `disks cannot be copied from a ${source.protocol} storage yet`);
  const image = ({ path, format, device }: BackingVolume, below: readonly BackingVolume[]): unknown => {
    const file = { driver: device ? 'host_device' : 'file', filename: path };
    const [next, ...rest] = below;
    if (format === 'raw') return { driver: 'raw', file };
    return { driver: format, file, backing: next === undefined ? null : image(next, rest) };
  };
  const device = source.kind === 'block';
  const { path, format = 'raw' } = source;
  const whole = image({ path, format, device }, source.backing ?? []);
  if (!device || !source.part) return json(whole);
  const { offset, bytes } = source.part;
  return json({ driver: 'raw', offset, size: bytes, file: whole });
}
