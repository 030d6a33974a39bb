// Where a container's run-time files are, and what its parts are called on the host. Pure.
import { join } from 'node:path';

export interface CtPaths {
  /** Root's alone. */
  readonly folder: string;
  readonly config: string;
  /** The root is mounted here. */
  readonly root: string;
  /** Mount points of ours, one a line, in the order in which they were mounted. */
  readonly mounts: string;
  readonly log: string;
  /** Output of the start, until it is up. */
  readonly console: string;
}

/** `base`: `<runtimeDir>/lxc`. */
export function ctPaths(base: string, vmid: number): CtPaths {
  const folder = join(base, String(vmid));
  const at = (name: string) => join(folder, name);
  return {
    folder,
    config: at('config'),
    root: at('root'),
    mounts: at('mounts'),
    log: at('log'),
    console: at('console'),
  };
}

/** Files that the hooks write, one for each container that runs: `<init's pid> <milliseconds since the epoch>`. */
export function ctEventsFolder(base: string): string {
  return join(base, 'events');
}

/** The name that LXC knows it by; `prefix` keeps several daemons on one host apart. */
export function ctName(prefix: string, vmid: number): string {
  return `${prefix}ct-${vmid}`;
}

/** At most 15 characters (IFNAMSIZ less the end): the longest numbers get a shorter word. */
export function ctVethName(vmid: number, index: number): string {
  const name = `veth${vmid}i${index}`;
  return name.length <= 15 ? name : `v${vmid}i${index}`;
}

/** Below each hierarchy. */
export function ctCgroups(prefix: string, vmid: number): { payload: string; monitor: string } {
  return { payload: `${prefix}lxc/${vmid}`, monitor: `${prefix}lxc.monitor/${vmid}` };
}
