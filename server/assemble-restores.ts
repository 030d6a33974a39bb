// The part of the daemon that makes guests of backups, put together. Registers the task kinds.
import type { ContainerPart } from './assemble-containers.ts';
import type { ArchiveWorker } from './backup/restore/archive-worker.ts';
import type { Logger } from './core/log.ts';
import type { GuestServiceParts } from './guests/guest-requests.ts';
import { createGuestRestores, type GuestRestores } from './guests/guest-restores.ts';
import { finishLeftRestores } from './guests/unfinished-restores.ts';
import type { LiveRestoreHost } from './guests/vm/live-restore-host.ts';
import type { VmParts } from './guests/vm-parts.ts';
import { restoreTaskKinds } from './tasks/kinds/restore-kinds.ts';
import type { OnRestored } from './tasks/kinds/restore-over.ts';
import { createStartChild } from './tasks/kinds/restore-start.ts';
import type { TaskRecord } from './tasks/task.ts';
import type { TaskRunner } from './tasks/task-runner.ts';

export function assembleRestores(needs: {
  readonly runner: TaskRunner;
  readonly archives: ArchiveWorker;
  readonly vmParts: VmParts;
  readonly containers: Pick<ContainerPart, 'parts' | 'bindMounts'>;
  readonly live: LiveRestoreHost;
  readonly service: Omit<GuestServiceParts, 'pools'>;
  readonly onRestored: OnRestored;
  readonly log: Logger;
}): GuestRestores & { finishLeft(active: readonly TaskRecord[]): Promise<void> } {
  const { runner, archives, vmParts, containers, live, service } = needs;
  const { parts: ctParts, bindMounts } = containers;
  const both = { archives, startChild: createStartChild(runner), onRestored: needs.onRestored };
  const kinds = { vm: { ...vmParts, ...both, live }, ct: { ...ctParts, ...both } };
  for (const kind of restoreTaskKinds(kinds)) runner.register(kind);
  const vm = { ...vmParts, ...service, archives };
  return {
    ...createGuestRestores({ vm, ct: { ...ctParts, ...service, archives, bindMounts } }),
    finishLeft: (active) => finishLeftRestores({ ...vm, log: needs.log }, active),
  };
}
