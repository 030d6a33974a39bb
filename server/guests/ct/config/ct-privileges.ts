// Which privileges a change of a container's configuration needs beyond the method's own: by key, by storage, by bridge.
// Source: the published permission descriptions of `POST /nodes/{node}/lxc` and `PUT .../lxc/{vmid}/config`. What the API's peers
// keep for their root user alone needs `Sys.Modify` on `/` here, so that tokens and other administrators can have it.
import type { Privilege } from '../../../contract/permission.ts';
import { splitVolumeId } from '../../../core/ids.ts';
import type { ConfigValue } from '../../config/config-keys.ts';
import type { NeededPrivilege } from '../../config-privileges.ts';
import type { CtConfig } from '../../ct-parts.ts';
import { isCtMountKey, splitCtKey } from './ct-keys.ts';
import { ctVolumesInUse } from './ct-volumes-in-use.ts';
import type { CtConfigChange } from './merge-ct-change.ts';
import { readCtFeatures, readCtNic } from './read-ct-devices.ts';

const cpuKeys = new Set(['cores', 'cpulimit', 'cpuunits']);
const memoryKeys = new Set(['memory', 'swap']);
const networkKeys = new Set(['hostname', 'nameserver', 'searchdomain']);
const rootKeys = new Set(['hookscript', 'lock']);

/**
 * Every privilege that the change needs, without repetition. A bind mount must also be allowed by its folder: see
 * `refuseBindMounts`.
 */
export function ctPrivilegesFor(vmid: number, before: CtConfig, change: CtConfigChange): NeededPrivilege[] {
  const needed = new Map<string, NeededPrivilege>();
  const need = (path: string, privilege: Privilege) =>
    needed.set(`${path} ${privilege}`, { path, privilege });
  const filled = new Set(change.filledKeys);
  for (const key of change.changedKeys) {
    if (filled.has(key)) continue;
    const to = change.config[key];
    if (key === 'features') {
      for (const [path, privilege] of featurePrivileges(vmid, before, change.config)) need(path, privilege);
      continue;
    }
    need(`/vms/${vmid}`, privilegeOf(key));
    // Taking a device away gives nobody anything.
    const handed = splitCtKey(key)?.base === 'dev' && to !== undefined;
    if (handed || rootKeys.has(key)) need('/', 'Sys.Modify');
    const network = networkPath(key, to);
    if (network !== undefined) need(network, 'SDN.Use');
  }
  if (change.hostPaths.length > 0) need('/', 'Sys.Modify');
  for (const { storage } of change.allocations) need(`/storage/${storage}`, 'Datastore.AllocateSpace');
  const own = ctVolumesInUse({ config: before });
  for (const { volume } of change.references) {
    // A volume of its own that comes back: whoever may change its disks may do that.
    if (!own.has(volume)) need(`/storage/${splitVolumeId(volume)?.storage ?? volume}`, 'Datastore.Allocate');
  }
  return [...needed.values()];
}

function privilegeOf(key: string): Privilege {
  const base = splitCtKey(key)?.base;
  if (isCtMountKey(key) || base === 'unused') return 'VM.Config.Disk';
  if (base === 'net' || networkKeys.has(key)) return 'VM.Config.Network';
  if (cpuKeys.has(key)) return 'VM.Config.CPU';
  if (memoryKeys.has(key)) return 'VM.Config.Memory';
  return 'VM.Config.Options';
}

/** Nesting in an unprivileged container is for whoever may create containers; the rest weakens what keeps it from the host. */
function featurePrivileges(vmid: number, before: CtConfig, after: CtConfig): [string, Privilege][] {
  const read = (config: CtConfig) => readCtFeatures(String(config['features'] ?? ''));
  const { nesting: nestedBefore, ...restBefore } = read(before);
  const { nesting: nestedAfter, ...restAfter } = read(after);
  const needed: [string, Privilege][] = [[`/vms/${vmid}`, 'VM.Config.Options']];
  if (nestedBefore !== nestedAfter)
    needed.push(after['unprivileged'] === 1 ? [`/vms/${vmid}`, 'VM.Allocate'] : ['/', 'Sys.Modify']);
  if (JSON.stringify(restBefore) !== JSON.stringify(restAfter)) needed.push(['/', 'Sys.Modify']);
  return needed;
}

/** A card on a bridge uses that bridge, or that VLAN of it; one that is routed takes an address of the node's own network. */
function networkPath(key: string, value: ConfigValue | undefined): string | undefined {
  if (value === undefined || splitCtKey(key)?.base !== 'net') return undefined;
  const { bridge, ip, ip6 } = readCtNic(key, String(value));
  if (bridge !== undefined) return `/sdn/zones/localnetwork/${bridge}`;
  return ip !== undefined || ip6 !== undefined ? '/sdn/zones/localnetwork' : undefined;
}
