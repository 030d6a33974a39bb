// Terminals of containers: a ticket for one connection, then the WebSocket that it opens.
import { connectCtConsole, openCtSpice, openCtTerminal, openCtVnc } from '../../contract/lxc-console.ts';
import { openCtShell } from '../../contract/lxc-inside.ts';
import { AppError } from '../../core/errors.ts';
import type { Terminal } from '../../core/terminal.ts';
import { activeConfig } from '../../guests/config/guest-document.ts';
import { readCtConfig } from '../../guests/ct/config/read-ct-config.ts';
import type { CtDriver } from '../../guests/ct/ct-driver.ts';
import { assertCtAction } from '../../guests/ct/ct-state-rules.ts';
import type { CtParts } from '../../guests/ct-parts.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import { bridgeTerminal, terminalBackend } from '../console-bridge.ts';
import { type Caller, type Route, route, upgradeRoute } from '../route.ts';
import { type ConsoleOpening, ofGuest } from './console-opening.ts';

export interface LxcConsoleParts {
  readonly ctParts: Pick<CtParts, 'store' | 'states'> & { readonly driver: CtDriver };
  readonly opening: ConsoleOpening;
}

/** Until the client says how large it is. */
const firstSize = { columns: 80, rows: 24 };
const shellPrefix = 'shell:';

export function lxcConsoleRoutes({ ctParts, opening }: LxcConsoleParts): Route[] {
  const { driver, store } = ctParts;

  function open(caller: Caller, vmid: number, console: string) {
    assertCtAction(ctParts, vmid, 'console');
    return opening.open(caller, { ...ofGuest(vmid), console, type: 'vncshell' });
  }

  /** `terminal`, or `shell:` and the program's arguments in JSON. */
  function terminalOf(vmid: number, console: string): Promise<Terminal> {
    if (console.startsWith(shellPrefix)) {
      const argv = JSON.parse(console.slice(shellPrefix.length)) as string[];
      return argv.length === 0
        ? driver.terminal(vmid, 'shell', firstSize)
        : driver.execTerminal(vmid, argv, firstSize);
    }
    const { consoleMode } = readCtConfig({ vmid, config: activeConfig(readGuest(store, vmid, 'lxc')) });
    return driver.terminal(vmid, consoleMode, firstSize);
  }

  return [
    route(openCtTerminal, ({ params, caller }) => open(caller, params.vmid, 'terminal')),
    route(openCtShell, ({ params, caller }) =>
      open(caller, params.vmid, `${shellPrefix}${JSON.stringify(params.command ?? [])}`),
    ),
    route(openCtVnc, () => {
      throw noScreen();
    }),
    route(openCtSpice, () => {
      throw noScreen();
    }),
    upgradeRoute(connectCtConsole, ({ params, caller }) => {
      const { vmid, vncticket } = params;
      const grant = opening.redeem(caller, ofGuest(vmid).path, params);
      assertCtAction(ctParts, vmid, 'console');
      const logIn = `${caller.requester}:${vncticket}`;
      return (socket) =>
        void bridgeTerminal(
          socket,
          (line) => line === logIn,
          async (viewer) => terminalBackend(await terminalOf(vmid, grant.console), viewer),
        );
    }),
  ];
}

function noScreen(): AppError {
  return new AppError('unsupported', 'a container has no screen: open its terminal (termproxy)');
}
