// Mails through a mail server.
import { createTransport } from 'nodemailer';
import type { Notification } from '../notification.ts';
import { DeliveryError } from './delivery-error.ts';
import { type MailHead, mailContent } from './mail-text.ts';

export interface SmtpServer {
  readonly host: string;
  /** Default: what is usual for the mode. */
  readonly port?: number | undefined;
  /** `starttls` sends nothing, not even the password, before the connection is encrypted. */
  readonly mode: 'insecure' | 'starttls' | 'tls';
  readonly user?: string | undefined;
  readonly password?: string | undefined;
}

const usualPorts = { insecure: 25, starttls: 587, tls: 465 } as const;

/** Milliseconds without an answer. */
const silenceMs = 15_000;

/** Resolves when the server has taken it for all recipients. Certificates are checked, except by `insecure`. */
export async function sendBySmtp(
  { host, port, mode, user, password }: SmtpServer,
  notification: Notification,
  head: MailHead,
  signal: AbortSignal,
): Promise<void> {
  const transport = createTransport({
    ...{ host, port: port ?? usualPorts[mode] },
    ...{ secure: mode === 'tls', requireTLS: mode === 'starttls', ignoreTLS: mode === 'insecure' },
    ...(user === undefined ? {} : { auth: { user, pass: password ?? '' } }),
    ...{
      connectionTimeout: silenceMs,
      greetingTimeout: silenceMs,
      socketTimeout: silenceMs,
      dnsTimeout: silenceMs,
    },
    ...{ disableFileAccess: true, disableUrlAccess: true },
  });
  const stop = () => transport.close();
  signal.addEventListener('abort', stop, { once: true });
  try {
    const { rejected } = await transport.sendMail({ ...mailContent(notification, head), signal });
    if (rejected.length > 0)
      throw new DeliveryError(
        `the mail server does not take mails to ${rejected.map(addressText).join(', ')}`,
        false,
      );
  } catch (error) {
    throw error instanceof DeliveryError ? error : smtpError(error, host);
  } finally {
    signal.removeEventListener('abort', stop);
    transport.close();
  }
}

function addressText(address: string | { readonly address: string }): string {
  return typeof address === 'string' ? address : address.address;
}

/** A code from 500 to 599 is the server's last word. */
function smtpError(error: unknown, host: string): DeliveryError {
  const {
    message = '',
    code,
    responseCode,
  } = error as { message?: string; code?: string; responseCode?: number };
  const answered = responseCode !== undefined && responseCode >= 400;
  const isForGood = answered
    ? responseCode >= 500
    : code === 'EAUTH' || code === 'ETLS' || code === 'EENVELOPE';
  const text = message.replaceAll(/\s+/g, ' ').slice(0, 300);
  return new DeliveryError(`mail server '${host}': ${text}`, !isForGood, error);
}
