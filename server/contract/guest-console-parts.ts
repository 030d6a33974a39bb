// What the methods on the consoles of VMs and of containers share: the answer that opens one, and the WebSocket to it.
import { z } from 'zod';
import { guestPath, openGuestConsole } from './guest-path.ts';
import { integer, string } from './params.ts';

/** `port` and `ticket` are for `vncwebsocket`, once. */
export const openedTerminal = z.object({
  port: z.number(),
  ticket: z.string(),
  upid: z.string(),
  user: z.string(),
});

/** As a terminal; `password` only where one was asked for. */
export const openedScreen = openedTerminal.extend({ cert: z.string(), password: z.string().optional() });

/** All of a `vncwebsocket` method but its path and summary. */
export const consoleSocket = {
  verb: 'GET',
  params: z.object({
    ...guestPath,
    port: integer({ minimum: 5900, maximum: 5999 }),
    vncticket: string({ maxLength: 512 }),
  }),
  returns: z.object({ port: z.string() }),
  permission: { check: openGuestConsole },
  transport: 'upgrade',
} as const;
