// What tasks and services of VMs stand on, put together: the renderer of domains, ends of runs, cloud-init.
import type { Config } from './config.ts';
import { hashPassword } from './core/hash-password.ts';
import type { DaemonParts } from './daemon-parts.ts';
import type { GuestPools } from './guests/guest-pools.ts';
import type { GuestStates } from './guests/guest-states.ts';
import type { HookScripts } from './guests/hook-scripts.ts';
import { createVmRenderer } from './guests/vm/vm-renderer.ts';
import type { VmParts } from './guests/vm-parts.ts';
import { createVmRunEnds } from './guests/vm-run-ends.ts';
import type { StorageService } from './storage/storage-service.ts';

export function assembleVms(
  parts: DaemonParts,
  needs: {
    readonly config: Pick<Config, 'guestPrefix' | 'node'>;
    readonly guestRuntimeDir: string;
    readonly accelerator: () => 'kvm' | 'tcg';
    readonly states: GuestStates;
    readonly storages: StorageService;
    readonly hooks: HookScripts;
    readonly pools: GuestPools;
  },
): VmParts {
  const { store, driver, clock, exec, log } = parts;
  const { config, guestRuntimeDir, accelerator, states, storages, hooks, pools } = needs;
  return {
    ...{ node: config.node, store, states, driver, clock, storages, hooks, pools },
    ends: createVmRunEnds({ store, states, hooks, storages }, log),
    ...createVmRenderer({
      ...{ guestPrefix: config.guestPrefix, runtimeDir: guestRuntimeDir, accelerator },
      bridgeExists: parts.bridgeExists,
      fileExists: parts.fileExists,
      filtersVlans: parts.filtersVlans,
    }),
    cloudInit: {
      dns: parts.containers.facts,
      hashPassword: (password) => hashPassword(exec, password, 'cipassword'),
      write: parts.cloudInitImage,
    },
    meta: () => `ctime=${Math.floor(clock.now() / 1000)}`,
  };
}
