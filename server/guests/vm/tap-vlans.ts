// VLANs of network cards: which a card is on, and telling the bridge (bridge(8)). The bridge keeps them with the card's host end,
// so they outlive the daemon and libvirtd and go with the guest.
import { AppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import type { VmNic } from '../config/vm-model.ts';
import { tapName } from './domain-xml-nics.ts';

/** Of one card on a bridge that separates VLANs. */
export interface TapVlans {
  /** `tap100i0`. */
  readonly tap: string;
  /** What the card sends and gets untagged. */
  readonly untagged: number;
  /** What it sends and gets with a tag: numbers and ranges. */
  readonly tagged: readonly string[];
  /** It must not see others, not even for a moment. */
  readonly confined: boolean;
}

/**
 * Without a tag and trunks a card is on VLAN 1 and may send all others tagged, as the API's peers have it. Undefined: the bridge does
 * not separate VLANs, and the card wants none. `invalid-input` naming the card when it does.
 */
export function vlansOf(
  vmid: number,
  nic: VmNic,
  filtersVlans: (bridge: string) => boolean,
): TapVlans | undefined {
  if (nic.bridge === undefined) return undefined;
  const confined = nic.tag !== undefined || nic.trunks !== undefined;
  if (!filtersVlans(nic.bridge)) {
    if (!confined) return undefined;
    const why = `bridge '${nic.bridge}' does not separate VLANs: make it VLAN aware, or leave out tag and trunks`;
    throw new AppError('invalid-input', `${nic.key}: ${why}`, { fields: { [nic.key]: why } });
  }
  const tagged = nic.trunks?.split(';') ?? (nic.tag === undefined ? ['2-4094'] : []);
  return { tap: tapName(vmid, nic.index), untagged: nic.tag ?? 1, tagged, confined };
}

/** Puts each card on its VLANs and off all others. Repeatable. */
export async function setTapVlans(exec: Exec, cards: readonly TapVlans[]): Promise<void> {
  if (cards.length === 0) return;
  const lines = cards.flatMap(({ tap, untagged, tagged }) => [
    `vlan del dev ${tap} vid 1-4094`,
    // The untagged one last: it may be within a range of the others, and then it is untagged.
    ...tagged.map((vid) => `vlan add dev ${tap} vid ${vid}`),
    `vlan add dev ${tap} vid ${untagged} pvid untagged`,
  ]);
  await exec('bridge', ['-batch', '-'], { input: `${lines.join('\n')}\n`, intention: 'set the VLANs' });
}
