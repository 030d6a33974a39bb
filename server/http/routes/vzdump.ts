// Routes that back guests up, tell the defaults of that, and read the configuration inside of a backup.
import type { BackupService } from '../../backup/run/backup-service.ts';
import { backupGuests, extractBackupConfig, getBackupDefaults } from '../../contract/vzdump.ts';
import { quietContext } from '../../core/work-context.ts';
import { type Route, route } from '../route.ts';

export function vzdumpRoutes(backups: BackupService): Route[] {
  return [
    route(backupGuests, async ({ params, caller }) => {
      const { 'job-id': jobId, stop, stdout: _stdout, node: _node, ...wishes } = params;
      return stop ? backups.stopAll(caller) : backups.start(caller, wishes, { jobId });
    }),
    route(getBackupDefaults, ({ params, caller }) => backups.defaults(caller, params.storage)),
    route(extractBackupConfig, ({ params, caller, signal }) =>
      backups.extractConfig(quietContext(signal), caller, params.volume),
    ),
  ];
}
