// The options of the datacenter, as `PUT /cluster/options` stores them.
import type { ClusterStore, Json } from './cluster-store.ts';

export const datacenterKey = 'options/datacenter';

export function readDatacenterOptions(store: Pick<ClusterStore, 'read'>): Readonly<Record<string, Json>> {
  return (store.read(datacenterKey)?.value ?? {}) as Record<string, Json>;
}
