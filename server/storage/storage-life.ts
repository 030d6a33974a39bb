// What a change of a storage's configuration does to it on this node: what `activate` made is taken away when nobody needs it any more.
import { commonOptions } from '../../storage-plugins/common-options.ts';
import type { PluginRegistry } from '../../storage-plugins/registry.ts';
import type { Logger } from '../core/log.ts';
import type { OpenStorages } from './open-storages.ts';
import type { StorageConfig } from './storage-config.ts';
import type { StorageConfigs } from './storage-configs.ts';

export interface LifeParts {
  readonly configs: StorageConfigs;
  readonly opened: OpenStorages;
  readonly plugins: PluginRegistry;
  readonly log: Logger;
  /** Does a guest use a volume of it? Then nothing is taken away under it. */
  isUsed(id: string): boolean;
  /** After the storage was closed. */
  changed(id: string): void;
}

/** Options that say what a storage is used for, not what it is. */
const harmless = new Set([
  ...commonOptions.map((option) => option.name),
  'bwlimit',
  'shared',
  'format',
  'prune-backups',
  'max-protected-backups',
]);

/** Follows the configuration from now on. Returns how to stop. */
export function followChanges({ configs, opened, plugins, log, isUsed, changed }: LifeParts): () => void {
  const last = new Map(configs.all().map((config) => [config.id, config]));
  return configs.watch((id) => {
    const before = last.get(id);
    const now = configs.find(id);
    if (now) last.set(id, now);
    else last.delete(id);
    if (before && needsEnd(before, now)) {
      if (isUsed(id)) {
        opened.forget(id);
        log.info({ storage: id }, 'guests use the storage: what it was stays active on this node');
      } else void opened.deactivate(before);
    } else opened.forget(id);
    changed(id);
  });

  function needsEnd(before: StorageConfig, now: StorageConfig | undefined): boolean {
    if (opened.refusal(before) !== undefined) return false;
    if (!now || now.type !== before.type || opened.refusal(now) !== undefined) return true;
    return plugins
      .get(before.type)
      .declaration.options.some(
        ({ name }) => !harmless.has(name) && before.options[name] !== now.options[name],
      );
  }
}
