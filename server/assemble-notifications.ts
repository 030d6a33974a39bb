// The notifications of the daemon, put together: what their routes need, and how backups and alerts are told.
import type { AccessDirectory } from './access/access-directory.ts';
import type { ClusterStore } from './cluster/cluster-store.ts';
import { readDatacenterOptions } from './cluster/datacenter-options.ts';
import type { Clock } from './core/clock.ts';
import type { Exec } from './core/exec.ts';
import type { Logger } from './core/log.ts';
import { backupNotices } from './notifications/backup-notices.ts';
import { createSendToTarget } from './notifications/delivery/send-to-target.ts';
import { matcherKind, secretKind, targetKind } from './notifications/entries.ts';
import { legacyMail } from './notifications/legacy-mail.ts';
import { createNotificationConfig } from './notifications/notification-config.ts';
import { createNotifier } from './notifications/notifier.ts';
import { watchAlerts } from './notifications/watch-alerts.ts';
import { allowOutside } from './storage/address-guard.ts';

export interface NotificationNeeds {
  readonly node: string;
  readonly store: ClusterStore;
  readonly exec: Exec;
  readonly clock: Clock;
  readonly log: Logger;
  readonly directory: Pick<AccessDirectory, 'users'>;
  /** The node's time zone. */
  zone(): string;
  /** A target, a matcher, or what is known of a target's newest attempt is another. */
  onChange(): void;
}

export function assembleNotifications(needs: NotificationNeeds) {
  const { node, store, exec, clock, log, directory, zone, onChange } = needs;
  const send = createSendToTarget({
    exec,
    allowAddress: allowOutside,
    sender: () => String(readDatacenterOptions(store)['email_from'] ?? `root@${node}`),
    addressOf: (userid) => directory.users.get(userid)?.email || undefined,
  });
  const notifier = createNotifier({ store, clock, log, node, send, zone, onAttempt: onChange });
  const stops = [targetKind, matcherKind, secretKind].map((kind) => store.watch(kind, onChange));
  const alerts = watchAlerts({ node, store, clock, log, notifier });
  return {
    routes: { config: createNotificationConfig(store), notifier, store },
    /** For runs of backups. */
    backups: backupNotices(notifier, legacyMail(exec, clock, node)),
    /** Hears of every change of the list of resources. */
    alerts,
    close(): void {
      for (const stop of stops) stop();
      alerts.close();
      notifier.close();
    },
  };
}
