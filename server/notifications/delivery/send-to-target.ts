// One try to bring a notification to a target, by the way that its type says.

import { AppError, asAppError } from '../../core/errors.ts';
import type { Exec } from '../../core/exec.ts';
import type { AllowAddress } from '../../storage/address-guard.ts';
import type { Secrets, Target } from '../entries.ts';
import type { Notification } from '../notification.ts';
import { readBase64 } from '../target-options.ts';
import { DeliveryError } from './delivery-error.ts';
import { gotifyRequest } from './gotify.ts';
import { hideSecrets } from './hide-secrets.ts';
import { sendRequest } from './http-request.ts';
import type { MailHead } from './mail-text.ts';
import { sendBySendmail } from './sendmail.ts';
import { type SmtpServer, sendBySmtp } from './smtp.ts';
import { webhookRequest } from './webhook.ts';

export interface DeliveryParts {
  readonly exec: Exec;
  readonly allowAddress: AllowAddress;
  /** The sender of mails whose target names none. */
  sender(): string;
  /** A user's mail address. */
  addressOf(userid: string): string | undefined;
}

/** Sends once. Rejects with `DeliveryError` alone, without anything secret in it. */
export type SendToTarget = (
  target: Target,
  secrets: Secrets,
  notification: Notification,
  signal: AbortSignal,
) => Promise<void>;

export function createSendToTarget(parts: DeliveryParts): SendToTarget {
  const { exec, allowAddress } = parts;
  return async (target, secrets, notification, signal) => {
    const { type, options } = target;
    try {
      if (type === 'sendmail') await sendBySendmail(exec, notification, mailHead(target, parts), signal);
      else if (type === 'smtp') {
        const { server, port, mode = 'tls', username } = options;
        await sendBySmtp(
          {
            host: String(server),
            port: port === undefined ? undefined : Number(port),
            mode: mode as SmtpServer['mode'],
            user: username === undefined ? undefined : String(username),
            password: secrets.password,
          },
          notification,
          mailHead(target, parts),
          signal,
        );
      } else {
        const request =
          type === 'gotify'
            ? gotifyRequest(String(options['server']), secrets.token ?? '', notification)
            : webhookRequest(options, secrets.values ?? {}, notification);
        await sendRequest(request, { allowAddress, signal });
      }
    } catch (error) {
      throw withoutSecrets(error, secrets);
    }
  };
}

function mailHead({ type, options }: Target, { addressOf, sender }: DeliveryParts): MailHead {
  const list = (name: string) => (options[name] ?? []) as readonly string[];
  const users = list('mailto-user');
  const to = [
    ...new Set([...list('mailto'), ...users.flatMap((user) => address(user, type, addressOf) ?? [])]),
  ];
  if (to.length === 0)
    throw new DeliveryError(`nobody to mail to: no address is known of ${users.join(', ')}`, false);
  return {
    to,
    author: String(options['author'] ?? 'Croft'),
    from: String(options['from-address'] ?? sender()),
  };
}

/** A mail server of this node's own has a mailbox for root. */
function address(user: string, type: string, addressOf: DeliveryParts['addressOf']): string | undefined {
  return addressOf(user) ?? (user === 'root@pam' && type === 'sendmail' ? 'root' : undefined);
}

/** Its cause is left out: it may hold what the text does not. */
function withoutSecrets(error: unknown, { password, token, values = {} }: Secrets): DeliveryError {
  const secrets = [password, token, ...Object.values(values).map(readBase64)].filter(
    (one) => one !== undefined,
  );
  const { message } = error instanceof AppError ? error : asAppError(error);
  const fields = error instanceof AppError ? Object.values(error.fields ?? {}) : [];
  const text = hideSecrets([message, ...fields].join(' '), secrets);
  return new DeliveryError(text, error instanceof DeliveryError && error.isTemporary);
}
