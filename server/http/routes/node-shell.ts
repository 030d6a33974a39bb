// The node's own terminal: a ticket for one connection, then the WebSocket that it opens.
import {
  connectNodeTerminal,
  openNodeScreen,
  openNodeSpice,
  openNodeTerminal,
} from '../../contract/node-shell.ts';
import { privileges } from '../../contract/permission.ts';
import { AppError, invalidInput } from '../../core/errors.ts';
import type { NodeShell } from '../../node/node-shell.ts';
import { bridgeTerminal, terminalBackend } from '../console-bridge.ts';
import { type Caller, type Route, route, upgradeRoute } from '../route.ts';
import type { ConsoleOpening } from './console-opening.ts';

export interface NodeShellRouteParts {
  readonly node: string;
  readonly opening: ConsoleOpening;
  readonly shell: NodeShell;
}

/** Until the client says how large it is. */
const firstSize = { columns: 80, rows: 24 };

export function nodeShellRoutes({ node, opening, shell }: NodeShellRouteParts): Route[] {
  const path = () => `/nodes/${node}`;
  return [
    route(openNodeTerminal, ({ params, caller }) => {
      assertLogin(params.cmd, params['cmd-opts']);
      const console = isRoot(caller) ? 'root' : 'login';
      return opening.open(caller, { path: path(), id: '', console, type: 'vncshell' });
    }),
    route(openNodeScreen, () => {
      throw noScreen();
    }),
    route(openNodeSpice, () => {
      throw noScreen();
    }),
    upgradeRoute(connectNodeTerminal, ({ params, caller }) => {
      const grant = opening.redeem(caller, path(), params);
      const as = grant.console === 'root' && isRoot(caller) ? 'root' : 'login';
      const logIn = `${caller.requester}:${params.vncticket}`;
      return (socket) =>
        void bridgeTerminal(
          socket,
          (line) => line === logIn,
          async (viewer) => terminalBackend(shell.open(as, firstSize), viewer),
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

function noScreen(): AppError {
  return new AppError('unsupported', 'a node has no screen of its own: open its terminal (termproxy)');
}
