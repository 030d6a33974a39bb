// Giving a disk to another VM: which keys it can have there. Pure.
import { firstFreeKey, type PendingLine } from './guest-config.ts';
import { freeKey } from './vm-config.ts';

const unusedCount = 256;
const buses = ['scsi', 'virtio', 'sata', 'ide'] as const;

/**
 * The keys that are free in the other's configuration, the likeliest first: the same key, the same bus, the other buses, and
 * unused. Variables of UEFI and the state of a TPM have one place only.
 */
export function placesFor(key: string, target: readonly PendingLine[]): string[] {
  const taken = new Set(target.map((line) => line.key));
  const unused = [firstFreeKey('unused', unusedCount, target) ?? []].flat();
  if (key === 'efidisk0' || key === 'tpmstate0') return taken.has(key) ? unused : [key, ...unused];
  const bus = buses.find((one) => key.startsWith(one));
  const own = bus === undefined || taken.has(key) ? [] : [key];
  const others = [...(bus === undefined ? [] : [bus]), ...buses.filter((one) => one !== bus)].flatMap(
    (one) => freeKey(one, target) ?? [],
  );
  return [...new Set([...own, ...others, ...unused])];
}
