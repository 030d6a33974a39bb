// Volumes whose bytes are the disk itself: a raw file, or a device without an image on it.
import type { Attachment } from '../../storage-plugins/plugin.ts';

/** Where the bytes are; undefined for images of another format, trees, and what is no file and no device of this node. */
export function rawPath(attachment: Attachment): string | undefined {
  if (attachment.kind === 'block')
    return (attachment.format ?? 'raw') === 'raw' ? attachment.path : undefined;
  return attachment.kind === 'file' && attachment.format === 'raw' ? attachment.path : undefined;
}
