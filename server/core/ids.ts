// Branded identifiers, so that a storage name cannot be handed where a node name is wanted.
import { randomBytes } from 'node:crypto';

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** A guest's number, 100 to 999999999. */
export type Vmid = Branded<number, 'Vmid'>;
export type NodeName = Branded<string, 'NodeName'>;
export type StorageId = Branded<string, 'StorageId'>;
/** `storage:path` of a volume, for instance `local:iso/debian.iso` or `local:100/vm-100-disk-0.qcow2`. */
export type VolumeId = Branded<string, 'VolumeId'>;
/** `name@realm`, for instance `root@pam`. */
export type UserId = Branded<string, 'UserId'>;
export type Upid = Branded<string, 'Upid'>;

/** A random name of `bytes` bytes in base64url, fit for tickets and tokens. */
export function randomName(bytes = 16): string {
  return randomBytes(bytes).toString('base64url');
}

/** Splits `storage:path`; undefined when it is not of that form. */
export function splitVolumeId(volid: string): { storage: StorageId; name: string } | undefined {
  const at = volid.indexOf(':');
  if (at <= 0 || at === volid.length - 1) return undefined;
  return { storage: volid.slice(0, at) as StorageId, name: volid.slice(at + 1) };
}
