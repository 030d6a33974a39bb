// The container driver's interface: what it is given to start one, and what only containers can do.
import type { Readable } from 'node:stream';
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import type { Terminal, TerminalSize } from '../../core/terminal.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { GuestDriver } from '../guest-driver.ts';

/** The id map of every unprivileged container: first id on the host, how many. */
export const ctIdMap = { first: 100_000, count: 65_536 } as const;

/** The host's side of a routed card: what it has as its gateway when it names none. */
export const routedGateways = { ip: '169.254.1.1', ip6: 'fe80::1' } as const;

/** One file system of a container. */
export interface CtMountPlan {
  /** `rootfs` or `mp0`. */
  readonly key: string;
  readonly attachment: Attachment;
  /** Inside the container; `/` for the root. */
  readonly target: string;
  readonly readOnly: boolean;
  /** Options of mount(8): nodev, noexec, ... */
  readonly options: readonly string[];
  /** Mounted idmapped with the container's map: owners inside are the same numbers as on the host. */
  readonly idmapped: boolean;
}

/** What LXC's own configuration cannot say of a network card. */
export interface CtNicPlan {
  readonly key: string;
  /** `veth101i0`: the host's side. */
  readonly hostName: string;
  /** Inside. */
  readonly name: string;
  /** Bytes per second, each direction; undefined: no limit. */
  readonly rateBytesPerSecond: number | undefined;
  readonly linkDown: boolean;
  /** Bridge to be plugged into; undefined for a routed card. */
  readonly bridge: string | undefined;
  readonly tag: number | undefined;
  readonly trunks: readonly number[];
  readonly mac: string;
  readonly mtu: number | undefined;
  /** Addresses (`192.0.2.5/32`) that the host routes to it; empty unless routed. What comes from others is dropped. */
  readonly routed: readonly string[];
}

/** A device node that a container is handed: made on a small file system of the driver's, where LXC binds it from. */
export interface CtDeviceNode {
  /** `dev0`. */
  readonly key: string;
  readonly type: 'c' | 'b';
  readonly major: number;
  readonly minor: number;
  /** `<base>/<vmid>/devices/dev0`. */
  readonly node: string;
  /** As the host sees them. */
  readonly uid: number;
  readonly gid: number;
  /** Octal, `0660`. */
  readonly mode: string;
}

export interface CtStart {
  readonly vmid: number;
  /** For the task's log. */
  readonly name: string;
  /** Complete text for `lxc-start --rcfile`, rendered by `config/render-lxc-config.ts`; the paths in it are those of `ct-paths.ts`. */
  readonly lxcConfig: string;
  readonly unprivileged: boolean;
  /** Root first, then parents before children. Mounted already by `mount`: `start` insists on it. */
  readonly mounts: readonly CtMountPlan[];
  readonly nics: readonly CtNicPlan[];
  readonly devices: readonly CtDeviceNode[];
  /** LXC logs in detail. */
  readonly debug: boolean;
}

/** `key` is the configuration key that the change comes from; `hotPlug` answers the keys that it could not apply. */
export type CtChange =
  | { readonly key: string; readonly action: 'cpu-limit'; readonly cores: number }
  | { readonly key: string; readonly action: 'cpu-weight'; readonly weight: number }
  | { readonly key: string; readonly action: 'cpu-cores'; readonly cores: number | undefined }
  | {
      readonly key: string;
      readonly action: 'memory';
      readonly memoryBytes: number;
      readonly swapBytes: number;
    }
  | { readonly key: string; readonly action: 'attach-nic'; readonly nic: CtNicPlan }
  | { readonly key: string; readonly action: 'detach-nic'; readonly nic: CtNicPlan }
  /** Bridge, tag, rate or link of a card that stays. */
  | { readonly key: string; readonly action: 'update-nic'; readonly nic: CtNicPlan }
  /** Addresses inside, set from outside; `undefined` takes them away. */
  | {
      readonly key: string;
      readonly action: 'set-addresses';
      readonly name: string;
      readonly ip: string | undefined;
      readonly gw: string | undefined;
      readonly ip6: string | undefined;
      readonly gw6: string | undefined;
    }
  | { readonly key: string; readonly action: 'hostname'; readonly hostname: string }
  | { readonly key: string; readonly action: 'attach-mount'; readonly mount: CtMountPlan };

export interface CtInterface {
  readonly name: string;
  readonly mac: string;
  /** `192.0.2.5/24`, with scope link ones of IPv6 included. */
  readonly addresses: readonly string[];
}

export interface CtExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CtDriver extends GuestDriver<CtStart, CtChange> {
  readonly kind: 'lxc';
  /** What this host's kernel lacks for safe containers, in plain words: AppArmor, seccomp, user namespaces, lxcfs. */
  warnings(): readonly string[];
  /**
   * Mounts root and mount points at their places below the run folder; answers the root's path. Repeatable. A target inside
   * is made when it is missing, never through a link that leads out of the root. `wrong-state` while it runs with others.
   */
  mount(
    context: WorkContext,
    vmid: number,
    mounts: readonly CtMountPlan[],
    unprivileged: boolean,
  ): Promise<string>;
  /** Takes all mounts of a container that does not run away. Repeatable. */
  unmount(vmid: number): Promise<void>;
  /**
   * Where this host sees each file system of the running container, by its key; what is mounted below one is another's, and to be left
   * alone. Its files change meanwhile, and are hostile. `wrong-state` unless it runs.
   */
  mountPoints(vmid: number): Promise<ReadonlyMap<string, string>>;
  /** Of the running container, seen from outside. */
  interfaces(vmid: number): Promise<CtInterface[]>;
  /** `tty`: a getty's terminal; `console`: /dev/console; `shell`: a root shell without log-in. `wrong-state` unless it runs. */
  terminal(vmid: number, mode: 'tty' | 'console' | 'shell', size: TerminalSize): Promise<Terminal>;
  /** Runs a program inside as root; its output is the container's word, at most 1 MiB each. */
  exec(
    context: WorkContext,
    vmid: number,
    argv: readonly string[],
    options?: { readonly input?: Readable | string; readonly timeoutMs?: number },
  ): Promise<CtExecResult>;
  /** A terminal with a program of choice, for `croft ct exec -t`. */
  execTerminal(vmid: number, argv: readonly string[], size: TerminalSize): Promise<Terminal>;
  /** `/proc/<pid>/root` of the running container, to be used by `root-files.ts` alone. `wrong-state` unless it runs. */
  rootOf(vmid: number): Promise<string>;
}
