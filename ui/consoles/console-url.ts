// What screens and terminals have in common: their states, and the address of their WebSocket.
import type { GuestKind } from '../../server/contract/guest-actions.ts';

export type ConsoleState = 'connecting' | 'connected' | 'closed';

/** Whose console it is: a guest's, or without a number the node's own. */
export interface ConsolePlace {
  readonly node: string;
  readonly vmid?: number | undefined;
}

/** `port` and `ticket` as `vncproxy`, `termproxy` or `shell` answered them; the ticket is good for one connection. */
export function consoleUrl(
  kind: GuestKind | 'node',
  place: ConsolePlace,
  port: string | number,
  ticket: string,
): string {
  const node = `/api2/json/nodes/${encodeURIComponent(place.node)}`;
  const of = kind === 'node' ? node : `${node}/${kind}/${place.vmid}`;
  const url = new URL(`${of}/vncwebsocket`, location.href);
  url.protocol = url.protocol === 'http:' ? 'ws:' : 'wss:';
  url.searchParams.set('port', String(port));
  url.searchParams.set('vncticket', ticket);
  return url.href;
}
