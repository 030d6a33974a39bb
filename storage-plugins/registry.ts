// The table of storage plugins: type word to plugin, with the contract version checked when it is built.
import { AppError } from '../server/core/errors.ts';
import { contractVersion, type PluginDeclaration, type StoragePlugin } from './plugin.ts';

export interface PluginRegistry {
  /** The plugin of a type; `invalid-input` naming the types there are. */
  get(type: string): StoragePlugin;
  has(type: string): boolean;
  /** Sorted by type. */
  declarations(): PluginDeclaration[];
}

/** Refuses plugins of another contract version and two of the same type: both are faults of whoever wires the daemon. */
export function createPluginRegistry(plugins: readonly StoragePlugin[]): PluginRegistry {
  const byType = new Map<string, StoragePlugin>();
  for (const plugin of plugins) {
    const { type, contractVersion: version } = plugin.declaration;
    if (version !== contractVersion) {
      throw new AppError('internal', `storage plugin '${type}' does not fit this version of Croft`, {
        detail: `plugin contract ${version}, ours ${contractVersion}`,
      });
    }
    if (byType.has(type)) throw new AppError('internal', `two storage plugins of type '${type}'`);
    byType.set(type, plugin);
  }
  return {
    get(type) {
      const plugin = byType.get(type);
      if (plugin) return plugin;
      const known = [...byType.keys()].sort().join(', ');
      throw new AppError('invalid-input', `storage type '${type}' is not known`, {
        fields: { type: `value must be one of: ${known}` },
      });
    },
    has: (type) => byType.has(type),
    declarations: () =>
      [...byType.values()].map((p) => p.declaration).sort((a, b) => (a.type < b.type ? -1 : 1)),
  };
}
