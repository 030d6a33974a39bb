// Task `vztmplbuild`: a container template is built from its distribution's packages and becomes a file of a storage.
import { createReadStream } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Storage } from '../../../storage-plugins/plugin.ts';
import { fileVolumeName } from '../../../storage-plugins/volume-names.ts';
import { AppError, hasCode } from '../../core/errors.ts';
import { quietContext, type WorkContext } from '../../core/work-context.ts';
import type { TemplateBuildParams } from '../../guests/ct/ct-params.ts';
import type { TaskKind } from '../task.ts';

export interface TemplateBuildParts {
  readonly storages: {
    storage(id: string): Storage;
    requireContent(id: string, kind: 'vztmpl'): void;
  };
  /** Writes the template of the catalogue to the path, whole or not at all; progress from 0 to 1. */
  build(context: WorkContext, template: string, outputPath: string): Promise<unknown>;
  /** Where what was built waits to be stored. */
  readonly workFolder: string;
}

interface TemplateBuildState {
  importId: string;
}

/** A file of that name is not overwritten: it is of the same day, and containers may be made of it. */
export function templateBuildKind(
  parts: TemplateBuildParts,
): TaskKind<TemplateBuildParams, TemplateBuildState> {
  const built = ({ key }: TemplateBuildParams) => join(parts.workFolder, `${key}.tar.zst`);
  const begin = (context: WorkContext, { storage, template, key }: TemplateBuildParams, bytes?: number) =>
    parts.storages.storage(storage).beginImport(context, 'vztmpl', template, { key, expectedBytes: bytes });
  return {
    type: 'vztmplbuild',
    describe: ({ template }) => `Template ${template} - Build`,
    objectId: ({ template }) => template,
    locks: ({ storage, template }) => [{ scope: 'name', id: `${storage}:vztmpl/${template}` }],
    async check({ storage, template, key }) {
      if (!/^[A-Za-z0-9_-]+$/.test(key)) throw new AppError('internal', 'the key is not fit for a file name');
      parts.storages.requireContent(storage, 'vztmpl');
      const { name } = fileVolumeName('vztmpl', template);
      const there = await parts.storages
        .storage(storage)
        .info(quietContext(), name)
        .catch((error: unknown) => {
          if (hasCode(error, 'not-found')) return undefined;
          throw error;
        });
      if (there) throw new AppError('already-exists', `refusing to override existing file '${template}'`);
    },
    steps: [
      {
        name: 'build',
        async run(context, params) {
          await mkdir(parts.workFolder, { recursive: true, mode: 0o755 });
          const telling = { ...context, progress: (done: number) => context.progress(done * 0.95) };
          await parts.build(telling, params.template, built(params));
        },
        undo: (_context, params) => rm(built(params), { force: true }),
      },
      {
        name: 'import',
        async run(context, params) {
          const { size } = await stat(built(params));
          const begun = await begin(context, params, size);
          const source = createReadStream(built(params));
          const options = { exactBytes: size };
          await parts.storages.storage(params.storage).writeImport(context, begun.id, source, options);
          return { importId: begun.id };
        },
        async undo(context, params) {
          const begun = await begin(context, params);
          await parts.storages.storage(params.storage).discardImport(context, begun.id);
        },
      },
      {
        name: 'publish',
        async run(context, params, { importId }) {
          if (importId === undefined) return;
          const storage = parts.storages.storage(params.storage);
          const { name } = await storage.commitImport(context, importId, false);
          context.log(`finished: ${params.storage}:${name}`);
          await rm(built(params), { force: true });
        },
        async undo(context, { storage }, { importId }) {
          if (importId === undefined) return;
          await parts.storages.storage(storage).discardImport(context, importId, { published: true });
        },
      },
    ],
    afterCrash: 'unwind',
    cancellable: true,
  };
}
