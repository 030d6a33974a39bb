// A notification as a request of an administrator's own making: address, headers and body are templates.
import { readNamedValue } from '../../contract/notification-parts.ts';
import type { EntryOptions } from '../entries.ts';
import type { Notification } from '../notification.ts';
import { readBase64 } from '../target-options.ts';
import { parseTemplate, type TemplateData } from '../template.ts';
import { DeliveryError } from './delivery-error.ts';
import type { OutgoingRequest } from './http-request.ts';

/** `secrets`: by name, in Base64. */
export function webhookRequest(
  options: EntryOptions,
  secrets: Readonly<Record<string, string>>,
  notification: Notification,
): OutgoingRequest {
  const { title, text, severity, timestamp, fields } = notification;
  const data: TemplateData = {
    ...{ title, message: text, severity, timestamp, fields },
    secrets: Object.fromEntries(Object.entries(secrets).map(([name, value]) => [name, readBase64(value)])),
  };
  const render = (template: string, field: string) => parseTemplate(template, field).render(data);
  const template = String(options['url']);
  const address = render(template, 'url');
  if (!URL.canParse(address)) throw new DeliveryError('what the template makes is not a URL', false);
  const headers: Record<string, string> = {};
  for (const header of (options['header'] ?? []) as readonly string[]) {
    const { name = '', value = '' } = readNamedValue(header) ?? {};
    headers[name] = headerText(render(readBase64(value), 'header'));
  }
  return {
    url: new URL(address),
    method: String(options['method']).toUpperCase() as OutgoingRequest['method'],
    headers,
    body: render(readBase64(String(options['body'] ?? '')), 'body'),
  };
}

/** One line; what is not ASCII travels as UTF-8, which Node takes byte by byte. */
function headerText(text: string): string {
  return Buffer.from(text.replaceAll(/\p{Cc}+/gu, ' ').trim()).toString('latin1');
}
