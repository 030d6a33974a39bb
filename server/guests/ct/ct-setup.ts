// Templates and what is written into a container's root: the interface between the operations and the parts that know systems.
import type { Attachment } from '../../../storage-plugins/plugin.ts';
import type { WorkContext } from '../../core/work-context.ts';
import type { CtModel, CtOsType } from './ct-model.ts';

/** Limits against hostile templates. */
export interface UnpackLimits {
  readonly mostEntries: number;
  readonly mostBytes: number;
}

export interface UnpackedTemplate {
  readonly osType: CtOsType;
  /** `amd64`; read from the ELF header of /bin/sh or /sbin/init; undefined when that cannot be told. */
  readonly arch: string | undefined;
  readonly entries: number;
  readonly bytes: number;
}

export interface FirstSecrets {
  /** Of root. Never stored, never in an argument: handed by memory alone. */
  readonly password?: string | undefined;
  readonly sshKeys?: string | undefined;
}

export interface CtSetup {
  /**
   * Unpacks the archive (`.tar.zst`, `.tar.xz`, `.tar.gz`, `.tar.bz2`) into an empty folder. Unprivileged: inside a user namespace
   * with the container's map. Absolute names, `..`, links out of the root, device nodes (but for those an unprivileged unpack
   * leaves out), more entries or bytes than allowed: `invalid-input` naming the entry. What was unpacked is the caller's to
   * remove. Logs progress in entries and bytes.
   */
  unpack(
    context: WorkContext,
    archive: string,
    root: string,
    options: { readonly unprivileged: boolean; readonly limits?: UnpackLimits },
  ): Promise<UnpackedTemplate>;
  /** Which family the root is, by /etc/os-release and its like; `unmanaged` when nobody knows. Never follows a link outside. */
  detect(root: string): Promise<Pick<UnpackedTemplate, 'osType' | 'arch'>>;
  /**
   * Once after creation or cloning: new machine id, new SSH host keys, password and keys of root.
   * Repeatable.
   */
  firstTime(context: WorkContext, root: string, model: CtModel, secrets: FirstSecrets): Promise<void>;
  /**
   * Before each start, and after a change of a running container: hostname, hosts, DNS, network, time zone, gettys. Writes only
   * what differs; a file that its administrator took over (`.croft-ignore` beside it, as `.pve-ignore`) is left alone.
   * Answers the paths written.
   */
  apply(context: WorkContext, root: string, model: CtModel, facts: SetupFacts): Promise<string[]>;
}

export interface SetupFacts {
  /** DNS and domain of the host, for containers that have none of their own. */
  readonly nameservers: readonly string[];
  readonly searchDomain: string | undefined;
  /** Networks whose name server is this host; a container with a card there asks it, and so finds its neighbours by name. */
  readonly privateNets: readonly PrivateNetFacts[];
  /** The host's zone, for `timezone=host`. */
  readonly timezone: string;
}

export interface PrivateNetFacts {
  readonly bridge: string;
  /** The host's on that bridge: `10.86.1.1`. */
  readonly address: string;
  readonly domain: string;
}

/** Makes and empties file systems of volumes; used by the operations and by the driver's mounts. */
export interface CtFileSystems {
  /** ext4 in a file or block device that is empty: `mkfs.ext4`, root folder owned by `uid`. `wrong-state` when it holds anything. */
  format(context: WorkContext, attachment: Attachment, uid: number): Promise<void>;
  /** Grows the ext4 to its volume. Also while it is mounted. */
  grow(context: WorkContext, attachment: Attachment): Promise<void>;
  /** Copies a tree with owners, modes, times, links, sparse files, xattrs and ACLs. */
  copyTree(context: WorkContext, from: string, to: string): Promise<void>;
}
