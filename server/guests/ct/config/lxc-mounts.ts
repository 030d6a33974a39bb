// What LXC mounts in a container: kernel file systems, lxcfs, devices, folders that keep their owners.
import { join } from 'node:path';
import { invalidInput } from '../../../core/errors.ts';
import type { CtDeviceNode } from '../ct-driver.ts';
import { ctIdMap } from '../ct-driver.ts';
import type { CtModel } from '../ct-model.ts';
import type { CtPaths } from '../ct-paths.ts';
import type { CtHostFacts } from './ct-host-facts.ts';
import { lxcLine, mountEntry } from './lxc-line.ts';

const lxcfsFolder = '/var/lib/lxcfs';
/** What lxcfs answers with the container's own numbers. */
const lxcfsFiles = ['cpuinfo', 'diskstats', 'loadavg', 'meminfo', 'slabinfo', 'stat', 'swaps', 'uptime'];

/** Where the driver mounts the source of a mount point, opened without following links: LXC maps its owners from there. */
export function mountSourceOf(paths: CtPaths, key: string): string {
  return join(paths.folder, 'sources', key);
}

/** The nodes that the driver makes before the start, with the path of each inside; `invalid-input` naming a device that is not there. */
export function deviceNodes(
  model: CtModel,
  { paths, devices }: Pick<CtHostFacts, 'paths' | 'devices'>,
): (CtDeviceNode & { readonly path: string })[] {
  const shift = model.unprivileged ? ctIdMap.first : 0;
  return model.devices.map(({ key, path, uid, gid, mode }) => {
    const device = devices.get(path);
    if (!device) throw invalidInput({ [key]: `this node has no device ${path}` });
    const node = join(paths.folder, 'devices', key);
    return { key, path, ...device, node, uid: uid + shift, gid: gid + shift, mode };
  });
}

/**
 * Volumes and plain bind mounts are mounted below the root by the
 * driver before the start, and LXC takes the root with all that is below it.
 */
export function mountLines(model: CtModel, host: CtHostFacts): string[] {
  const { features, unprivileged } = model;
  const sys = unprivileged && features.forceRwSys ? 'sys:rw' : 'sys:mixed';
  const entries = [
    ...(host.lxcfs ? lxcfsLines() : []),
    ...(features.fuse
      ? [
          mountEntry('/dev/fuse', '/dev/fuse', ['bind', 'create=file', 'optional']),
          mountEntry('/sys/fs/fuse/connections', '/sys/fs/fuse/connections', ['bind', 'optional']),
        ]
      : []),
    ...deviceNodes(model, host).map(({ node, path }) => mountEntry(node, path, ['bind', 'create=file'])),
    ...mountPointLines(model, host),
  ];
  return [
    // Ignored by LXC where there are cgroup namespaces: then the system inside mounts its own.
    lxcLine('lxc.mount.auto', `cgroup:mixed proc:mixed ${sys}`),
    ...entries,
    ...(features.nesting && entries.length === 0 ? nestingLines() : []),
  ];
}

/** LXC makes a read-only root read-only with all that is mounted in it, so what is not is mounted once more. */
function mountPointLines({ root, mounts, unprivileged }: CtModel, { paths }: CtHostFacts): string[] {
  return mounts.flatMap(({ key, target, readOnly, keepOwners }) => {
    const idmapped = keepOwners && unprivileged;
    if (!idmapped && !root.readOnly) return [];
    const options = [
      'rbind',
      'create=dir',
      ...(idmapped ? ['idmap=container'] : []),
      ...(readOnly ? ['ro'] : []),
    ];
    return [mountEntry(mountSourceOf(paths, key), target, options)];
  });
}

/** As lxc.apparmor.allow_nesting has LXC do by itself, which it forgets where there is no other entry (seen with 5.0.2). */
function nestingLines(): string[] {
  return [
    mountEntry('proc', '/dev/.lxc/proc', ['create=dir', 'optional'], 'proc'),
    mountEntry('sys', '/dev/.lxc/sys', ['create=dir', 'optional'], 'sysfs'),
  ];
}

/** Optional: an lxcfs that ended, or that knows a file less, must not keep a container from starting. */
function lxcfsLines(): string[] {
  return [
    ...lxcfsFiles.map((name) =>
      mountEntry(`${lxcfsFolder}/proc/${name}`, `/proc/${name}`, ['bind', 'optional']),
    ),
    mountEntry(`${lxcfsFolder}/sys/devices/system/cpu`, '/sys/devices/system/cpu', ['rbind', 'optional']),
  ];
}
