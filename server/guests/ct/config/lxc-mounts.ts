// What LXC mounts in a container: kernel file systems, lxcfs, devices, folders that keep their owners.
import { join } from 'node:path';
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

/**
 * Nodes of handed-in devices are made by the hook `ct-devices`. Volumes and plain bind mounts are not here: the driver mounts them below the root before the start, and LXC takes the root
 * with all that is below it.
 */
export function mountLines(model: CtModel, host: CtHostFacts): string[] {
  const { features, unprivileged } = model;
  const sys = unprivileged && features.forceRwSys ? 'sys:rw' : 'sys:mixed';
  return [
    // Ignored by LXC where there are cgroup namespaces: then the system inside mounts its own.
    lxcLine('lxc.mount.auto', `cgroup:mixed proc:mixed ${sys}`),
    ...(host.lxcfs ? lxcfsLines() : []),
    ...(features.fuse
      ? [
          mountEntry('/dev/fuse', '/dev/fuse', ['bind', 'create=file', 'optional']),
          mountEntry('/sys/fs/fuse/connections', '/sys/fs/fuse/connections', ['bind', 'optional']),
        ]
      : []),
    ...model.devices.map(({ key, path }) =>
      mountEntry(join(host.paths.folder, 'devices', key), path, ['bind', 'create=file']),
    ),
    ...model.mounts
      .filter(({ keepOwners }) => keepOwners)
      .map(({ key, target, readOnly }) =>
        mountEntry(mountSourceOf(host.paths, key), target, [
          ...['rbind', 'create=dir', 'idmap=container'],
          ...(readOnly ? ['ro'] : []),
        ]),
      ),
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
