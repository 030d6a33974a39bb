// What guests' network cards have sent and received, from the host's ends of them in /proc/net/dev. Pure, with one reader.
import { readFile } from 'node:fs/promises';
import type { GuestTraffic } from '../contract/node-network.ts';

/** `tap100i0` is of a virtual machine, `veth101i1` of a container: what the host sends there the guest receives. */
export function readTraffic(procNetDev: string): GuestTraffic[] {
  return procNetDev.split('\n').flatMap((line) => {
    const match = /^\s*(?:tap|veth)(\d+)i(\d+):\s*(.*)$/.exec(line);
    if (!match) return [];
    const [, vmid = '', card = '', rest = ''] = match;
    const counters = rest.trim().split(/\s+/);
    return [{ vmid, dev: `net${card}`, in: counters[8] ?? '0', out: counters[0] ?? '0' }];
  });
}

export async function guestTraffic(): Promise<GuestTraffic[]> {
  return readTraffic(await readFile('/proc/net/dev', 'utf8'));
}
