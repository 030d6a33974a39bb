// The part of the daemon that backs its own configuration up, put together. Registers the task kinds.
import type { PluginRegistry } from '../storage-plugins/registry.ts';
import { backUpAfterJobs } from './backup/host-config/after-jobs.ts';
import { createConfigService } from './backup/host-config/config-service.ts';
import { HostConfig } from './backup/host-config/host-config.ts';
import { nodeConfigFiles } from './backup/host-config/node-files.ts';
import { restoreWorld, secretOptionsOf } from './backup/host-config/restore-world.ts';
import type { ClusterStore } from './cluster/cluster-store.ts';
import type { Config } from './config.ts';
import type { Clock } from './core/clock.ts';
import type { Logger } from './core/log.ts';
import { writeConfigBackup } from './db/config-backups.ts';
import type { Db } from './db/database.ts';
import type { VolumeUsers } from './guests/volume-users.ts';
import type { NodeHost } from './node/node-host.ts';
import { croftVersion } from './node/versions.ts';
import type { StorageService } from './storage/storage-service.ts';
import { configBackupKind } from './tasks/kinds/config-backup.ts';
import { configRestoreKind } from './tasks/kinds/config-restore.ts';
import type { TaskKind } from './tasks/task.ts';
import { taskEnded } from './tasks/task-ended.ts';
import type { TaskRunner } from './tasks/task-runner.ts';

export interface HostConfigNeeds {
  readonly config: Pick<Config, 'node' | 'dataDir'>;
  readonly store: ClusterStore;
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly storages: StorageService;
  readonly plugins: PluginRegistry;
  readonly users: VolumeUsers;
  readonly host: Pick<NodeHost, 'hosts' | 'dns' | 'timeZone'>;
  readonly runner: TaskRunner;
  startTask(type: string, params: object, requester: string): Promise<string>;
}

export function assembleHostConfig(needs: HostConfigNeeds) {
  const { config, store, db, clock, log, storages, plugins, users, host, runner, startTask } = needs;
  const { node, dataDir } = config;
  const files = nodeConfigFiles(host, dataDir);
  const hostConfig = new HostConfig({
    ...{ node, store, storages, clock, log, version: croftVersion, files },
    secretOptions: secretOptionsOf(plugins),
    world: restoreWorld({ store, storages, plugins, users, files }),
  });
  const service = createConfigService({ config: hostConfig, startTask, ended: (upid) => runner.wait(upid) });
  const kinds = [
    configBackupKind({ config: hostConfig, zone: () => host.timeZone.read() }),
    configRestoreKind({
      config: hostConfig,
      passphrase: (id) => service.passphrase(id),
      keepCopy: async () => (await writeConfigBackup({ db, dataDir, clock })).name,
    }),
  ];
  for (const kind of kinds) runner.register(kind as TaskKind);
  let afterJobs: ReturnType<typeof backUpAfterJobs> | undefined;
  return {
    service,
    /** From here on what jobs have backed up is followed by a backup of the configuration. */
    open(): void {
      afterJobs = backUpAfterJobs({
        ...{ node, store, config: hostConfig, log },
        backUp: async (storage) =>
          taskEnded(runner, await startTask('configbackup', { storage }, 'root@pam')),
      });
    },
    close(): void {
      afterJobs?.close();
    },
  };
}
