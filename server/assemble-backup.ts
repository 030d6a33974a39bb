// The part of the daemon that backs guests up, put together: the task kind, the service, the jobs.
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { PluginRegistry } from '../storage-plugins/registry.ts';
import { assembleHostConfig, type HostConfigNeeds } from './assemble-host-config.ts';
import { assembleJobs } from './backup/jobs/assemble-jobs.ts';
import type { PoolGuests } from './backup/jobs/selection.ts';
import { assembleProofs } from './backup/proof/assemble-proofs.ts';
import type { ArchiveWorker } from './backup/restore/archive-worker.ts';
import { createBackupHooks } from './backup/run/backup-hooks.ts';
import { BackupLogs } from './backup/run/backup-log.ts';
import type { BackupOptions } from './backup/run/backup-options.ts';
import { createBackupService } from './backup/run/backup-service.ts';
import { storageTarget } from './backup/run/backup-target.ts';
import { createCtSource, type StillTrees } from './backup/run/ct-source.ts';
import { folderTarget } from './backup/run/folder-target.ts';
import type { GuestSource } from './backup/run/guest-source.ts';
import type { Notify } from './backup/run/notification.ts';
import type { RunOrder } from './backup/run/run-worker.ts';
import { createScratch, isOnOwnDisks } from './backup/run/scratch-place.ts';
import { requireWhole } from './backup/run/verify-archive.ts';
import { createVmSource } from './backup/run/vm-source.ts';
import { sweepCopies } from './backup/trees/sweep-copies.ts';
import type { ClusterStore } from './cluster/cluster-store.ts';
import type { ResourceIndex } from './cluster/resource-index.ts';
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import { asAppError, hasCode } from './core/errors.ts';
import type { Exec } from './core/exec.ts';
import type { Logger } from './core/log.ts';
import type { Db } from './db/database.ts';
import type { CtTaskParts } from './guests/ct/ct-task-parts.ts';
import { runHookProcess } from './guests/hook-scripts-process.ts';
import type { VmParts } from './guests/vm-parts.ts';
import type { VolumeUsers } from './guests/volume-users.ts';
import type { StorageService } from './storage/storage-service.ts';
import { vzdumpKind } from './tasks/kinds/vzdump.ts';
import { isEnded } from './tasks/task.ts';
import type { TaskRunner } from './tasks/task-runner.ts';
import type { TaskStore } from './tasks/task-store.ts';

export interface BackupNeeds {
  readonly db: Db;
  /** The node's own settings are backed up, too. */
  readonly host: HostConfigNeeds['host'];
  readonly plugins: PluginRegistry;
  readonly users: VolumeUsers;
  readonly config: Pick<Config, 'node' | 'dataDir'>;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store: ClusterStore;
  /** Tells when guests were last backed up. */
  readonly index: ResourceIndex;
  readonly storages: StorageService;
  readonly vmParts: VmParts;
  readonly ctParts: CtTaskParts;
  /** Reads archives, for trying restores. */
  readonly archives: ArchiveWorker;
  /** As of `CtSourceParts`. */
  readonly trees: StillTrees | undefined;
  /** Has an order carried out that reads or writes archives. */
  readonly runOrder: RunOrder;
  readonly runner: TaskRunner;
  readonly taskStore: Pick<TaskStore, 'list' | 'read'>;
  /** The node's time zone. */
  zone(): string;
  pools(): PoolGuests;
  startTask(type: string, params: object, requester: string): Promise<string>;
  /** A job, or what is known of its runs, changed. */
  onJobChange(): void;
  /** Tells people that a run is over. */
  readonly notify: Notify;
}

