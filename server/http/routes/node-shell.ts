// The node's own terminal: a ticket for one connection, then the WebSocket that it opens.
import type { ConsoleTickets } from '../../access/console-tickets.ts';
import {
  connectNodeTerminal,
  openNodeScreen,
  openNodeSpice,
  openNodeTerminal,
} from '../../contract/node-shell.ts';
import { privileges } from '../../contract/permission.ts';
import type { Clock } from '../../core/clock.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { NodeShell, NodeTerminal } from '../../node/node-shell.ts';
import { renderUpid } from '../../tasks/upid.ts';
import { bridgeTerminal, type TerminalBackend } from '../console-bridge.ts';
import { type Caller, type Route, route, upgradeRoute } from '../route.ts';

export interface NodeShellRouteParts {
  readonly node: string;
  readonly clock: Clock;
  readonly tickets: ConsoleTickets;
  readonly shell: NodeShell;
}

/** Until the client says how large it is. */
const firstSize = { columns: 80, rows: 24 };
const firstPort = 5900;
const portCount = 100;

export function nodeShellRoutes({ node, clock, tickets, shell }: NodeShellRouteParts): Route[] {
  const path = () => `/nodes/${node}`;
  let opened = 0;
  return [
    route(openNodeTerminal, ({ params, caller }) => {
      assertLogin(params.cmd, params['cmd-opts']);
      // The port is a name only: nothing listens there. Clients hand it back with the ticket.
      const port = firstPort + (opened++ % portCount);
      const { requester } = caller;
      const ticket = tickets.issue({
        requester,
        path: path(),
        port,
        console: isRoot(caller) ? 'root' : 'login',
      });
      const upid = renderUpid({
        ...{ node, pid: process.pid, pstart: opened, type: 'vncshell', id: '', user: requester },
        starttime: Math.floor(clock.now() / 1000),
      });
      return { port, ticket, upid, user: requester };
    }),
    route(openNodeScreen, () => {
      throw noScreen();
    }),
    route(openNodeSpice, () => {
      throw noScreen();
    }),
    upgradeRoute(connectNodeTerminal, ({ params, caller }) => {
      const { port, vncticket } = params;
      const grant = tickets.redeem(vncticket, { requester: caller.requester, path: path(), port });
      if (!grant)
        throw new AppError('unauthenticated', 'the console ticket is not valid, or was used already');
      const as = grant.console === 'root' && isRoot(caller) ? 'root' : 'login';
      const logIn = `${caller.requester}:${vncticket}`;
      return (socket) =>
        void bridgeTerminal(
          socket,
          (line) => line === logIn,
          async (viewer) => backendOf(shell.open(as, firstSize), viewer),
        );
    }),
  ];
}

/**
 * Who gets a shell of root without a question: root@pam, and a token of it that may do everything. One with fewer privileges
 * would gain what it was not given; it is asked for a password like any other user.
 */
export function isRoot(caller: Pick<Caller, 'userid' | 'tokenid' | 'privilegesOn'>): boolean {
  if (caller.userid !== 'root@pam') return false;
  if (caller.tokenid === undefined) return true;
  const held = caller.privilegesOn('/');
  return privileges.every((privilege) => held.has(privilege));
}

function assertLogin(command: string, options: string): void {
  if (command === 'upgrade')
    throw new AppError(
      'unsupported',
      'cmd: a node of Croft is updated by its image (POST /nodes/{node}/appliance/upload), not package by package',
    );
  if (command !== 'login') throw new AppError('unsupported', `cmd: Croft has no '${command}'`);
  if (options !== '') throw invalidInput({ 'cmd-opts': "the command 'login' takes none" });
}

function backendOf(
  terminal: NodeTerminal,
  viewer: { write(data: Buffer): void; end(): void },
): TerminalBackend {
  terminal.onData((data) => viewer.write(data));
  terminal.onEnd(() => viewer.end());
  return {
    send: (data) => terminal.write(data),
    resize: (columns, rows) => terminal.resize(columns, rows),
    pause: () => terminal.pause(),
    resume: () => terminal.resume(),
    leave: () => terminal.close(),
  };
}

function noScreen(): AppError {
  return new AppError('unsupported', 'a node has no screen of its own: open its terminal (termproxy)');
}
