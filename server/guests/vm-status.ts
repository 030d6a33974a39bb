// The state of a VM as the API tells it.
import type { ResourceIndex } from '../cluster/resource-index.ts';
import type { ResourceItem } from '../contract/resources.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { readGuest } from './guest-documents.ts';
import type { VmParts } from './vm-parts.ts';

/** One line of the node's VM list. */
export function vmLine(item: ResourceItem, pid: number | undefined) {
  return {
    vmid: item.vmid ?? 0,
    status: item.status === 'running' ? ('running' as const) : ('stopped' as const),
    qmpstatus: item.qmpstatus ?? item.status,
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
    ...(item.accelerator === undefined ? {} : { accelerator: item.accelerator }),
  };
}

/** `GET .../status/current`; `not-found` when there is no such VM. */
export function vmStatus(parts: VmParts, index: ResourceIndex, vmid: number, tcgReason: string | undefined) {
  const document = readGuest(parts.store, vmid);
  const model = readVmConfig({ vmid, config: document.config });
  const item = index.get(`qemu/${vmid}`);
  const observed = parts.states.observed(vmid);
  const line = vmLine(
    item ?? { id: '', type: 'qemu', node: parts.node, status: 'stopped', vmid },
    observed?.pid,
  );
  const uptime =
    observed?.startedAt === undefined
      ? 0
      : Math.max(0, Math.floor((parts.clock.now() - observed.startedAt) / 1000));
  return {
    ...line,
    uptime,
    ...(line.accelerator === 'tcg' && tcgReason !== undefined ? { acceleratorReason: tcgReason } : {}),
    ...(model.agent.enabled ? { agent: 1 } : {}),
    ha: { managed: 0 },
  };
}
