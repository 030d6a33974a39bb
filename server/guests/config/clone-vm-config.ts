// The configuration of a VM's clone: its source's, with a name, cards and an identity of its own. Pure but for what is made up.
import { smbiosString } from '../../contract/qemu-strings.ts';
import { canonicalValue, parseProperty, splitDeviceKey, type VmConfig } from './config-keys.ts';
import { type Generate, generate } from './merge-config-change.ts';
import { readNic, renderNic } from './read-devices.ts';
import { isUnusedKey } from './unused-volumes.ts';

/** What stays with the source. */
const sourceOnly = new Set(['template', 'lock', 'parent', 'protection', 'meta']);
/** Of one label of a DNS name (RFC 1035). */
const longestLabel = 63;

export interface CloneWish {
  readonly vmid: number;
  readonly newId: number;
  /** Default: `Copy-of-` and the source's name, as the API's peers call it. */
  readonly name?: string | undefined;
  /** Default: the source's. */
  readonly description?: string | undefined;
}

/** Drives still name the source's volumes: see `withDiskAt`. Unused volumes stay with the source. `meta`: of a new VM. */
export function cloneVmConfig(
  source: VmConfig,
  clone: CloneWish,
  meta: string,
  made: Generate = generate,
): VmConfig {
  const config: Record<string, string | number> = {};
  for (const [key, value] of Object.entries(source)) {
    if (sourceOnly.has(key) || isUnusedKey(key)) continue;
    const isNic = splitDeviceKey(key)?.base === 'net';
    config[key] = isNic ? renderNic({ ...readNic(key, String(value)), mac: made.mac() }) : value;
  }
  config['name'] =
    clone.name ??
    `Copy-of-${source['name'] ?? `VM-${clone.vmid}`}`.slice(0, longestLabel).replace(/[-.]+$/, '');
  if (clone.description !== undefined) config['description'] = clone.description;
  const identity = parseProperty('smbios1', smbiosString, source['smbios1'] ?? '');
  config['smbios1'] = smbiosString.render({ ...identity, uuid: made.uuid() });
  // 0: the source has none on purpose.
  if (source['vmgenid'] !== undefined && source['vmgenid'] !== '0') config['vmgenid'] = made.uuid();
  config['meta'] = canonicalValue('meta', meta);
  return config;
}
