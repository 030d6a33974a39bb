// What can be asked of snapshots of VMs: what is possible now, and the tasks.
import { configDigest } from '../core/config-digest.ts';
import { AppError, notFound } from '../core/errors.ts';
import type { VmDelSnapshotParams } from '../tasks/kinds/vm-del-snapshot.ts';
import type { VmRollbackParams } from '../tasks/kinds/vm-rollback.ts';
import type { VmSnapshotParams } from '../tasks/kinds/vm-snapshot.ts';
import { withoutPassword } from './config/cloud-init-keys.ts';
import type { ConfigValue } from './config/config-keys.ts';
import type { GuestSnapshot } from './config/guest-document.ts';
import { changeGuest, readGuest } from './guest-documents.ts';
import type { Asker } from './guest-requests.ts';
import { type SnapshotLine, snapshotLines, withSnapshotDescription } from './guest-snapshots.ts';
import type { VmServiceParts } from './vm-service.ts';
import { vmRuns } from './vm-state-rules.ts';

export function createVmSnapshots(parts: VmServiceParts) {
  function read(vmid: number, name: string): GuestSnapshot {
    const found = readGuest(parts.store, vmid).snapshots?.[name];
    if (!found) throw notFound('snapshot', name);
    return found;
  }

  function listSnapshots(vmid: number): SnapshotLine[] {
    const document = readGuest(parts.store, vmid);
    return snapshotLines(document, vmRuns(parts, vmid), configDigest(document.config));
  }

  async function takeSnapshot(
    asker: Asker,
    vmid: number,
    wish: { readonly name: string; readonly description: string | undefined; readonly memory: boolean },
  ): Promise<string> {
    const { name, description, memory } = wish;
    if (readGuest(parts.store, vmid).snapshots?.[name])
      throw new AppError('already-exists', `snapshot name '${name}' already used`);
    const described = description === undefined ? {} : { description };
    const params: VmSnapshotParams = { vmid, name, memory, ...described };
    return parts.startTask('qmsnapshot', params, asker.requester);
  }

  async function removeSnapshot(asker: Asker, vmid: number, name: string, force: boolean): Promise<string> {
    read(vmid, name);
    const params: VmDelSnapshotParams = { vmid, name, force };
    return parts.startTask('qmdelsnapshot', params, asker.requester);
  }

  async function rollBack(asker: Asker, vmid: number, name: string, start: boolean): Promise<string> {
    read(vmid, name);
    const params: VmRollbackParams = { vmid, name, start };
    return parts.startTask('qmrollback', params, asker.requester);
  }

  /** The configuration as it was, without a password in clear. */
  function configOfSnapshot(vmid: number, name: string): Record<string, ConfigValue> {
    return withoutPassword(read(vmid, name).config);
  }

  /** The same, with what is known of the snapshot itself. */
  function describedSnapshot(vmid: number, name: string): Record<string, ConfigValue> {
    const { snaptime, description, parent, memory } = read(vmid, name);
    return {
      ...configOfSnapshot(vmid, name),
      snaptime,
      ...(description === undefined ? {} : { description }),
      ...(parent === undefined ? {} : { parent }),
      ...(memory === undefined ? {} : { vmstate: memory.volume }),
      ...(memory?.machine === undefined ? {} : { runningmachine: memory.machine }),
      ...(memory?.cpu === undefined ? {} : { runningcpu: memory.cpu }),
    };
  }

  /** At once: only a text changes. */
  async function describeSnapshot(
    vmid: number,
    name: string,
    description: string | undefined,
  ): Promise<void> {
    read(vmid, name);
    await changeGuest(parts.store, vmid, (document) => withSnapshotDescription(document, name, description));
  }

  return {
    ...{ listSnapshots, takeSnapshot, removeSnapshot, rollBack, describeSnapshot },
    ...{ configOfSnapshot, describedSnapshot },
  };
}
