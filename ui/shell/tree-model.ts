// How resources are called and where their pages are. Pure.
import type { ResourceItem } from '../../server/contract/resources.ts';

export function hrefOf(item: ResourceItem): string {
  if (item.type === 'lxc') return `/cts/${item.vmid}`;
  if (item.vmid !== undefined) return `/vms/${item.vmid}`;
  if (item.type === 'node') return `/nodes/${encodeURIComponent(item.node)}`;
  return `/nodes/${encodeURIComponent(item.node)}/storage/${encodeURIComponent(item.storage ?? '')}`;
}

export function labelOf(item: ResourceItem): string {
  if (item.type === 'node') return item.node;
  if (item.type === 'storage') return item.storage ?? item.id;
  return item.name ?? `${item.type === 'lxc' ? 'CT' : 'VM'} ${item.vmid}`;
}

/** The tabs of a node's page beside the first. */
export const nodeTabs = [
  ...(['guests', 'storages', 'network', 'disks', 'hardware', 'services', 'logs', 'shell'] as const),
  ...(['settings', 'tasks', 'templates', 'system'] as const),
] as const;