/** Registers the task kind; jobs run once they are opened. */
export function assembleBackup(needs: BackupNeeds) {
  const { config, clock, store, storages, vmParts, runOrder, runner, taskStore, zone } = needs;
  const vms = createVmSource({
    ...{ vm: vmParts, runOrder },
    scratch: createScratch(storages, join(config.dataDir, 'fleecing')),
  }) as GuestSource;
  const copies = join(config.dataDir, 'backup-copies');
  const cts = createCtSource({
    ...{ ct: needs.ctParts, exec: needs.exec, runOrder, trees: needs.trees },
    scratch: copies,
  }) as GuestSource;
  void clearCopies(needs, copies);
  runner.register(
    vzdumpKind({
      ...{ node: config.node, store, clock, runner, zone },
      clusterName: () => undefined,
      source: (kind) => (kind === 'qemu' ? vms : cts),
      target: ({ storage, folder }: Pick<BackupOptions, 'storage' | 'folder'>) =>
        storage === null ? folderTarget(folder ?? '') : storageTarget(storages, storage),
      hooks: createBackupHooks(runHookProcess),
      logs: new BackupLogs(() => clock.now(), zone),
      notify: needs.notify,
      verify: (context, archive, { storage }) =>
        requireWhole(runOrder, context, archive, { eachFrame: isOnOwnDisks(storages, storage) }),
    }),
  );
  const service = createBackupService({
    ...{ node: config.node, store, storages },
    cpus: availableParallelism(),
    pools: needs.pools,
    startTask: needs.startTask,
    defaultsText: async () =>
      readFile(join(config.dataDir, 'vzdump.conf'), 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      }),
    async readTexts(context, archive) {
      const kind = /\.vma(\.\w+)?$/.test(archive.name) ? 'describe' : 'describe-tar';
      return (await runOrder(context, { kind, archive })).texts;
    },
    limitWait: (upid, minutes) => void limitWait(needs, upid, minutes).catch(() => {}),
    async stopRunning() {
      const { tasks } = taskStore.list({ source: 'active' });
      for (const { type, upid, parent } of tasks.filter((task) => !isEnded(task))) {
        if (type !== 'vzdump' || parent !== undefined) continue;
        await runner.cancel(upid).catch((error: unknown) => {
          // It ended meanwhile, or its archive is in place already.
          if (!hasCode(error, 'not-found') && !hasCode(error, 'unsupported')) throw error;
        });
      }
    },
  });
  const { log, ctParts, archives, startTask } = needs;
  const proofs = assembleProofs({
    ...{ node: config.node, log, storages, vmParts, ctParts, archives, runner, startTask },
  });
  const jobs = assembleJobs({
    ...{ proofs: proofs.proofs, startTests: proofs.startJobTests },
    ...{ node: config.node, store, clock, runner, storages, zone },
    ...{ log: needs.log, index: needs.index, pools: needs.pools, onChange: needs.onJobChange },
    // Jobs run as root.
    startBackup: (wishes, jobId) =>
      service.start({ requester: 'root@pam', may: () => true }, wishes, { jobId, passMissing: true }),
  });
  const { db, host, plugins, users } = needs;
  const hostConfig = assembleHostConfig({
    ...{ config, store, db, clock, storages, plugins, users, host, runner },
    ...{ log: needs.log, startTask: needs.startTask },
  });
  return {
    ...{ service, proofs, configBackups: hostConfig.service },
    jobs: {
      ...jobs,
      async open() {
        await proofs.sweep();
        await jobs.open();
        hostConfig.open();
      },
      close() {
        hostConfig.close();
        jobs.close();
      },
    },
  };
}

/** What a former life left in the folder of copies; another life's backups have not begun yet. Never rejects. */
async function clearCopies({ exec, log }: BackupNeeds, folder: string): Promise<void> {
  try {
    const removed = await sweepCopies(exec, folder);
    if (removed.length > 0)
      log.info({ removed }, "removed copies of containers' files that a crash had left");
  } catch (error) {
    log.warn({ problem: asAppError(error).message }, "copies of containers' files could not be removed");
  }
}

/** A run that still waits for its turn after so many minutes is given up. Ends with the task; rejects when the daemon stops. */
async function limitWait(
  { runner, taskStore, clock }: Pick<BackupNeeds, 'runner' | 'taskStore' | 'clock'>,
  upid: string,
  minutes: number,
): Promise<void> {
  const over = new AbortController();
  const ended = runner.wait(upid).finally(() => over.abort());
  ended.catch(() => {});
  await clock.sleep(minutes * 60_000, over.signal);
  const state = taskStore.read(upid)?.state;
  if (state === 'waiting-for-lock' || state === 'queued') await runner.cancel(upid);
}
