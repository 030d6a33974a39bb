// Task `configbackup`: the configuration goes to a storage of backups, as one file, and the oldest of these go.
import { Readable } from 'node:stream';
import { makeConfigArchiveName } from '../../../storage-plugins/backup-names/config-name.ts';
import type { HostConfig } from '../../backup/host-config/host-config.ts';
import { pruneConfigs } from '../../backup/host-config/stored-configs.ts';
import { asAppError } from '../../core/errors.ts';
import type { TaskKind } from '../task.ts';

export interface ConfigBackupParams {
  readonly storage: string;
}

export interface ConfigBackupState {
  readonly fileName: string;
  readonly importId: string;
  readonly digest: string;
}

export interface ConfigBackupParts {
  readonly config: HostConfig;
  zone(): string;
}

export function configBackupKind(parts: ConfigBackupParts): TaskKind<ConfigBackupParams, ConfigBackupState> {
  const { config } = parts;
  const { node, storages, clock } = config.parts;
  return {
    type: 'configbackup',
    describe: ({ storage }) => `Back up the configuration to ${storage}`,
    objectId: ({ storage }) => storage,
    locks: ({ storage }) => [{ scope: 'name', id: `configbackup:${storage}` }],
    check: async ({ storage }) => storages.requireContent(storage, 'backup'),
    steps: [
      {
        name: 'choose-name',
        run: async () => ({ fileName: makeConfigArchiveName(node, clock.now()) }),
      },
      {
        name: 'write',
        async run(context, { storage }, { fileName = '' }) {
          const target = storages.storage(storage);
          await target.activate(context);
          const { bytes, digest } = await config.archive(context);
          const options = { expectedBytes: bytes.length, key: context.upid };
          const { id } = await target.beginImport(context, 'backup', fileName, options);
          await target.writeImport(context, id, Readable.from([bytes]), { exactBytes: bytes.length });
          return { importId: id, digest };
        },
        async undo(context, { storage }, { fileName }) {
          if (fileName === undefined) return;
          const target = storages.storage(storage);
          const { id } = await target.beginImport(context, 'backup', fileName, { key: context.upid });
          await target.discardImport(context, id);
        },
      },
      {
        name: 'publish',
        async run(context, { storage }, { importId = '', digest = '' }) {
          const { name, sizeBytes } = await storages.storage(storage).commitImport(context, importId, false);
          context.log(`made '${storage}:${name}' (${sizeBytes} bytes)`);
          await config.setTarget(storage, { volid: `${storage}:${name}`, digest });
        },
        async undo(context, { storage }, { importId }) {
          if (importId === undefined) return;
          await storages.storage(storage).discardImport(context, importId, { published: true });
        },
      },
      {
        name: 'remove-old',
        async run(context, { storage }) {
          try {
            await pruneConfigs(storages, context, storage, node, parts.zone());
          } catch (error) {
            context.signal.throwIfAborted();
            context.warn(`older ones could not be removed: ${asAppError(error).message}`);
          }
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}
