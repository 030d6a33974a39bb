// What uses a volume: which devices of guests name it, and which volumes are based on it.

import type { ResourceItem } from '../../../server/contract/resources.ts';
import { api } from '../../api/client.ts';
import { runBulk } from '../../components/bulk-run.ts';
import { labelOf } from '../../shell/tree-model.ts';

/** As far as it matters here. */
export interface Volume {
  readonly volid: string;
  readonly vmid?: number | undefined;
  readonly parent?: string | undefined;
}

export interface VolumeUse {
  readonly vmid: number;
  readonly name: string;
  /** `scsi0`, `ide2`. */
  readonly keys: readonly string[];
}

export interface VolumeUses {
  readonly guests: readonly VolumeUse[];
  /** Guests whose configuration could not be read, or that were too many to look at. */
  readonly unseen: number;
}

interface Setting {
  readonly key: string;
  readonly value?: unknown;
  readonly pending?: unknown;
}

/** More guests are not looked at: each is a call. */
const mostGuests = 200;
const atOnce = 4;

/** The keys whose value, now or after a restart, is the volume. */
export function keysNaming(settings: readonly Setting[], volid: string): string[] {
  const names = (value: unknown) =>
    typeof value === 'string' && value.split(',').some((part) => part === volid || part === `file=${volid}`);
  return settings.filter(({ value, pending }) => names(value) || names(pending)).map(({ key }) => key);
}

/** The volumes that are based on this one. */
export function basedOn<V extends Volume>(volumes: readonly V[], volid: string): V[] {
  const name = volid.slice(volid.indexOf(':') + 1);
  return volumes.filter(({ parent }) => parent === volid || parent === name);
}

/** Whose configuration may name it: its owner's; of what belongs to nobody, that of all machines that reach the storage. */
export function possibleUsers(
  volume: Volume,
  storage: Pick<ResourceItem, 'node' | 'shared'>,
  guests: readonly ResourceItem[],
): ResourceItem[] {
  if (volume.vmid !== undefined) return guests.filter((one) => one.vmid === volume.vmid);
  return guests.filter((one) => one.type === 'qemu' && (storage.shared === 1 || one.node === storage.node));
}

export async function readUses(volid: string, guests: readonly ResourceItem[]): Promise<VolumeUses> {
  const found: VolumeUse[] = [];
  const looked = guests.slice(0, mostGuests);
  let unseen = guests.length - looked.length;
  await runBulk(
    looked,
    atOnce,
    async ({ node, vmid = 0, type }) =>
      await api(`GET /nodes/{node}/${type === 'lxc' ? 'lxc' : 'qemu'}/{vmid}/pending`, { node, vmid }),
    (place, outcome) => {
      if (outcome.state === 'refused') unseen += 1;
      if (outcome.state !== 'asked') return;
      const keys = keysNaming(outcome.reply, volid);
      const guest = looked[place]!;
      if (keys.length > 0) found.push({ vmid: guest.vmid ?? 0, name: labelOf(guest), keys });
    },
  );
  return { guests: found.sort((a, b) => a.vmid - b.vmid), unseen };
}
