// What the daemon is put together from: parts that `main.ts` (real) or `dev.ts` (fakes) hands in.
import type { PluginRegistry } from '../storage-plugins/registry.ts';
import type { Power } from './appliance/power.ts';
import type { ContainerNeeds } from './assemble-containers.ts';
import type { ArchiveWorker } from './backup/restore/archive-worker.ts';
import type { StillTrees } from './backup/run/ct-source.ts';
import type { RunOrder } from './backup/run/run-worker.ts';
import type { ClusterStore } from './cluster/cluster-store.ts';
import type { Config } from './config.ts';
import type { MachineFactsReply } from './contract/appliance.ts';
import type { Installer } from './contract/installer.ts';
import type { Clock } from './core/clock.ts';
import type { Exec } from './core/exec.ts';
import type { Logger } from './core/log.ts';
import type { Db } from './db/database.ts';
import type { WriteCloudInitImage } from './guests/cloud-init/image.ts';
import type { LiveRestoreHost } from './guests/vm/live-restore-host.ts';
import type { VmDriver } from './guests/vm/vm-driver.ts';
import type { AcceleratorChoiceParts } from './node/accelerator-choice.ts';
import type { NodeHost } from './node/node-host.ts';
import type { NodeServiceParts } from './node/node-service.ts';
import type { StorageScans } from './storage/storage-scans.ts';
import type { OnBoundary } from './tasks/crash-point.ts';

export interface DaemonParts {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly exec: Exec;
  readonly db: Db;
  readonly metricsDb: Db;
  readonly store: ClusterStore;
  readonly driver: VmDriver;
  readonly containers: ContainerNeeds;
  readonly cloudInitImage: WriteCloudInitImage;
  /** Reads backups. */
  readonly archives: ArchiveWorker;
  readonly liveRestores: LiveRestoreHost;
  /** Writes them. */
  readonly runBackupOrder: RunOrder;
  /** Of containers, for them; default: this host's own. */
  readonly backupTrees?: StillTrees;
  readonly plugins: PluginRegistry;
  /** Looks for what a new storage could be made of. */
  readonly scans: StorageScans;
  readonly accelerator: Pick<AcceleratorChoiceParts, 'cacheKey' | 'detect'>;
  readonly interfaces: NodeServiceParts['interfaces'];
  /** The machine itself: services, logs, disks, settings, terminal. */
  readonly host: NodeHost;
  readonly bridgeExists: (name: string) => boolean;
  readonly fileExists: (path: string) => boolean;
  readonly filtersVlans: (bridge: string) => boolean;
  /** Makes the private network; its warnings are for the log. */
  readonly bringUpNetwork: () => Promise<readonly string[]>;
  /** Restarts the machine or switches it off. */
  readonly power: Power;
  /** In a live system only: an installed one never erases its disks. */
  readonly installer: Installer | undefined;
  /** Disks and network cards of this machine. */
  readonly machine: (signal: AbortSignal) => Promise<MachineFactsReply>;
  /** Folder of the built web UI; without it only the API is served. */
  readonly uiDir: string | undefined;
  readonly onBoundary: OnBoundary | undefined;
  /** Check replies against their declarations. */
  readonly checkReplies: boolean;
}
