// Routes of a VM's snapshots.
import {
  createVmSnapshot,
  deleteVmSnapshot,
  indexVmSnapshot,
  listVmSnapshots,
  readVmSnapshotConfig,
  rollbackVmSnapshot,
  setVmSnapshotConfig,
} from '../../contract/qemu-snapshot.ts';
import type { VmService } from '../../guests/vm-service.ts';
import { type Route, route } from '../route.ts';

export function qemuSnapshotRoutes({ vms }: { readonly vms: VmService }): Route[] {
  return [
    route(listVmSnapshots, ({ params }) => vms.listSnapshots(params.vmid)),
    route(createVmSnapshot, ({ params, caller }) =>
      vms.takeSnapshot(caller, params.vmid, {
        name: params.snapname,
        description: params.description,
        memory: params.vmstate ?? false,
      }),
    ),
    route(indexVmSnapshot, ({ params }) => {
      vms.configOfSnapshot(params.vmid, params.snapname);
      return ['config', 'rollback'].map((word) => ({ cmd: word, subdir: word }));
    }),
    route(deleteVmSnapshot, ({ params, caller }) =>
      vms.removeSnapshot(caller, params.vmid, params.snapname, params.force ?? false),
    ),
    route(readVmSnapshotConfig, ({ params }) => vms.describedSnapshot(params.vmid, params.snapname)),
    route(setVmSnapshotConfig, async ({ params }) => {
      await vms.describeSnapshot(params.vmid, params.snapname, params.description);
      return null;
    }),
    route(rollbackVmSnapshot, ({ params, caller }) =>
      vms.rollBack(caller, params.vmid, params.snapname, params.start ?? false),
    ),
  ];
}
