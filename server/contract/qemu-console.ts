// Methods that open a VM's screen and serial terminal, and press keys.
import { z } from 'zod';
import { consoleSocket, openedScreen, openedTerminal } from './guest-console-parts.ts';
import { guestPath, openGuestConsole, skiplock } from './guest-path.ts';
import { defineMethod } from './method.ts';
import { boolean, choice, string } from './params.ts';

export const openVmVnc = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/vncproxy',
  summary: "Prepares a connection to a VM's screen: a port and a ticket for `vncwebsocket`.",
  params: z.object({
    ...guestPath,
    'generate-password': boolean({ default: 0 }).optional(),
    websocket: boolean().optional(),
  }),
  returns: openedScreen,
  permission: { check: openGuestConsole },
});

export const openVmTerminal = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/termproxy',
  summary: "Prepares a connection to a VM's serial terminal: a port and a ticket for `vncwebsocket`.",
  params: z.object({
    ...guestPath,
    serial: choice(['serial0', 'serial1', 'serial2', 'serial3']).optional(),
  }),
  returns: openedTerminal,
  permission: { check: openGuestConsole },
});

export const connectVmConsole = defineMethod({
  ...consoleSocket,
  path: '/nodes/{node}/qemu/{vmid}/vncwebsocket',
  summary: 'A WebSocket to the screen or terminal that the ticket is for.',
});

export const sendVmKey = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/qemu/{vmid}/sendkey',
  summary: 'Presses keys together, named as QEMU does: `ctrl-alt-delete`.',
  params: z.object({ ...guestPath, key: string(), skiplock }),
  returns: z.null(),
  permission: { check: openGuestConsole },
});

export const qemuConsoleMethods = [openVmVnc, openVmTerminal, connectVmConsole, sendVmKey] as const;
