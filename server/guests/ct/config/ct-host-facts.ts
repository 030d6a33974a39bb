// What rendering a container's configuration for LXC has to know of the host. Plain data: whoever wires it reads the host.
import type { CtPaths } from '../ct-paths.ts';

export interface HostDevice {
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
}

export interface CtHostFacts {
  readonly paths: CtPaths;
  /** Keeps the control groups of several daemons apart: `croft.`. */
  readonly prefix: string;
  /** The driver's hooks, `ct-started` and `ct-stopped`. */
  readonly hooksFolder: string;
  /** What is in `config/files`: the profiles `default.seccomp` and `keyctl.seccomp`. */
  readonly filesFolder: string;
  /** Where processors and memory are limited: 1 also on hybrid hosts. */
  readonly cgroupVersion: 1 | 2;
  /** Version 1 only: does the kernel count swap (`memory.memsw.limit_in_bytes`)? */
  readonly swapAccounting: boolean;
  readonly appArmor: boolean;
  /** Has the kernel seccomp filters? */
  readonly seccomp: boolean;
  /** Does lxcfs serve /var/lib/lxcfs? */
  readonly lxcfs: boolean;
  readonly onlineCpus: readonly number[];
  /** By name. */
  readonly bridges: ReadonlyMap<string, { readonly vlanFiltering: boolean }>;
  /** Of the devices that are handed in, by their path on the host. */
  readonly devices: ReadonlyMap<string, HostDevice>;
}
