// One network interface of a node, and what guests' cards have sent and received.
import { z } from 'zod';
import { defineMethod } from './method.ts';
import { nodeName, string } from './params.ts';

const mayRead = { check: ['perm', '/nodes/{node}', ['Sys.Audit']] } as const;

export const getNodeInterface = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/network/{iface}',
  summary: 'One network interface of a node',
  permission: mayRead,
  params: z.object({
    iface: string({ minLength: 2, maxLength: 20, format: 'pve-iface' }),
    node: nodeName(),
  }),
  returns: z.looseObject({ type: z.string(), method: z.string().optional() }),
});

/** Bytes since the guest's start, as the guest sees them. */
const guestTraffic = z.object({
  vmid: z.string(),
  /** `net0`. */
  dev: z.string(),
  in: z.string(),
  out: z.string(),
});
export type GuestTraffic = z.output<typeof guestTraffic>;

export const getNodeTraffic = defineMethod({
  verb: 'GET',
  path: '/nodes/{node}/netstat',
  summary: 'What network cards of running guests have received and sent',
  permission: mayRead,
  params: z.object({ node: nodeName() }),
  returns: z.array(guestTraffic),
});

export const nodeNetworkMethods = [getNodeInterface, getNodeTraffic] as const;
