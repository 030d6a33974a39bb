// Which volumes a container refers to: none of them may be removed or given away.
import type { CtConfig } from '../../ct-parts.ts';
import { isCtMountKey, splitCtKey } from './ct-keys.ts';
import { readCtMount, readCtUnused } from './read-ct-devices.ts';

/** What of a stored document says which volumes it needs. */
export interface CtConfigurations {
  readonly config: CtConfig;
  readonly running?: CtConfig;
  readonly snapshots?: Readonly<Record<string, { readonly config: CtConfig }>>;
}

/** The volume that a key holds; undefined for other keys, and for folders and devices of the host. */
export function ctVolumeAt(config: CtConfig, key: string): string | undefined {
  const text = config[key];
  if (text === undefined) return undefined;
  if (splitCtKey(key)?.base === 'unused') return readCtUnused(key, String(text)).volume;
  if (!isCtMountKey(key)) return undefined;
  const { kind, source } = readCtMount(key, String(text));
  return kind === 'volume' ? source : undefined;
}

/** Every volume that it has wanted, in force, or in a snapshot. Reads a configuration without a root too. */
export function ctVolumesInUse(document: CtConfigurations): Set<string> {
  const snapshots = Object.values(document.snapshots ?? {});
  const configs = [document.config, document.running ?? {}, ...snapshots.map(({ config }) => config)];
  return new Set(
    configs.flatMap((config) =>
      Object.keys(config).flatMap((key) => {
        const volume = ctVolumeAt(config, key);
        return volume === undefined ? [] : [volume];
      }),
    ),
  );
}
