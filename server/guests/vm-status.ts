// The state of a VM as the API tells it.
import type { ResourceIndex } from '../cluster/resource-index.ts';
import type { ResourceItem } from '../contract/resources.ts';
import { mebibyte } from '../core/units.ts';
import { usualShares } from './config/automatic-balloon.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { readGuest } from './guest-documents.ts';
import type { GuestBalloon } from './guest-driver.ts';
import { guestItem, guestLine, uptimeSeconds } from './guest-line.ts';
import { ifReadable } from './readable-config.ts';
import type { StatusChecks } from './status-checks.ts';
import type { VmParts } from './vm-parts.ts';

/** One line of the node's VM list. */
export function vmLine(item: ResourceItem, pid: number | undefined) {
  return {
    ...guestLine(item, pid),
    qmpstatus: item.qmpstatus ?? item.status,
    ...(item.accelerator === undefined ? {} : { accelerator: item.accelerator }),
    ...(item.addresses === undefined ? {} : { addresses: [...item.addresses] }),
    ...(item.os === undefined ? {} : { os: item.os }),
  };
}

/** `GET .../status/current`; `not-found` when there is no such VM. */
export function vmStatus(
  parts: VmParts,
  index: ResourceIndex,
  vmid: number,
  tcgReason: string | undefined,
  checks?: StatusChecks,
  balloon?: GuestBalloon,
) {
  const document = readGuest(parts.store, vmid);
  const model = ifReadable(() => readVmConfig({ vmid, config: document.config }));
  const observed = parts.states.observed(vmid);
  const item = guestItem(index, { kind: 'qemu', node: parts.node, vmid }, observed);
  const line = vmLine(item, observed?.pid);
  return {
    ...line,
    uptime: uptimeSeconds(observed, parts.clock.now()),
    ...(line.accelerator === 'tcg' && tcgReason !== undefined ? { acceleratorReason: tcgReason } : {}),
    ...(model?.agent.enabled ? { agent: 1 } : {}),
    ...(observed && balloon ? { balloon: balloon.sizeBytes, freemem: balloon.freeBytes } : {}),
    ...(model?.balloonMib
      ? { balloon_min: model.balloonMib * mebibyte, shares: model.shares ?? usualShares }
      : {}),
    ...(checks ? { checks } : {}),
    ha: { managed: 0 },
  };
}
