// Mails by sendmail(8) of this node, which an administrator installs.
import { asAppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import type { Notification } from '../notification.ts';
import { DeliveryError } from './delivery-error.ts';
import { type MailHead, mailBytes } from './mail-text.ts';

const program = '/usr/sbin/sendmail';

/** Resolves when the program has taken it: what happens to it then is the program's affair. */
export async function sendBySendmail(
  exec: Exec,
  notification: Notification,
  head: MailHead,
  signal?: AbortSignal,
): Promise<void> {
  const args = ['-B', '8BITMIME', '-f', head.from, '-i', '--', ...head.to];
  try {
    await exec(program, args, {
      input: await mailBytes(notification, head),
      signal,
      intention: 'mail by sendmail',
    });
  } catch (error) {
    const { code, message } = asAppError(error);
    throw new DeliveryError(message, code === 'timeout' || code === 'command-failed', error);
  }
}
