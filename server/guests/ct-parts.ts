// What the operations on containers stand on, handed to each kind of task.
import type { Attachment } from '../../storage-plugins/plugin.ts';
import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { Clock } from '../core/clock.ts';
import type { VmConfig } from './config/config-keys.ts';
import type { CtChange, CtDriver, CtStart } from './ct/ct-driver.ts';
import type { CtModel } from './ct/ct-model.ts';
import type { CtFileSystems, CtSetup, SetupFacts } from './ct/ct-setup.ts';
import type { GuestStates } from './guest-states.ts';
import type { GuestStorages } from './guest-volumes.ts';

/** A container's configuration in the API's own notation, as a VM's. */
export type CtConfig = VmConfig;

export interface CtParts {
  readonly node: string;
  readonly store: ClusterStore;
  readonly states: GuestStates;
  readonly driver: CtDriver;
  readonly storages: GuestStorages;
  readonly setup: CtSetup;
  readonly fileSystems: CtFileSystems;
  readonly clock: Clock;
  facts(): Promise<SetupFacts>;
  /** Everything the driver needs to start it; throws what keeps it from starting, in words. */
  renderStart(vmid: number, config: CtConfig, attachments: ReadonlyMap<string, Attachment>): CtStart;
  /** What a change of a running container is to the driver; undefined when this one needs a restart after all. */
  renderChange(
    vmid: number,
    key: string,
    running: CtModel,
    wanted: CtModel,
    attachments: ReadonlyMap<string, Attachment>,
  ): readonly CtChange[] | undefined;
}
