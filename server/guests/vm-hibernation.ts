// What routes call to hibernate VMs and to wake them up: what is allowed and possible, then a task.
import { invalidInput } from '../core/errors.ts';
import type { VmHibernateParams } from '../tasks/kinds/vm-hibernate.ts';
import { activeConfig } from './config/guest-document.ts';
import { readVmConfig } from './config/read-vm-config.ts';
import { readGuest } from './guest-documents.ts';
import type { Asker } from './guest-requests.ts';
import { assertAction } from './guest-state-rules.ts';
import { requireAll } from './needed-privileges.ts';
import type { VmServiceParts } from './vm-service.ts';
import { keptDisks, memoryStorageOf } from './vm-snapshots.ts';

export function createVmHibernation(parts: VmServiceParts) {
  /** Besides the method's own privilege it takes those for the disk that is made (the published API's description of `todisk`). */
  async function hibernate(asker: Asker, vmid: number, statestorage: string | undefined): Promise<string> {
    const config = activeConfig(readGuest(parts.store, vmid));
    requireAll(asker, [{ path: `/vms/${vmid}`, privilege: 'VM.Config.Disk' }]);
    assertAction(parts, vmid, 'suspend');
    const model = readVmConfig({ vmid, config });
    const storage = memoryStorageOf(parts, model, keptDisks(config), statestorage);
    requireAll(asker, [{ path: `/storage/${storage}`, privilege: 'Datastore.AllocateSpace' }]);
    const params: VmHibernateParams = { vmid, storage };
    return parts.startTask('qmsuspend', params, asker.requester);
  }

  /** One that was hibernated is started: that is how it goes on. */
  async function resume(asker: Asker, vmid: number): Promise<string> {
    const fromDisk = readGuest(parts.store, vmid).suspended !== undefined;
    return parts.startTask('qmresume', { vmid, ...(fromDisk ? { fromDisk } : {}) }, asker.requester);
  }

  /** `delete=vmstate`, which must stand alone: nothing else is changed of a VM in this state. */
  async function discardState(asker: Asker, vmid: number, alone: boolean): Promise<string> {
    if (!alone) throw invalidInput({ delete: "'vmstate' cannot be removed together with other changes" });
    requireAll(asker, [
      { path: `/vms/${vmid}`, privilege: 'VM.Config.Disk' },
      { path: `/vms/${vmid}`, privilege: 'VM.PowerMgmt' },
    ]);
    return parts.startTask('qmdiscard', { vmid }, asker.requester);
  }

  return { hibernate, resume, discardState };
}
