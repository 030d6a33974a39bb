// What the operations on VMs stand on, handed to each kind of task.

import type { Attachment } from '../../storage-plugins/plugin.ts';
import type { Clock } from '../core/clock.ts';
import type { CloudInitHost } from './cloud-init/cloud-init-drive.ts';
import type { VmConfig } from './config/config-keys.ts';
import type { HotChange } from './config/pending-changes.ts';
import type { GuestRunParts } from './guest-run-parts.ts';
import type { VmDriver } from './vm/vm-driver.ts';
import type { VmChange, VmStart } from './vm/vm-start.ts';

export interface VmParts extends GuestRunParts {
  readonly node: string;
  readonly driver: VmDriver;
  readonly clock: Clock;
  /** Path of the template of UEFI variables for the type and keys wanted; undefined when it is not installed. */
  firmwareVariables(type: '2m' | '4m', preEnrolledKeys: boolean): string | undefined;
  /** Everything the driver needs to start a guest; throws what keeps it from starting, in words. */
  renderStart(vmid: number, config: VmConfig, attachments: ReadonlyMap<string, Attachment>): VmStart;
  /** What a change of a running guest is to the driver, one step or several; undefined when this one needs a restart after all. */
  renderChange(
    vmid: number,
    change: HotChange,
    running: VmConfig,
    wanted: VmConfig,
    attachments: ReadonlyMap<string, Attachment>,
  ): VmChange | readonly VmChange[] | undefined;
  /** The name by which libvirt knows the drive of this key: `sda`, whatever else there is. */
  diskTarget(key: string): string;
  readonly cloudInit: CloudInitHost;
  /** For new guests: the API's `meta` value. */
  meta(): string;
}

/** Attachments by the drive's key, of every volume that a start with this configuration opens. */
export type Attachments = Map<string, Attachment>;
