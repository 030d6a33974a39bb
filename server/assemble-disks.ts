// The part of the daemon that puts this node's disks to use, put together: its task kinds, its routes, the mounts at the start.
import type { ClusterStore } from './cluster/cluster-store.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import type { DiskDriver } from './disks/disk-driver.ts';
import { mountAll } from './disks/disk-mounts.ts';
import { createDiskService } from './disks/disk-service.ts';
import { guestPaths, storagePlaces } from './disks/disk-users.ts';
import type { StorageService } from './storage/storage-service.ts';
import { diskTaskKinds } from './tasks/kinds/disk-kinds.ts';
import type { TaskRunner } from './tasks/task-runner.ts';

export interface DiskPartNeeds {
  readonly node: string;
  readonly driver: DiskDriver;
  readonly store: ClusterStore;
  readonly storages: StorageService;
  readonly runner: TaskRunner;
  readonly log: Logger;
  readonly clock: Clock;
  storageUsers(id: string): string[];
  startTask(type: string, params: object, requester: string): Promise<string>;
}

/** How long the start waits for disks that are mounted as directories. */
const waitMs = 10_000;

/** Registers the task kinds; touches nothing else before `mountAll`. */
export function assembleDisks(needs: DiskPartNeeds) {
  const { node, driver, store, storages, runner, log, clock } = needs;
  const disks = createDiskService({
    driver,
    storages: () => storagePlaces(storages.configs(), node),
    guestPaths: () => guestPaths(store, storages.configs()),
  });
  const kinds = diskTaskKinds({ disks, storages, node, storageUsers: (id) => needs.storageUsers(id) });
  for (const kind of kinds) runner.register(kind);
  return {
    disks,
    /** What cannot be done is refused at once, not by a task that fails. */
    async startDiskTask(type: string, params: object, requester: string): Promise<string> {
      await kinds.find((kind) => kind.type === type)?.check(params);
      return await needs.startTask(type, params, requester);
    },
    /**
     * Mounts the directories, so that no storage in them is taken for broken. A disk that does not answer holds up nothing else: it goes
     * on behind the answer. Never rejects.
     */
    async mountAll(signal: AbortSignal): Promise<void> {
      const enough = new AbortController();
      const mounted = mountAll(driver, signal)
        .then((problems) => {
          for (const problem of problems) log.warn(problem);
        })
        .catch((error: unknown) => log.error({ detail: String(error) }, 'mounting directories'))
        .finally(() => enough.abort());
      await Promise.race([mounted, clock.sleep(waitMs, enough.signal).catch(() => {})]);
    },
  };
}
