// Methods that open a VM's screen and serial terminal, and press keys.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { boolean, choice, integer, string } from './params.ts';
import type { PermissionCheck } from './permission.ts';
import { guestPath } from './qemu-config.ts';

const console = ['perm', '/vms/{vmid}', ['VM.Console']] as const satisfies PermissionCheck;

export const openVmVnc = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/vncproxy',
  summary: "Prepares a connection to a VM's screen: a port and a ticket for `vncwebsocket`.",
  params: z.object({
    ...guestPath,
    'generate-password': boolean({ default: 0 }).optional(),
    websocket: boolean().optional(),
  }),
  returns: z.object({
    cert: z.string(),
    /** Only with `generate-password`. */
    password: z.string().optional(),
    port: z.number(),
    ticket: z.string(),
    upid: z.string(),
    user: z.string(),
  }),
  permission: { check: console },
});

export const openVmTerminal = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/qemu/{vmid}/termproxy',
  summary: "Prepares a connection to a VM's serial terminal: a port and a ticket for `vncwebsocket`.",
  params: z.object({
    ...guestPath,
    serial: choice(['serial0', 'serial1', 'serial2', 'serial3']).optional(),
  }),
  returns: z.object({ port: z.number(), ticket: z.string(), upid: z.string(), user: z.string() }),
  permission: { check: console },
});

export const connectVmConsole = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/qemu/{vmid}/vncwebsocket',
  summary: 'A WebSocket to the screen or terminal that the ticket is for.',
  params: z.object({
    ...guestPath,
    port: integer({ minimum: 5900, maximum: 5999 }),
    vncticket: string({ maxLength: 512 }),
  }),
  returns: z.object({ port: z.string() }),
  permission: { check: console },
  transport: 'upgrade',
});

export const sendVmKey = defineMethod({
  verb: 'PUT',
  path: '/nodes/{node}/qemu/{vmid}/sendkey',
  summary: 'Presses keys together, named as QEMU does: `ctrl-alt-delete`.',
  params: z.object({ ...guestPath, key: string(), skiplock: boolean().optional() }),
  returns: z.null(),
  permission: { check: console },
});

export const qemuConsoleMethods = [openVmVnc, openVmTerminal, connectVmConsole, sendVmKey] as const;
