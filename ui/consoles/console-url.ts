// The address of a console's WebSocket.
import type { GuestPlace } from '../api/guests.ts';

/** `port` and `ticket` as `vncproxy` or `termproxy` answered them; the ticket is good for one connection. */
export function consoleUrl(place: GuestPlace, port: string | number, ticket: string): string {
  const at = `/api2/json/nodes/${encodeURIComponent(place.node)}/qemu/${place.vmid}/vncwebsocket`;
  const url = new URL(at, location.href);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  url.searchParams.set('port', String(port));
  url.searchParams.set('vncticket', ticket);
  return url.href;
}
