// What the API tells of the state of any guest: its line in lists, and how long it has run.
import type { ResourceItem } from '../contract/resources.ts';
import type { GuestKind } from './config/guest-document.ts';
import type { ObservedGuest } from './guest-driver.ts';

/** The fields that lines of VMs and of containers share. `pid`: of a guest that runs. */
export function guestLine(item: ResourceItem, pid: number | undefined) {
  return {
    vmid: item.vmid ?? 0,
    status: item.status === 'running' ? ('running' as const) : ('stopped' as const),
    name: item.name ?? '',
    cpus: item.maxcpu ?? 0,
    cpu: item.cpu ?? 0,
    mem: item.mem ?? 0,
    maxmem: item.maxmem ?? 0,
    disk: item.disk ?? 0,
    maxdisk: item.maxdisk ?? 0,
    diskread: item.diskread ?? 0,
    diskwrite: item.diskwrite ?? 0,
    netin: item.netin ?? 0,
    netout: item.netout ?? 0,
    uptime: item.uptime ?? 0,
    ...(pid === undefined ? {} : { pid }),
    ...(item.tags === undefined ? {} : { tags: item.tags }),
    ...(item.template === 1 ? { template: 1 } : {}),
    ...(item.lock === undefined ? {} : { lock: item.lock }),
  };
}

/** What the live list knows of a guest; one that it does not have yet, as it is observed. */
export function guestItem(
  index: { get(id: string): ResourceItem | undefined },
  { kind, node, vmid }: { readonly kind: GuestKind; readonly node: string; readonly vmid: number },
  observed: ObservedGuest | undefined,
): ResourceItem {
  const id = `${kind}/${vmid}`;
  return index.get(id) ?? { id, type: kind, node, vmid, status: observed ? 'running' : 'stopped' };
}

/** Whole seconds since its start; 0 of one that does not run. `now` in milliseconds since the epoch. */
export function uptimeSeconds(observed: ObservedGuest | undefined, now: number): number {
  const startedAt = observed?.startedAt;
  return startedAt === undefined ? 0 : Math.max(0, Math.floor((now - startedAt) / 1000));
}
