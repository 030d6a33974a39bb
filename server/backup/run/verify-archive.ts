// Whether an archive that was just written can be read again, before it gets its name: its head, and the frames up to its end.
import { AppError, asAppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { RunOrder } from './run-worker.ts';

/**
 * `eachFrame`: of an archive in zstd the bounds of every frame, too, by the table that vouches for them: a page of the file for some MiB
 * of it (measured: `../compression/README.md`), and so a small part of the time that writing it took, also where each costs
 * a disk's head its way. It finds what a disk, its file system or a wrong offset did to the file since it was written.
 *
 * For storages on this node's own disks. Over a network each frame would cost a round trip or be answered by this node's own memory;
 * there the server has said that it has everything (fsync), and only the head and the end are read. Whether every byte is right is
 * for the test of a restore, and for `check`: reading all of it again would double the time that a guest is locked.
 */
export async function requireWhole(
  runOrder: RunOrder,
  context: WorkContext,
  archive: { readonly path: string; readonly name: string },
  { eachFrame }: { readonly eachFrame: boolean },
): Promise<void> {
  const isVma = /\.vma(\.\w+)?$/.test(archive.name);
  const { seekable, texts } = isVma
    ? await runOrder(context, { kind: 'describe', archive })
    : { ...(await runOrder(context, { kind: 'describe-tar', archive })), seekable: undefined };
  const isZstd = archive.name.endsWith('.zst');
  if (isVma && isZstd && !seekable) throw notKept('lacks its table');
  if (texts.length === 0) throw notKept('holds no configuration');
  if (!isZstd || !eachFrame) return;
  try {
    await runOrder(context, { kind: 'check-frames', archive });
  } catch (error) {
    const { code, message, detail } = asAppError(error);
    if (code !== 'invalid-input' && code !== 'unsupported') throw error;
    throw notKept(`is not what was written (${message})`, error, detail);
  }
}

function notKept(why: string, cause?: unknown, detail?: string): AppError {
  return new AppError('command-failed', `the archive that was written ${why}: it is not kept`, {
    ...(cause === undefined ? {} : { cause }),
    ...(detail === undefined ? {} : { detail }),
  });
}
