// VMs that ran while they were restored, and whose restore broke off: it is finished when somebody asks, and at the daemon's start.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { AppError, asAppError } from '../core/errors.ts';
import type { Logger } from '../core/log.ts';
import type { RestoreFinishParams } from '../tasks/kinds/restore-finish.ts';
import type { TaskRecord } from '../tasks/task.ts';
import type { GuestDocument } from './config/guest-document.ts';
import { listOwnGuests, readGuest } from './guest-documents.ts';
import type { Asker } from './guest-requests.ts';

export interface UnfinishedParts {
  readonly store: ClusterStore;
  readonly node: string;
  startTask(type: string, params: object, requester: string): Promise<string>;
}

/** Answers the task's UPID; `wrong-state` for a VM that has all of its backup. */
export async function finishRestore(parts: UnfinishedParts, asker: Asker, vmid: number): Promise<string> {
  const params = restOf(readGuest(parts.store, vmid));
  if (params === undefined)
    throw new AppError('wrong-state', `VM ${vmid} has no restore that could be finished`);
  return parts.startTask('qmrestorefinish', params, asker.requester);
}

/**
 * At the daemon's start, when tasks that were cut off go on already: what is under way is left to those. `active`: the tasks that have
 * not ended. Never rejects.
 */
export async function finishLeftRestores(
  parts: UnfinishedParts & { readonly log: Logger },
  active: readonly Pick<TaskRecord, 'type' | 'objectId'>[],
): Promise<void> {
  const restores = active.filter(({ type }) => type === 'qmrestore' || type === 'qmrestorefinish');
  const underWay = new Set(restores.map(({ objectId }) => Number(objectId)));
  // Temporary guests are removed with their trial.
  for (const document of listOwnGuests(parts.store)) {
    const { vmid, node } = document;
    const params = node === parts.node && !underWay.has(vmid) ? restOf(document) : undefined;
    if (params === undefined) continue;
    try {
      const upid = await parts.startTask('qmrestorefinish', params, 'root@pam');
      parts.log.info({ vmid, upid }, 'a restore that broke off is finished');
    } catch (error) {
      parts.log.warn({ vmid, problem: asAppError(error).message }, 'a restore cannot be finished');
    }
  }
}

/** Undefined: nothing is missing, or an older version did not write down where it is. */
function restOf({ vmid, restoring }: GuestDocument): RestoreFinishParams | undefined {
  if (restoring?.archive === undefined) return undefined;
  const { archive, disks = [], limitKib } = restoring;
  return { vmid, archive, disks, ...(limitKib === undefined ? {} : { limitKib }) };
}
