// Methods that open a node's own terminal.
import { z } from 'zod';
import { openedScreen, openedTerminal } from './guest-console-parts.ts';
import { defineMethod } from './method.ts';
import { boolean, choice, integer, nodeName, string } from './params.ts';

const mayOpen = { check: ['perm', '/nodes/{node}', ['Sys.Console']] } as const;

const opening = {
  cmd: choice(['ceph_install', 'login', 'upgrade'], { default: 'login' }).default('login'),
  'cmd-opts': string({ default: '', requires: 'cmd' }).default(''),
  node: nodeName(),
};

export const openNodeTerminal = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/termproxy',
  summary: "Prepares a connection to a node's terminal: a port and a ticket for `vncwebsocket`.",
  permission: mayOpen,
  params: z.object(opening),
  returns: openedTerminal,
});

export const openNodeScreen = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/vncshell',
  summary: "Prepares a connection to a node's terminal, shown as a screen.",
  permission: mayOpen,
  params: z.object({
    ...opening,
    height: integer({ minimum: 16, maximum: 2160 }).optional(),
    websocket: boolean().optional(),
    width: integer({ minimum: 16, maximum: 4096 }).optional(),
  }),
  returns: openedScreen,
});

export const openNodeSpice = defineMethod({
  verb: 'POST',
  path: '/nodes/{node}/spiceshell',
  summary: "Prepares a connection to a node's terminal by SPICE.",
  permission: mayOpen,
  params: z.object({ ...opening, proxy: string({ format: 'address' }).optional() }),
  returns: z.object({
    host: z.string(),
    password: z.string(),
    proxy: z.string(),
    'tls-port': z.number(),
    type: z.string(),
  }),
});

export const connectNodeTerminal = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/vncwebsocket',
  summary: 'A WebSocket to the terminal that the ticket is for.',
  permission: mayOpen,
  params: z.object({
    node: nodeName(),
    port: integer({ minimum: 5900, maximum: 5999 }),
    vncticket: string({ maxLength: 512 }),
  }),
  returns: z.object({ port: z.string() }),
  transport: 'upgrade',
});

export const nodeShellMethods = [
  openNodeTerminal,
  openNodeScreen,
  openNodeSpice,
  connectNodeTerminal,
] as const;
