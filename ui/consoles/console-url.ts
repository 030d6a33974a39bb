// What screens and terminals have in common: their states, and the address of their WebSocket.
import type { GuestKind } from '../../server/contract/guest-actions.ts';
import type { GuestPlace } from '../api/guests.ts';

export type ConsoleState = 'connecting' | 'connected' | 'closed';

/** `port` and `ticket` as `vncproxy`, `termproxy` or `shell` answered them; the ticket is good for one connection. */
export function consoleUrl(
  kind: GuestKind,
  place: GuestPlace,
  port: string | number,
  ticket: string,
): string {
  const at = `/api2/json/nodes/${encodeURIComponent(place.node)}/${kind}/${place.vmid}/vncwebsocket`;
  const url = new URL(at, location.href);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  url.searchParams.set('port', String(port));
  url.searchParams.set('vncticket', ticket);
  return url.href;
}
