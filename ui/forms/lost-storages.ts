// Which storages of a guest are gone: named by its volumes, and unusable or unknown. Pure.
import type { PendingLine } from './guest-config.ts';

const volumeKey = /^(rootfs|mp\d+|(ide|sata|scsi|virtio|efidisk|tpmstate|unused)\d+)$/;

/** A disc is nothing of the guest's own: it can be taken out. */
const ownStorage = /^([A-Za-z][\w.-]*):(?!iso\/)/;

export interface StorageState {
  readonly storage?: string | undefined;
  readonly node?: string | undefined;
  readonly status?: string | undefined;
}

/** In order of their names; none while nothing is known of any storage. */
export function lostStorages(
  lines: readonly PendingLine[],
  node: string,
  known: readonly StorageState[],
): string[] {
  const here = known.filter((one) => one.node === node);
  if (here.length === 0) return [];
  const usable = new Set(here.filter((one) => one.status === 'available').map((one) => one.storage));
  const named = lines
    .filter(({ key }) => volumeKey.test(key))
    .map(({ value }) => ownStorage.exec(String(value ?? ''))?.[1])
    .filter((name) => name !== undefined);
  return [...new Set(named)].filter((name) => !usable.has(name)).sort();
}
