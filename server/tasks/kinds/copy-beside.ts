// What goes with a volume when it is copied: notes, and of a backup all that lies beside it.
import type { BesideKind } from '../../../storage-plugins/plugin.ts';
import { asAppError, hasCode } from '../../core/errors.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import { requireProtectable } from '../../storage/stored-backups.ts';
import type { TaskContext } from '../task.ts';
import { requireFeature } from './volume-copy-plan.ts';

const besideKinds: readonly BesideKind[] = ['log', 'picture', 'proof'];

/**
 * What the target cannot keep is said, and no reason to fail; undoing the copy takes it away. `administers`: the target's limit of
 * protected backups is not the asker's, as of `requireRoomForProtected`. Other volumes than backups get no protection: it would
 * keep those from removing the copy who may make one.
 */
export async function copyBeside(
  storages: StorageService,
  context: TaskContext,
  source: string,
  copy: string,
  administers: boolean,
): Promise<void> {
  const from = storages.resolve(source);
  const to = storages.resolve(copy);
  const { content, notes, protected: isProtected } = await from.storage.info(context, from.name);
  const unlessRefused = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!hasCode(error, 'unsupported') && !hasCode(error, 'wrong-state')) throw error;
      context.warn(`${what} left behind: ${asAppError(error).message}`);
    }
  };
  const annotate = async (change: { readonly notes?: string; readonly protected?: boolean }) => {
    const { format } = await to.storage.info(context, to.name);
    requireFeature(storages, to.storageId, 'annotate', format);
    await to.storage.annotate(context, to.name, change);
  };
  if (notes !== undefined) await unlessRefused('the notes were', () => annotate({ notes }));
  if (content !== 'backup') return;
  for (const kind of besideKinds) {
    const bytes = await from.storage.readBeside(context, from.name, kind);
    if (bytes === undefined) continue;
    await unlessRefused(`its ${kind} was`, () => to.storage.putBeside(context, to.name, kind, bytes));
  }
  if (!isProtected) return;
  await unlessRefused('the protection was', async () => {
    await requireProtectable(storages, context, copy, administers);
    await annotate({ protected: true });
  });
}
