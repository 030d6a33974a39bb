// Opening the console of a guest or of the node in two steps: a ticket with a port, then the WebSocket that hands both back.
import type { ConsoleGrant, ConsoleTickets } from '../../access/console-tickets.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError } from '../../core/errors.ts';
import { renderUpid } from '../../tasks/upid.ts';
import type { Caller } from '../route.ts';

export interface ConsoleOpening {
  /** A ticket for one connection. `console` says what is behind it. */
  open(
    caller: Caller,
    what: {
      /** Of the permissions: `/vms/100`, `/nodes/pve1`. */
      readonly path: string;
      /** In the UPID: the guest's number, empty for the node. */
      readonly id: string;
      readonly console: string;
      readonly type: 'vncproxy' | 'vncshell';
    },
  ): { readonly port: number; readonly ticket: string; readonly upid: string; readonly user: string };
  /** `unauthenticated` unless the ticket was made for this caller, path and port, and not used yet. */
  redeem(
    caller: Caller,
    path: string,
    given: { readonly port: number; readonly vncticket: string },
  ): ConsoleGrant;
}

/** A guest's share of what is opened. */
export const ofGuest = (vmid: number) => ({ path: `/vms/${vmid}`, id: String(vmid) });

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
    open({ requester }, { path, id, console, type }) {
      const port = firstPort + (opened++ % portCount);
      const ticket = tickets.issue({ requester, path, port, console });
      const upid = renderUpid({
        ...{ node, pid: process.pid, pstart: opened, type, id, user: requester },
        starttime: Math.floor(clock.now() / 1000),
      });
      return { port, ticket, upid, user: requester };
    },
    redeem({ requester }, path, { port, vncticket }) {
      const grant = tickets.redeem(vncticket, { requester, path, port });
      if (!grant)
        throw new AppError('unauthenticated', 'the console ticket is not valid, or was used already');
      return grant;
    },
  };
}
