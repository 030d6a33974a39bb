// All routes of the daemon, in one list.

import type { ConfigService } from '../../backup/host-config/config-service.ts';
import type { ProofService } from '../../backup/proof/proof-service.ts';
import type { BackupService } from '../../backup/run/backup-service.ts';
import type { MethodDeclaration } from '../../contract/method.ts';
import type { GuestAgent } from '../../guests/guest-agent.ts';
import type { GuestBulk } from '../../guests/guest-bulk.ts';
import type { EventHub } from '../events.ts';
import { eventsRoute } from '../events-route.ts';
import type { Route } from '../route.ts';
import { type AccessRouteParts, accessRoutes } from './access.ts';
import { type AplinfoRouteParts, aplinfoRoutes } from './aplinfo.ts';
import { type ApplianceRouteParts, applianceRoutes } from './appliance.ts';
import { type ApplianceInstallParts, applianceInstallRoutes } from './appliance-install.ts';
import { type ApplianceStateParts, applianceStateRoutes } from './appliance-state.ts';
import { type ClusterRouteParts, clusterRoutes } from './cluster.ts';
import { type ClusterBackupParts, clusterBackupRoutes } from './cluster-backup.ts';
import { configBackupRoutes } from './config-backups.ts';
import { ofExistingGuests } from './existing-guest.ts';
import { guestBulkRoutes } from './guest-bulk.ts';
import { guestForgetRoutes } from './guest-forget.ts';
import { type LxcRouteParts, lxcRoutes } from './lxc.ts';
import { type LxcConsoleParts, lxcConsoleRoutes } from './lxc-console.ts';
import { lxcInsideRoutes } from './lxc-inside.ts';
import { type NodeDiskRouteParts, nodeDiskRoutes } from './node-disks.ts';
import { type NodeHostRouteParts, nodeHostRoutes } from './node-host.ts';
import { type NodeServiceRouteParts, nodeServiceRoutes } from './node-services.ts';
import { type NodeShellRouteParts, nodeShellRoutes } from './node-shell.ts';
import { type NodeRouteParts, nodeRoutes } from './nodes.ts';
import { type NotificationRouteParts, notificationRoutes } from './notifications.ts';
import { type PoolRouteParts, poolRoutes } from './pools.ts';
import { type QemuRouteParts, qemuRoutes } from './qemu.ts';
import { qemuAgentRoutes } from './qemu-agent.ts';
import { qemuCloudInitRoutes } from './qemu-cloudinit.ts';
import { type QemuConsoleParts, qemuConsoleRoutes } from './qemu-console.ts';
import { qemuMonitorRoutes } from './qemu-monitor.ts';
import { qemuSnapshotRoutes } from './qemu-snapshots.ts';
import { type StorageRouteParts, storageRoutes } from './storage.ts';
import { type StorageScanParts, storageScanRoutes } from './storage-scan.ts';
import { type TaskRouteParts, taskRoutes } from './tasks.ts';
import { vzdumpRoutes } from './vzdump.ts';
import { vzdumpProofRoutes } from './vzdump-proof.ts';

export interface AllRouteParts {
  readonly access: AccessRouteParts;
  readonly pools: PoolRouteParts;
  readonly cluster: ClusterRouteParts;
  readonly backups: BackupService;
  readonly proofs: ProofService;
  readonly notifications: NotificationRouteParts;
  readonly backupJobs: ClusterBackupParts;
  readonly configBackups: ConfigService;
  readonly nodes: NodeRouteParts;
  readonly nodeHost: {
    readonly disks: NodeDiskRouteParts;
    readonly machine: NodeHostRouteParts;
    readonly services: NodeServiceRouteParts;
    readonly shell: NodeShellRouteParts;
  };
  readonly appliance: {
    readonly slots: ApplianceRouteParts;
    readonly state: ApplianceStateParts;
    readonly install: ApplianceInstallParts;
  };
  readonly tasks: TaskRouteParts;
  readonly bulk: {
    readonly run: GuestBulk;
    startTask(type: string, params: object, requester: string): Promise<string>;
  };
  readonly qemu: QemuRouteParts;
  readonly agent: GuestAgent;
  readonly consoles: QemuConsoleParts;
  readonly lxc: LxcRouteParts;
  readonly lxcConsoles: LxcConsoleParts;
  readonly aplinfo: AplinfoRouteParts;
  readonly storage: StorageRouteParts;
  readonly storageScan: StorageScanParts;
  readonly events: EventHub;
}

export function allRoutes(parts: AllRouteParts): Route[] {
  const routes = [
    ...clusterRoutes(parts.cluster),
    ...clusterBackupRoutes(parts.backupJobs),
    ...configBackupRoutes(parts.configBackups),
    ...notificationRoutes(parts.notifications),
    ...vzdumpRoutes(parts.backups),
    ...vzdumpProofRoutes(parts.proofs),
    ...accessRoutes(parts.access),
    ...poolRoutes(parts.pools),
    ...nodeRoutes(parts.nodes),
    ...nodeHostRoutes(parts.nodeHost.machine),
    ...nodeDiskRoutes(parts.nodeHost.disks),
    ...nodeServiceRoutes(parts.nodeHost.services),
    ...nodeShellRoutes(parts.nodeHost.shell),
    ...applianceRoutes(parts.appliance.slots),
    ...applianceStateRoutes(parts.appliance.state),
    ...applianceInstallRoutes(parts.appliance.install),
    ...taskRoutes(parts.tasks),
    ...guestBulkRoutes(parts.bulk.run),
    ...guestForgetRoutes(parts.bulk),
    ...qemuRoutes(parts.qemu),
    ...qemuAgentRoutes(parts.agent),
    ...qemuCloudInitRoutes(parts.qemu),
    ...qemuConsoleRoutes(parts.consoles),
    ...qemuSnapshotRoutes(parts.qemu),
    ...qemuMonitorRoutes(parts.qemu),
    ...lxcRoutes(parts.lxc),
    ...lxcConsoleRoutes(parts.lxcConsoles),
    ...lxcInsideRoutes(parts.lxcConsoles),
    ...aplinfoRoutes(parts.aplinfo),
    ...storageRoutes(parts.storage),
    ...storageScanRoutes(parts.storageScan),
    eventsRoute(parts.events),
  ];
  return ofExistingGuests(routes, () => parts.cluster.store);
}

/** What is implemented: the declarations of all routes. Binding a route reads none of its parts, so none are needed. */
export function allDeclarationsWithHandlers(): readonly MethodDeclaration[] {
  const nothing = new Proxy({}, { get: () => nothing }) as never;
  return allRoutes(nothing).map((route) => route.declaration);
}
