// The looks of the storage types that come with Croft, by this node's programs.
import { scanCifsShares } from '../../storage-plugins/cifs/scan.ts';
import { scanIscsiTargets } from '../../storage-plugins/iscsi/scan.ts';
import { scanNfsExports } from '../../storage-plugins/nfs/scan.ts';
import type { Exec } from '../core/exec.ts';
import { scanThinPools, scanVolumeGroups } from './scan-lvm.ts';
import type { StorageScans } from './storage-scans.ts';

export function builtInScans(exec: Exec): StorageScans {
  return {
    nfs: (context, server) => scanNfsExports(exec, context, server),
    cifs: (context, question) => scanCifsShares(exec, context, question),
    iscsi: (context, portal) => scanIscsiTargets(exec, context, portal),
    volumeGroups: (context) => scanVolumeGroups(exec, context),
    thinPools: (context, vg) => scanThinPools(exec, context, vg),
  };
}
