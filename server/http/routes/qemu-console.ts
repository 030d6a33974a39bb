// Consoles of virtual machines: a ticket for one connection, then the WebSocket that it opens.

import { connectVmConsole, openVmTerminal, openVmVnc } from '../../contract/qemu-console.ts';
import { invalidInput } from '../../core/errors.ts';
import { activeConfig } from '../../guests/config/guest-document.ts';
import { readVmConfig } from '../../guests/config/read-vm-config.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import { assertAction } from '../../guests/guest-state-rules.ts';
import type { SerialHub } from '../../guests/serial-hub.ts';
import { serialSocketPath } from '../../guests/vm/run-directory.ts';
import type { VmParts } from '../../guests/vm-parts.ts';
import { bridgeBytes, bridgeTerminal } from '../console-bridge.ts';
import { type Caller, type Route, route, upgradeRoute } from '../route.ts';
import { type ConsoleOpening, ofGuest } from './console-opening.ts';

export interface QemuConsoleParts {
  readonly vmParts: VmParts;
  readonly opening: ConsoleOpening;
  readonly serialHub: SerialHub;
  /** The certificate that clients of the console will see, PEM. */
  certificate(): string;
  readonly guestRuntimeDir: string;
}

export function qemuConsoleRoutes(parts: QemuConsoleParts): Route[] {
  const { vmParts, opening, serialHub } = parts;

  function open(caller: Caller, vmid: number, console: string) {
    assertAction(vmParts, vmid, 'console');
    const type = console === 'graphic' ? 'vncproxy' : 'vncshell';
    return opening.open(caller, { ...ofGuest(vmid), console, type });
  }

  return [
    route(openVmVnc, ({ params, caller }) => {
      const console = open(caller, params.vmid, 'graphic');
      return {
        ...console,
        cert: parts.certificate(),
        ...(params['generate-password'] ? { password: console.ticket } : {}),
      };
    }),
    route(openVmTerminal, ({ params, caller }) => {
      const model = readVmConfig({
        vmid: params.vmid,
        config: activeConfig(readGuest(vmParts.store, params.vmid)),
      });
      const wanted =
        params.serial === undefined ? model.serials[0] : Number(params.serial.slice('serial'.length));
      if (wanted === undefined || !model.serials.includes(wanted)) {
        throw invalidInput({
          serial: `VM ${params.vmid} has no such serial port: add one (serial0: socket) and restart it`,
        });
      }
      return open(caller, params.vmid, `serial${wanted}`);
    }),
    upgradeRoute(connectVmConsole, async ({ params, caller }) => {
      const { vmid, vncticket } = params;
      const grant = opening.redeem(caller, ofGuest(vmid).path, params);
      assertAction(vmParts, vmid, 'console');
      if (grant.console === 'graphic') {
        const { unixPath } = await vmParts.driver.console(vmid, 'graphic');
        return (socket) => void bridgeBytes(socket, unixPath);
      }
      const path = serialSocketPath(
        parts.guestRuntimeDir,
        vmid,
        Number(grant.console.slice('serial'.length)),
      );
      const logIn = `${caller.requester}:${vncticket}`;
      return (socket) =>
        void bridgeTerminal(
          socket,
          (line) => line === logIn,
          (viewer) => serialHub.join(path, viewer),
        );
    }),
  ];
}
