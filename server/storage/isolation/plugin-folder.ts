// A plugin that does not come with Croft, from its folder: `plugin.mjs`, whose default export makes it.
import { lstatSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { contractVersion, type StoragePlugin } from '../../../storage-plugins/plugin.ts';
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';

const entry = 'plugin.mjs';

/** Runs the folder's code: only in a process of its own. `unsupported` for another contract version, `unavailable` when it cannot be loaded. */
export async function importPlugin(folder: string, exec: Exec): Promise<StoragePlugin> {
  requireTrusted(folder);
  let module: { default?: unknown };
  try {
    module = (await import(pathToFileURL(join(folder, entry)).href)) as typeof module;
  } catch (cause) {
    throw new AppError(
      'unavailable',
      `${entry} cannot be loaded: ${cause instanceof Error ? cause.message : cause}`,
      {
        cause,
      },
    );
  }
  if (typeof module.default !== 'function')
    throw new AppError(
      'unsupported',
      `the default export of ${entry} must be a function that makes the plugin`,
    );
  const create = module.default as (exec: Exec) => StoragePlugin | Promise<StoragePlugin>;
  const plugin = await create(exec);
  const version = plugin?.declaration?.contractVersion;
  if (version !== contractVersion)
    throw new AppError(
      'unsupported',
      `it is written for contract ${version}, this version of Croft has ${contractVersion}`,
    );
  if (typeof plugin.open !== 'function')
    throw new AppError('unsupported', 'the plugin has no function `open`');
  return plugin;
}

/** `forbidden` when others than root (or who runs the daemon) could write its code, or it is led elsewhere by a link. */
export function requireTrusted(folder: string): void {
  const us = process.getuid?.() ?? 0;
  for (const path of [dirname(folder), folder, join(folder, entry)]) {
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (!found) throw new AppError('not-found', `${path} does not exist`);
    if (found.isSymbolicLink()) throw new AppError('forbidden', `${path} is a link`);
    if (found.uid !== 0 && found.uid !== us) throw new AppError('forbidden', `${path} must belong to root`);
    if ((found.mode & 0o022) !== 0)
      throw new AppError('forbidden', `${path} can be written by others than its owner: chmod go-w`);
  }
}
