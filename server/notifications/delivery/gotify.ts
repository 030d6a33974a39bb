// A notification for a Gotify server.
import type { Severity } from '../../contract/notification-matchers.ts';
import type { Notification } from '../notification.ts';
import type { OutgoingRequest } from './http-request.ts';

/** The API's own choice of Gotify's priorities, from 0 to 10. */
const priorities: Readonly<Record<Severity, number>> = {
  info: 1,
  notice: 3,
  warning: 5,
  error: 8,
  unknown: 3,
};

/** `server`: the address that Gotify's pages have. */
export function gotifyRequest(
  server: string,
  token: string,
  { title, text, severity }: Notification,
): OutgoingRequest {
  return {
    url: new URL(`${server.replace(/\/+$/, '')}/message`),
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Gotify-Key': token },
    body: JSON.stringify({ title, message: text, priority: priorities[severity] }),
  };
}
