// The typed model of a container: its configuration read, with defaults filled in. What lxc.conf and the set-up are made from.
import type { CtOsType } from '../../contract/lxc-options.ts';

export type { CtOsType };

export interface CtMount {
  /** `rootfs` or `mp0`. */
  readonly key: string;
  /**
   * `volume`: `source` is `storage:name`; `bind`: an absolute folder of the host; `device`: a block device of the host
   * (`/dev/...`).
   */
  readonly kind: 'volume' | 'bind' | 'device';
  readonly source: string;
  /** Absolute path inside; `/` for the root. Normal: no `..`, no double slash. */
  readonly target: string;
  readonly sizeBytes: number | undefined;
  readonly readOnly: boolean;
  /** discard, lazytime, noatime, nodev, noexec, nosuid. */
  readonly options: readonly string[];
  readonly acl: boolean | undefined;
  readonly quota: boolean;
  readonly backup: boolean;
  readonly shared: boolean;
  readonly replicate: boolean;
  /** Bind mounts of unprivileged containers: owners inside are the same numbers as on the host (idmapped). */
  readonly keepOwners: boolean;
}

export interface CtNic {
  /** `net0`. */
  readonly key: string;
  readonly index: number;
  /** Inside: `eth0`. */
  readonly name: string;
  /** Undefined: routed when there is a fixed address, else plugged into nothing. */
  readonly bridge: string | undefined;
  readonly mac: string | undefined;
  /** `dhcp`, `manual`, or address/prefix; undefined: nothing is set up. */
  readonly ip: string | undefined;
  readonly gw: string | undefined;
  /** `auto`, `dhcp`, `manual`, or address/prefix. */
  readonly ip6: string | undefined;
  readonly gw6: string | undefined;
  readonly firewall: boolean;
  readonly linkDown: boolean;
  readonly mtu: number | undefined;
  /** Megabytes (10^6 bytes) per second, in each direction, as the API has it for containers. */
  readonly rate: number | undefined;
  readonly tag: number | undefined;
  /** VLAN ids that pass tagged. */
  readonly trunks: readonly number[];
  /** The host gives the interface its addresses; the system inside need not know how. */
  readonly hostManaged: boolean;
}

export interface CtDevice {
  /** `dev0`. */
  readonly key: string;
  /** `/dev/...` on the host and inside. */
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
  /** Octal, `0660`. */
  readonly mode: string;
  readonly denyWrite: boolean;
}

export interface CtFeatures {
  readonly nesting: boolean;
  readonly keyctl: boolean;
  readonly fuse: boolean;
  readonly mknod: boolean;
  readonly forceRwSys: boolean;
  /** File systems that may be mounted inside: `nfs`, `cifs`. */
  readonly mount: readonly string[];
}

export interface CtModel {
  readonly vmid: number;
  readonly hostname: string;
  readonly osType: CtOsType;
  readonly arch: string;
  readonly unprivileged: boolean;
  /** Undefined: all of the node's. */
  readonly cores: number | undefined;
  /** In processors, 0.5 is half of one; 0: no limit. */
  readonly cpuLimit: number;
  /** Weight as cgroup v2 has it (1 to 10,000; the usual is 100). */
  readonly cpuUnits: number;
  readonly memoryMib: number;
  /** On top of the memory. */
  readonly swapMib: number;
  readonly root: CtMount;
  /** Sorted by target, parents first. */
  readonly mounts: readonly CtMount[];
  readonly unused: readonly { readonly key: string; readonly volume: string }[];
  readonly nics: readonly CtNic[];
  readonly devices: readonly CtDevice[];
  readonly features: CtFeatures;
  /** Addresses; empty: the host's. */
  readonly nameservers: readonly string[];
  readonly searchDomain: string | undefined;
  /** `Europe/Rome`, `host` or undefined for the template's own. */
  readonly timezone: string | undefined;
  /** Number of terminals /dev/tty1 on. */
  readonly tty: number;
  /** Is there a /dev/console? */
  readonly console: boolean;
  readonly consoleMode: 'tty' | 'console' | 'shell';
  readonly onBoot: boolean;
  readonly startup: string | undefined;
  readonly hookScript: string | undefined;
  readonly protection: boolean;
  readonly template: boolean;
  readonly lock: string | undefined;
  readonly tags: readonly string[];
  readonly description: string | undefined;
  readonly debug: boolean;
  /** The first program; undefined: /sbin/init. */
  readonly entrypoint: string | undefined;
  readonly env: readonly { readonly name: string; readonly value: string }[];
}
