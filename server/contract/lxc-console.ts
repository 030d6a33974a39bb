// Methods that open a container's terminal.
import { z } from 'zod';
import { consoleSocket, openedScreen, openedTerminal } from './guest-console-parts.ts';
import { guestPath, openGuestConsole } from './guest-path.ts';
import { defineMethod } from './method.ts';
import { boolean, integer, string } from './params.ts';

export const openCtTerminal = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/termproxy',
  summary: "Prepares a connection to a container's terminal: a port and a ticket for `vncwebsocket`.",
  params: z.object(guestPath),
  returns: openedTerminal,
  permission: { check: openGuestConsole },
});

export const openCtVnc = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/vncproxy',
  summary: "Prepares a connection to a container's terminal, shown as a screen.",
  params: z.object({
    ...guestPath,
    height: integer({ minimum: 16, maximum: 2160 }).optional(),
    websocket: boolean().optional(),
    width: integer({ minimum: 16, maximum: 4096 }).optional(),
  }),
  returns: openedScreen,
  permission: { check: openGuestConsole },
});

export const connectCtConsole = defineMethod({
  ...consoleSocket,
  path: '/nodes/{node}/lxc/{vmid}/vncwebsocket',
  summary: 'A WebSocket to the terminal that the ticket is for.',
});

export const openCtSpice = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/spiceproxy',
  summary: "Prepares a connection to a container's terminal by SPICE.",
  params: z.object({ ...guestPath, proxy: string({ format: 'address' }).optional() }),
  returns: z.object({
    host: z.string(),
    password: z.string(),
    proxy: z.string(),
    'tls-port': z.number(),
    type: z.string(),
  }),
  permission: { check: openGuestConsole },
});

export const lxcConsoleMethods = [openCtTerminal, openCtVnc, connectCtConsole, openCtSpice] as const;
