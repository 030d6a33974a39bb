// Routes of backups of the configuration.
import type { ConfigService } from '../../backup/host-config/config-service.ts';
import {
  compareConfigBackup,
  createConfigBackup,
  listConfigBackups,
  restoreConfigItems,
  setConfigPassphrase,
} from '../../contract/config-backups.ts';
import { invalidInput } from '../../core/errors.ts';
import { quietContext } from '../../core/work-context.ts';
import { type Route, route } from '../route.ts';

export function configBackupRoutes(service: ConfigService): Route[] {
  return [
    route(listConfigBackups, ({ signal }) => service.list(quietContext(signal))),
    route(createConfigBackup, ({ params, caller }) => service.create(caller, params.storage)),
    route(setConfigPassphrase, async ({ params }) => {
      const { passphrase, delete: remove = false } = params;
      if (remove === (passphrase !== undefined))
        throw invalidInput({ passphrase: 'give one, or delete the one that there is' });
      await service.setPassphrase(passphrase);
      return null;
    }),
    route(compareConfigBackup, ({ params, signal }) => service.compare(quietContext(signal), params)),
    route(restoreConfigItems, ({ params, caller, signal }) =>
      service.restore(caller, quietContext(signal), params),
    ),
  ];
}
