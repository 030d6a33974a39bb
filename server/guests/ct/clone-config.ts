// The configuration of a clone: its source's, with a name and cards of its own, and nothing that only its source has. Pure but for MACs.
import { AppError } from '../../core/errors.ts';
import { generate } from '../config/merge-config-change.ts';
import type { CtConfig } from '../ct-parts.ts';
import { isCtMountKey, splitCtKey } from './config/ct-keys.ts';
import { readCtMount, readCtNic, renderCtNic } from './config/read-ct-devices.ts';

/** What stays with the source. */
const sourceOnly = new Set(['template', 'lock', 'parent', 'protection']);

/** `unsupported` for folders and devices of the host as mount points: two containers must not share them by accident. */
export function cloneConfig(
  source: CtConfig,
  clone: {
    readonly newId: number;
    readonly hostname?: string | undefined;
    readonly description?: string | undefined;
  },
  mac: () => string = generate.mac,
): CtConfig {
  const config: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(source)) {
    const base = splitCtKey(key)?.base;
    if (sourceOnly.has(key) || base === 'unused') continue;
    if (isCtMountKey(key) && readCtMount(key, String(value)).kind !== 'volume')
      throw new AppError('unsupported', `unable to clone mount point '${key}': it is no volume`);
    config[key] = base === 'net' ? renderCtNic({ ...readCtNic(key, String(value)), mac: mac() }) : value;
  }
  config['hostname'] = clone.hostname ?? `CT${clone.newId}`;
  if (clone.description !== undefined) config['description'] = clone.description;
  return config;
}
