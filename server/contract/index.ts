// All declared methods in one list, and the map of types by method name that typed clients use.

import { accessMethods } from './access.ts';
import { accessRoleMethods } from './access-roles.ts';
import { sshKeyMethods } from './access-ssh-keys.ts';
import { accessUserMethods } from './access-users.ts';
import { aplinfoMethods } from './aplinfo.ts';
import { applianceMethods } from './appliance.ts';
import { clusterMethods } from './cluster.ts';
import { clusterBackupMethods } from './cluster-backup.ts';
import { clusterJobMethods } from './cluster-jobs.ts';
import { configBackupMethods } from './config-backups.ts';
import { guestBulkMethods } from './guest-bulk.ts';
import { guestForgetMethods } from './guest-forget.ts';
import { guestSizeMethods } from './guest-sizes.ts';
import { lxcMethods } from './lxc.ts';
import type { InputOf, MethodDeclaration, ReplyOf } from './method.ts';
import { nodeDiskChangeMethods } from './node-disk-changes.ts';
import { nodeDiskMethods } from './node-disks.ts';
import { nodeHardwareMethods } from './node-hardware.ts';
import { nodeLogMethods } from './node-logs.ts';
import { nodeNetworkMethods } from './node-network.ts';
import { nodeScanMethods } from './node-scan.ts';
import { nodeServiceMethods } from './node-services.ts';
import { nodeSettingMethods } from './node-settings.ts';
import { nodeShellMethods } from './node-shell.ts';
import { nodeStorageMethods } from './node-storage.ts';
import { nodeTaskMethods } from './node-tasks.ts';
import { nodeMethods } from './nodes.ts';
import { notificationMethods } from './notifications.ts';
import { poolMethods } from './pools.ts';
import { qemuMethods } from './qemu.ts';
import { retentionForecastMethods } from './retention-forecast.ts';
import { storageMethods } from './storage.ts';
import { storageTypeMethods } from './storage-types.ts';
import { storageVolumeMethods } from './storage-volumes.ts';
import { tfaMethods } from './tfa.ts';
import { versionMethods } from './version.ts';
import { vzdumpMethods } from './vzdump.ts';
import { vzdumpProofMethods } from './vzdump-proof.ts';

/** Every method that is declared, each with its own narrow type. */
const allMethods = [
  ...versionMethods,
  ...accessMethods,
  ...accessUserMethods,
  ...sshKeyMethods,
  ...accessRoleMethods,
  ...tfaMethods,
  ...poolMethods,
  ...clusterMethods,
  ...clusterBackupMethods,
  ...clusterJobMethods,
  ...configBackupMethods,
  ...retentionForecastMethods,
  ...guestSizeMethods,
  ...nodeMethods,
  ...nodeTaskMethods,
  ...nodeServiceMethods,
  ...nodeLogMethods,
  ...nodeDiskMethods,
  ...nodeDiskChangeMethods,
  ...nodeHardwareMethods,
  ...nodeSettingMethods,
  ...nodeNetworkMethods,
  ...nodeShellMethods,
  ...applianceMethods,
  ...storageMethods,
  ...nodeStorageMethods,
  ...storageVolumeMethods,
  ...nodeScanMethods,
  ...storageTypeMethods,
  ...qemuMethods,
  ...lxcMethods,
  ...aplinfoMethods,
  ...guestBulkMethods,
  ...guestForgetMethods,
  ...vzdumpMethods,
  ...notificationMethods,
  ...vzdumpProofMethods,
] as const;

/** The same list for code that walks over it. */
export const declarations: readonly MethodDeclaration[] = allMethods as unknown as MethodDeclaration[];

type AnyMethod = (typeof allMethods)[number];

/** `ApiMap['GET /version']['reply']`: what a client gives and gets, by method name. */
export type ApiMap = {
  [M in AnyMethod as `${M['verb']} ${M['path']}`]: { params: InputOf<M>; reply: ReplyOf<M> };
};
