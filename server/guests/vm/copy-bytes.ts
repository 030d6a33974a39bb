// The bytes of one small raw volume over those of another: firmware variables, which have no snapshots of their own.
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import { rawPath } from '../raw-path.ts';

/** In place: the target stays the file or device that it is. Durable when it resolves. */
export async function copyBytes(context: WorkContext, from: Attachment, to: Attachment): Promise<void> {
  const source = createReadStream(pathOf(from));
  const target = createWriteStream(pathOf(to), { flags: 'r+', flush: true });
  await pipeline(source, target, { signal: context.signal });
}

function pathOf(attachment: Attachment): string {
  const path = rawPath(attachment);
  if (path !== undefined) return path;
  throw new AppError('unsupported', 'only raw volumes are copied byte by byte');
}
