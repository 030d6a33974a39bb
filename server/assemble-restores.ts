// The part of the daemon that makes guests of backups, put together. Registers the task kinds.
import type { ContainerPart } from './assemble-containers.ts';
import type { ArchiveWorker } from './backup/restore/archive-worker.ts';
import type { GuestServiceParts } from './guests/guest-requests.ts';
import { createGuestRestores, type GuestRestores } from './guests/guest-restores.ts';
import type { LiveRestoreHost } from './guests/vm/live-restore-host.ts';
import type { VmParts } from './guests/vm-parts.ts';
import { restoreTaskKinds } from './tasks/kinds/restore-kinds.ts';
import { createStartChild } from './tasks/kinds/restore-start.ts';
import type { TaskRunner } from './tasks/task-runner.ts';

export function assembleRestores(needs: {
  readonly runner: TaskRunner;
  readonly archives: ArchiveWorker;
  readonly vmParts: VmParts;
  readonly containers: Pick<ContainerPart, 'parts' | 'bindMounts'>;
  readonly live: LiveRestoreHost;
  readonly service: Omit<GuestServiceParts, 'pools'>;
}): GuestRestores {
  const { runner, archives, vmParts, containers, live, service } = needs;
  const { parts: ctParts, bindMounts } = containers;
  const startChild = createStartChild(runner);
  const kinds = { vm: { ...vmParts, archives, startChild, live }, ct: { ...ctParts, archives, startChild } };
  for (const kind of restoreTaskKinds(kinds)) runner.register(kind);
  return createGuestRestores({
    vm: { ...vmParts, ...service, archives },
    ct: { ...ctParts, ...service, archives, bindMounts },
  });
}
