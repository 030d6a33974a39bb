// Task `imgcopy`: an upload that has arrived is compared with its checksum and becomes visible under its name.
import { requireChecksum } from '../../storage/checksum.ts';
import type { StorageService } from '../../storage/storage-service.ts';
import type { ReceivedUpload } from '../../storage/upload.ts';
import type { TaskKind, TaskStep } from '../task.ts';

/** An upload replaces a file of the same name, as clients of the API expect. */
export function imgCopyKind(storages: StorageService): TaskKind<ReceivedUpload, unknown> {
  const discard: NonNullable<TaskStep<ReceivedUpload, unknown>['undo']> = async (context, upload) => {
    await storages.storage(upload.storage).discardImport(context, upload.importId, { published: true });
  };
  return {
    type: 'imgcopy',
    describe: (upload) => `${upload.storage}:${upload.name} - Upload`,
    objectId: () => '',
    locks: (upload) => [{ scope: 'name', id: `${upload.storage}:${upload.name}` }],
    check: async (upload) => void storages.storage(upload.storage),
    steps: [
      {
        name: 'verify',
        async run(context, { expected, checksum = '', sizeBytes }) {
          context.log(`received ${sizeBytes} bytes`);
          if (!expected) return;
          requireChecksum(expected, checksum);
          context.log(`checksum verified (${expected.algorithm})`);
        },
        undo: discard,
      },
      {
        name: 'publish',
        async run(context, upload) {
          const storage = storages.storage(upload.storage);
          const { name, sizeBytes } = await storage.commitImport(context, upload.importId, true);
          context.log(`finished: ${upload.storage}:${name}, ${sizeBytes} bytes`);
        },
        undo: discard,
      },
    ],
    // The bytes are on the disk: after a crash nobody has to send them again.
    afterCrash: 'resume',
    cancellable: true,
  };
}
