// Opening a guest's console in two steps: a ticket with a port, then the WebSocket that hands both back.
import type { ConsoleGrant, ConsoleTickets } from '../../access/console-tickets.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { renderUpid } from '../../tasks/upid.ts';
import type { Caller } from '../route.ts';

export interface ConsoleOpening {
  /** A ticket for one connection. `console` says what is behind it. */
  open(
    caller: Caller,
    vmid: number,
    console: string,
    type: 'vncproxy' | 'vncshell',
  ): { readonly port: number; readonly ticket: string; readonly upid: string; readonly user: string };
  /** `unauthenticated` unless the ticket was made for this caller, guest and port, and not used yet. */
  redeem(
    caller: Caller,
    given: { readonly vmid: number; readonly port: number; readonly vncticket: string },
  ): ConsoleGrant;
}

const firstPort = 5900;
const portCount = 100;

export function createConsoleOpening(parts: {
  readonly node: string;
  readonly clock: Clock;
  readonly tickets: ConsoleTickets;
}): ConsoleOpening {
  const { node, clock, tickets } = parts;
  let opened = 0;
  return {
    // The port is a name only: nothing listens there. Clients hand it back with the ticket.
    open(caller, vmid, console, type) {
      const port = firstPort + (opened++ % portCount);
      const ticket = tickets.issue({ requester: caller.requester, path: `/vms/${vmid}`, port, console });
      const upid = renderUpid({
        ...{ node, pid: process.pid, pstart: opened, type },
        starttime: Math.floor(clock.now() / 1000),
        id: String(vmid),
        user: caller.requester,
      });
      return { port, ticket, upid, user: caller.requester };
    },
    redeem(caller, { vmid, port, vncticket }) {
      const grant = tickets.redeem(vncticket, { requester: caller.requester, path: `/vms/${vmid}`, port });
      if (!grant)
        throw new AppError('unauthenticated', 'the console ticket is not valid, or was used already');
      return grant;
    },
  };
}
