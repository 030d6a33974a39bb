// What tasks that start and stop guests stand on, alike for VMs and containers.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import type { GuestDriver } from './guest-driver.ts';
import type { GuestPools } from './guest-pools.ts';
import type { GuestStates } from './guest-states.ts';
import type { GuestStorages } from './guest-volumes.ts';
import type { RunEnds } from './guest-watcher.ts';
import type { HookScripts } from './hook-scripts.ts';

export interface GuestRunParts {
  readonly store: ClusterStore;
  readonly states: GuestStates;
  readonly driver: Pick<GuestDriver, 'stop'>;
  readonly storages: GuestStorages;
  readonly hooks: HookScripts;
  readonly pools: GuestPools;
  /** What follows the end of a run. */
  readonly ends: RunEnds;
}
