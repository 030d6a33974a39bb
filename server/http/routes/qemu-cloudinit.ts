// Routes of a VM's cloud-init drive.
import { dumpVmCloudInit, listVmCloudInit, regenerateVmCloudInit } from '../../contract/qemu-cloudinit.ts';
import type { VmService } from '../../guests/vm-service.ts';
import { type Route, route } from '../route.ts';

export interface QemuCloudInitParts {
  readonly vms: VmService;
  /** Resolves when the task ended; throws its error when it failed. */
  taskEnd(upid: string): Promise<void>;
}

export function qemuCloudInitRoutes({ vms, taskEnd }: QemuCloudInitParts): Route[] {
  return [
    route(listVmCloudInit, ({ params }) => vms.cloudInitLines(params.vmid)),
    route(regenerateVmCloudInit, async ({ params, caller }) => {
      await taskEnd(await vms.regenerateCloudInit(caller, params.vmid));
      return null;
    }),
    route(dumpVmCloudInit, ({ params }) => vms.dumpOfCloudInit(params.vmid, params.type)),
  ];
}
