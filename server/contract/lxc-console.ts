// Methods that open a container's terminal.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, integer, string } from './params.ts';
import type { PermissionCheck } from './permission.ts';
import { guestPath } from './qemu-config.ts';

const console = ['perm', '/vms/{vmid}', ['VM.Console']] as const satisfies PermissionCheck;

/** `port` and `ticket` are for `vncwebsocket`, once. */
export const openedTerminal = z.object({
  port: z.number(),
  ticket: z.string(),
  upid: z.string(),
  user: z.string(),
});

export const openCtTerminal = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/lxc/{vmid}/termproxy',
  summary: "Prepares a connection to a container's terminal: a port and a ticket for `vncwebsocket`.",
  params: z.object(guestPath),
  returns: openedTerminal,
  permission: { check: console },
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
  returns: openedTerminal.extend({ cert: z.string(), password: z.string().optional() }),
  permission: { check: console },
});

export const connectCtConsole = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/lxc/{vmid}/vncwebsocket',
  summary: 'A WebSocket to the terminal that the ticket is for.',
  params: z.object({
    ...guestPath,
    port: integer({ minimum: 5900, maximum: 5999 }),
    vncticket: string({ maxLength: 512 }),
  }),
  returns: z.object({ port: z.string() }),
  permission: { check: console },
  transport: 'upgrade',
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
  permission: { check: console },
});

export const lxcConsoleMethods = [openCtTerminal, openCtVnc, connectCtConsole, openCtSpice] as const;
