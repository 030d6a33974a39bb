// A notification as a mail, in the form in which it travels.
import { createTransport } from 'nodemailer';
import type { Notification } from '../notification.ts';

export interface MailHead {
  /** Name beside the sender's address. */
  readonly author: string;
  readonly from: string;
  readonly to: readonly string[];
}

/** What nodemailer makes a message of: plain text, and the same as HTML whose columns stay aligned. */
export function mailContent(notification: Notification, { author, from, to }: MailHead) {
  return {
    from: { name: author, address: from },
    to: to.map((address) => ({ name: '', address })),
    subject: oneLine(notification.title),
    date: new Date(notification.timestamp * 1000),
    text: notification.text,
    html: `<html><body><pre>${escapeHtml(notification.text)}</pre></body></html>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
    // Texts are texts: nothing in them names a file or an address to fetch.
    disableFileAccess: true,
    disableUrlAccess: true,
  } as const;
}

/** The whole message, lines ending as on this system. */
export async function mailBytes(notification: Notification, head: MailHead): Promise<Buffer> {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'unix' });
  const { message } = await transport.sendMail(mailContent(notification, head));
  return message as Buffer;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*[\p{Cc}\p{Zl}\p{Zp}]+\s*/gu, ' ').trim();
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
