// Volumes in a container's configuration: which key has which, and the configuration with another volume or size. Pure.
import { addUnused } from '../config/unused-volumes.ts';
import type { CtConfig } from '../ct-parts.ts';
import { isCtMountKey, splitCtKey } from './config/ct-keys.ts';
import { readCtMount, readCtUnused, renderCtMount } from './config/read-ct-devices.ts';
import type { CtMount } from './ct-model.ts';

/** A volume of a container by its key: the root, a mount point, or one that is not used. */
export interface KeyedVolume {
  readonly key: string;
  readonly volume: string;
  /** Undefined for an unused one. */
  readonly mount: CtMount | undefined;
}

/** The volumes that the configuration names, the root first; neither folders nor devices of the host. */
export function volumesByKey(config: CtConfig): KeyedVolume[] {
  const found: KeyedVolume[] = [];
  for (const [key, value] of Object.entries(config)) {
    const text = String(value);
    if (isCtMountKey(key)) {
      const mount = readCtMount(key, text);
      if (mount.kind === 'volume') found.push({ key, volume: mount.source, mount });
    } else if (splitCtKey(key)?.base === 'unused')
      found.push({ key, volume: readCtUnused(key, text).volume, mount: undefined });
  }
  return found.sort((a, b) => Number(b.key === 'rootfs') - Number(a.key === 'rootfs'));
}

/** Those of them that are mounted when it runs. */
export function mountedVolumes(config: CtConfig): (KeyedVolume & { readonly mount: CtMount })[] {
  return volumesByKey(config).flatMap((entry) =>
    entry.mount === undefined ? [] : [{ ...entry, mount: entry.mount }],
  );
}

/** The mount of the key has another volume now, or another size; the rest of its text stays. */
export function withVolumeAt(
  config: CtConfig,
  key: string,
  now: { readonly volume?: string | undefined; readonly sizeBytes?: number | undefined },
): CtConfig {
  const text = config[key];
  if (text === undefined) return config;
  if (!isCtMountKey(key)) return { ...config, [key]: now.volume ?? text };
  const mount = readCtMount(key, String(text));
  const changed = {
    ...mount,
    source: now.volume ?? mount.source,
    sizeBytes: now.sizeBytes ?? mount.sizeBytes,
  };
  return { ...config, [key]: renderCtMount(changed) };
}

export function withoutKey(config: CtConfig, key: string): CtConfig {
  const { [key]: _, ...rest } = config;
  return rest;
}

/** Writes a volume down as unused, unless the configuration names it already. */
export function withUnused(config: CtConfig, volume: string): CtConfig {
  if (volumesByKey(config).some((entry) => entry.volume === volume)) return config;
  const draft = new Map(Object.entries(config));
  addUnused(draft, volume);
  return Object.fromEntries(draft);
}
