// Mails about backups to the addresses that a run names itself, as before there was a notification system.
import type { Notify } from '../backup/run/notification.ts';
import type { Clock } from '../core/clock.ts';
import type { Exec } from '../core/exec.ts';
import { sendBySendmail } from './delivery/sendmail.ts';

/** By sendmail(8) of the node; rejects when that is not there. */
export function legacyMail(exec: Exec, clock: Clock, node: string): Notify {
  return async ({ subject, text, failed, mailTo }) => {
    const severity = failed ? 'error' : 'info';
    const timestamp = Math.floor(clock.now() / 1000);
    await sendBySendmail(
      exec,
      { title: subject, text, severity, timestamp, fields: {} },
      { author: 'vzdump backup tool', from: `root@${node}`, to: mailTo },
    );
    return { told: [`mail sent to ${mailTo.join(', ')}`], problems: [] };
  };
}
