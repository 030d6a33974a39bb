// Routes that make other VMs of a VM, and move its disks.
import {
  checkVmFeature,
  cloneVm,
  listLinkedClones,
  makeVmTemplate,
  moveVmDisk,
} from '../../contract/qemu-copies.ts';
import { flag } from '../../contract/reply.ts';
import type { VmService } from '../../guests/vm-service.ts';
import { type Route, route } from '../route.ts';

export function qemuCopyRoutes({ vms, node }: { readonly vms: VmService; readonly node: string }): Route[] {
  return [
    route(cloneVm, ({ params, caller }) =>
      vms.clone(caller, params.vmid, {
        newId: params.newid,
        full: params.full,
        snapshot: params.snapname,
        storage: params.storage,
        format: params.format,
        name: params.name,
        description: params.description,
        pool: params.pool,
        target: params.target,
        limitKib: params.bwlimit,
      }),
    ),
    route(makeVmTemplate, ({ params, caller }) => vms.makeTemplate(caller, params.vmid, params.disk)),
    route(moveVmDisk, ({ params, caller }) =>
      vms.moveDisk(caller, params.vmid, {
        key: params.disk,
        storage: params.storage,
        format: params.format,
        remove: params.delete ?? false,
        digest: params.digest,
        targetVmid: params['target-vmid'],
        targetKey: params['target-disk'],
        targetDigest: params['target-digest'],
        limitKib: params.bwlimit,
      }),
    ),
    route(listLinkedClones, ({ params, caller }) => vms.linkedClones(caller, params.vmid)),
    route(checkVmFeature, async ({ params }) => {
      const { possible, reason } = await vms.feature(params.vmid, params.feature, params.snapname);
      return {
        ...{ hasFeature: flag(possible), nodes: possible ? [node] : [] },
        ...(reason === undefined ? {} : { reason }),
      };
    }),
  ];
}
