// Whether an archive that was just written can be read again, before it gets its name: its head, and the table at its end.
import { AppError } from '../../core/errors.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { RunOrder } from './run-worker.ts';

/** Reads little of it: what was written is on the disk (fsync), and whether every byte is right is for the test of a restore. */
export async function requireWhole(
  runOrder: RunOrder,
  context: WorkContext,
  archive: { readonly path: string; readonly name: string },
): Promise<void> {
  const isVma = /\.vma(\.\w+)?$/.test(archive.name);
  const { seekable, texts } = isVma
    ? await runOrder(context, { kind: 'describe', archive })
    : { ...(await runOrder(context, { kind: 'describe-tar', archive })), seekable: undefined };
  if (isVma && archive.name.endsWith('.zst') && !seekable)
    throw new AppError('command-failed', 'the archive that was written lacks its table: it is not kept');
  if (texts.length === 0)
    throw new AppError(
      'command-failed',
      'the archive that was written holds no configuration: it is not kept',
    );
}
