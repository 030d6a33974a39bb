// The parameters of tasks on containers, as the service hands them over. Plain JSON: they are stored, so no secret may be in them.
import type { ConfigInput } from '../config/config-keys.ts';
import type { CtConfigChange } from './config/merge-ct-change.ts';

export interface CtTarget {
  readonly vmid: number;
}

export type CtShutdownParams = CtTarget & {
  readonly timeoutSeconds?: number;
  /** End it when the time is over, instead of failing. */
  readonly forceStop?: boolean;
};

export type CtStartParams = CtTarget & {
  /** LXC logs in detail, this time. */
  readonly debug?: boolean;
};

export interface CtCreateParams {
  readonly vmid: number;
  readonly change: CtConfigChange;
  /** Volume id of the template: `local:vztmpl/debian-13.tar.zst`. */
  readonly template: string;
  readonly start: boolean;
  /** Token of the first password and keys in `CtSecrets`: they themselves are never stored. */
  readonly secrets?: string;
  readonly pool?: string;
}

export interface CtConfigParams {
  readonly vmid: number;
  readonly set: Readonly<Record<string, ConfigInput>>;
  readonly remove: readonly string[];
  /** Keys whose waiting change is dropped, before the rest is done. */
  readonly revert: readonly string[];
  readonly digest: string | undefined;
}

export interface CtDeleteParams {
  readonly vmid: number;
  /** Also volumes that bear its number and that its configuration does not name. */
  readonly unreferenced: boolean;
  /** Also out of the backup jobs that name it. */
  readonly purge?: boolean;
  /** Also while it runs: it is stopped first. */
  readonly force?: boolean;
}

export interface CtResizeParams {
  /** VMs have tasks of the same type. */
  readonly kind: 'lxc';
  readonly vmid: number;
  /** `rootfs` or `mp0`. */
  readonly disk: string;
  /** The API's notation: a size, or `+` and a size to grow by. */
  readonly size: string;
  readonly digest: string | undefined;
}

export interface CtCloneParams {
  readonly vmid: number;
  readonly newId: number;
  readonly full: boolean;
  readonly snapshot?: string;
  /** Where the volumes of a full clone go; default: where each is. */
  readonly storage?: string;
  readonly hostname?: string;
  readonly description?: string;
  readonly pool?: string;
}

export interface CtMoveParams {
  readonly vmid: number;
  /** `rootfs`, `mp0`, `unused0`. */
  readonly key: string;
  readonly storage: string;
  /** The old volume is removed, not kept as an unused one. */
  readonly remove: boolean;
  readonly digest: string | undefined;
}

export interface CtGiveParams {
  readonly vmid: number;
  /** `mp0`, `unused0`; never the root. */
  readonly key: string;
  readonly targetVmid: number;
  readonly targetKey: string;
  readonly digest: string | undefined;
  readonly targetDigest: string | undefined;
}

export interface CtSnapshotParams {
  readonly vmid: number;
  readonly name: string;
  readonly description?: string;
}

export interface CtDelSnapshotParams {
  readonly vmid: number;
  readonly name: string;
  /** Forget it even when a storage does not remove its part. */
  readonly force?: boolean;
}

export interface CtRollbackParams {
  readonly vmid: number;
  readonly name: string;
  readonly start: boolean;
}

export interface TemplateBuildParams {
  readonly storage: string;
  /** As the catalogue knows it, `debian-13-standard_13-20261121_amd64.tar.zst`: also the name of the file to be. */
  readonly template: string;
  /** Random; by it the task finds again what it had begun. */
  readonly key: string;
}
