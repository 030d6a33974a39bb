// Routes of the cluster as a whole: resources, the next free number, state, options; and the version.

import type { ClusterStore, Json } from '../../cluster/cluster-store.ts';
import { datacenterKey, readDatacenterOptions } from '../../cluster/datacenter-options.ts';
import type { ResourceIndex } from '../../cluster/resource-index.ts';
import {
  getClusterStatus,
  getNextId,
  getOptions,
  listCluster,
  listResources,
  updateOptions,
} from '../../contract/cluster.ts';
import { readList } from '../../contract/params.ts';
import { getVersion } from '../../contract/version.ts';
import { GuestSizes } from '../../guests/guest-sizes.ts';
import type { VmidReservations } from '../../guests/vmid-reservations.ts';
import { apiRelease, apiVersion, croftVersion } from '../../node/versions.ts';
import { readBandwidthLimits } from '../../storage/bandwidth-limits.ts';
import { ReplyRaw, type Route, route } from '../route.ts';
import { guestSizeRoutes } from './guest-sizes.ts';

export interface ClusterRouteParts {
  readonly store: ClusterStore;
  readonly index: ResourceIndex;
  readonly reservations: VmidReservations;
}

const below = [
  ...['backup', 'backup-info', 'bulk-action', 'config-backups', 'events', 'guest-sizes', 'jobs', 'nextid'],
  ...['notifications', 'options', 'resources', 'status', 'tasks'],
];
/** What the API tells every user; the rest needs Sys.Audit. */
const openOptions = [
  'console',
  'consent-text',
  'tag-style',
  'registered-tags',
  'user-tag-access',
  'next-id',
  'language',
];

export function clusterRoutes({ store, index, reservations }: ClusterRouteParts): Route[] {
  const readOptions = () => readDatacenterOptions(store);
  return [
    route(getVersion, () => ({
      version: apiVersion,
      release: apiRelease,
      repoid: `croft-${croftVersion}`,
    })),
    route(listCluster, () => below.map((name) => ({ name }))),
    route(listResources, ({ params, caller }) =>
      params.type === 'sdn' ? [] : new ReplyRaw(index.jsonVisibleTo(caller, params.type)),
    ),
    route(getNextId, ({ params, caller }) => {
      if (params.vmid === undefined) return String(reservations.next(caller.requester));
      reservations.assertFree(params.vmid);
      return String(params.vmid);
    }),
    route(getClusterStatus, () =>
      store.members().map((member) => ({
        id: `node/${member.name}`,
        name: member.name,
        type: 'node' as const,
        nodeid: member.id,
        ip: member.address,
        local: member.local ? 1 : 0,
        online: member.online ? 1 : 0,
        level: '',
      })),
    ),
    route(getOptions, ({ caller }) => {
      const options = readOptions();
      if (caller.may('/', 'Sys.Audit')) return options;
      return Object.fromEntries(Object.entries(options).filter(([name]) => openOptions.includes(name)));
    }),
    route(updateOptions, async ({ params }) => {
      const { delete: remove, ...set } = params;
      if (set.bwlimit !== undefined) readBandwidthLimits(set.bwlimit);
      const options: Record<string, Json> = { ...readOptions() };
      for (const name of readList(remove)) delete options[name];
      for (const [name, value] of Object.entries(set)) if (value !== undefined) options[name] = value;
      await store.write(datacenterKey, options);
      return null;
    }),
    ...guestSizeRoutes(new GuestSizes(store)),
  ];
}
