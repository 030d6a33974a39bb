// Plugins as the daemon sees them: those that ask for it, and all that do not come with Croft, open their storages in processes.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import {
  contractVersion,
  type PluginDeclaration,
  type StoragePlugin,
} from '../../../storage-plugins/plugin.ts';
import { AppError, asAppError } from '../../core/errors.ts';
import type { Logger } from '../../core/log.ts';
import { launch } from './launch.ts';
import type { PluginSource } from './messages.ts';
import { readPlainError } from './messages.ts';
import { requireTrusted } from './plugin-folder.ts';
import { openStorageProcess } from './storage-process.ts';

export interface IsolationParts {
  /** File of `storage-child.ts`, or what it was bundled into. */
  readonly entry: string;
  readonly log: Logger;
}

/** The same plugins; storages of isolated ones live in processes. The options are checked here all the same, at once. */
export function isolatePlugins(
  plugins: readonly StoragePlugin[],
  { entry }: IsolationParts,
): StoragePlugin[] {
  const abandoned = new Map<string, number>();
  return plugins.map((plugin) => {
    const { declaration } = plugin;
    if (!declaration.isolated) return plugin;
    return {
      declaration,
      open(id, options) {
        plugin.open(id, options);
        return openStorageProcess({ plugin: { type: declaration.type }, id, options, entry, abandoned });
      },
    };
  });
}

const word = z.string();
const words = z.array(word);
/** Of a declaration as the contract has it, without which words there are: a newer plugin may know more of them. */
const shape = z.looseObject({
  ...{ type: word, contractVersion: z.number(), shared: z.boolean() },
  options: z.array(
    z.looseObject({
      ...{ name: word, type: word, choices: words.optional(), description: word },
      ...{ required: z.boolean(), fixed: z.boolean() },
    }),
  ),
  ...{ contents: words, imageFormats: words, rootFormats: words, place: words.optional() },
  formatOptions: z.record(word, word).optional(),
  capabilities: z.array(z.looseObject({ feature: word, formats: words, states: words, live: z.boolean() })),
  programs: z.array(z.looseObject({ program: word, package: word })),
});

/** Milliseconds that the code of a plugin may take to say what it is. */
const declarationMs = 30_000;

/**
 * The plugins of the folders in `root`, each in a folder named for its type. Their code never runs in the daemon. One that is
 * refused (not root's, of another contract version, of a type in `known`) is logged and left out.
 */
export async function foreignPlugins(
  root: string,
  known: readonly string[],
  { entry, log }: IsolationParts,
): Promise<StoragePlugin[]> {
  const abandoned = new Map<string, number>();
  const found = await Promise.all(
    foldersOf(root, log).map(async (type): Promise<StoragePlugin | undefined> => {
      const folder = join(root, type);
      try {
        if (known.includes(type))
          throw new AppError('already-exists', `Croft has a type '${type}' of its own`);
        requireTrusted(folder);
        const plugin = { type, folder };
        const declaration = await readDeclaration(plugin, entry);
        return {
          declaration: { ...declaration, isolated: true },
          open: (id, options) => openStorageProcess({ plugin, id, options, entry, abandoned }),
        };
      } catch (error) {
        const { message, detail } = asAppError(error);
        log.warn({ folder, problem: message, detail }, 'storage plugin was not loaded');
        return undefined;
      }
    }),
  );
  return found.filter((plugin) => plugin !== undefined);
}

function foldersOf(root: string, log: Logger): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && /^[a-z][a-z0-9-]{0,30}$/.test(entry.name))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      log.warn({ folder: root, problem: asAppError(error).message }, 'storage plugins were not looked for');
    return [];
  }
}

async function readDeclaration(plugin: PluginSource, entry: string): Promise<PluginDeclaration> {
  const child = launch(entry);
  const { promise, resolve, reject } = Promise.withResolvers<PluginDeclaration>();
  const timer = setTimeout(
    () => reject(new AppError('timeout', 'it does not say what it is in time')),
    declarationMs,
  );
  child.onMessage((message) => {
    if (message.kind === 'declared') resolve(message.declaration as PluginDeclaration);
    else if (message.kind === 'refused') reject(readPlainError(message.error));
  });
  void child.ended.then((reason) => reject(new AppError('unavailable', `its process has ended: ${reason}`)));
  child.send({ kind: 'open', plugin, options: {} });
  try {
    const declaration = await promise;
    checkDeclaration(declaration, plugin.type);
    return declaration;
  } finally {
    clearTimeout(timer);
    child.kill();
  }
}

/** What the daemon counts on: a list that lacks a word would otherwise end in every answer that tells of storages. */
function checkDeclaration(declaration: PluginDeclaration, type: string): void {
  const { success, error } = shape.safeParse(declaration);
  if (!success) {
    const [problem] = error.issues;
    throw new AppError('unsupported', `its declaration: ${problem?.path.join('.')}: ${problem?.message}`);
  }
  if (declaration.contractVersion !== contractVersion || declaration.type !== type)
    throw new AppError('unsupported', `the folder '${type}' holds a plugin of type '${declaration.type}'`);
}
