// `croft node stop-guests`: every guest of this node shut down in the reverse order of its start, before the machine goes down.
import { asAppError } from '../core/errors.ts';
import { isSuccess, isUpid, watchTask } from './follow-task.ts';
import type { Session } from './session.ts';

interface GuestLine {
  readonly type: 'qemu' | 'lxc';
  readonly vmid: number;
  readonly node: string;
  readonly status: string;
}

interface Stopping {
  readonly vmid: number;
  /** `/nodes/{node}/qemu/{vmid}` */
  readonly path: string;
  /** Of `startup`; guests without one start last, and so stop first. */
  readonly order: number;
  /** How long the guest gets, seconds. */
  readonly seconds: number;
}

/** As the API's own default for the end of all guests. */
const defaultSeconds = 180;

/** Asks each guest that runs to shut down, and switches off what has not done so in its time. Answers how many there were. */
export async function stopGuests(session: Session): Promise<number> {
  const node = await session.node();
  const guests = await session.client.call<GuestLine[]>('GET', '/cluster/resources', { type: 'vm' });
  const running = guests.filter((guest) => guest.node === node && guest.status !== 'stopped');
  const all = await Promise.all(
    running.map(async ({ type, vmid }): Promise<Stopping> => {
      const path = `/nodes/${encodeURIComponent(node)}/${type}/${vmid}`;
      const config = await session.client
        .call<{ startup?: string }>('GET', `${path}/config`)
        .catch(() => ({ startup: undefined }));
      return { vmid, path, ...readStartup(config.startup ?? '') };
    }),
  );
  for (const group of inStopOrder(all)) {
    await Promise.all(
      group.map(async ({ vmid, path, seconds }) => {
        try {
          const params = { timeout: seconds, forceStop: 1 };
          const upid = await session.client.call<unknown>('POST', `${path}/status/shutdown`, params);
          const end = isUpid(upid) ? await watchTask(session, upid) : 'OK';
          session.say(isSuccess(end) ? `${vmid} is off` : `${vmid}: ${end}`);
        } catch (error) {
          // The others are to be shut down all the same.
          session.say(`${vmid}: ${asAppError(error).message}`);
        }
      }),
    );
  }
  return all.length;
}

/** Groups that stop together, first to last: without an order first, then from the highest order down. */
export function inStopOrder<T extends { readonly order: number }>(guests: readonly T[]): T[][] {
  const orders = [...new Set(guests.map(({ order }) => order))].sort((a, b) => b - a);
  return orders.map((order) => guests.filter((guest) => guest.order === order));
}

/** `order=1,up=30,down=60`; the first value may stand alone, as an order. */
export function readStartup(startup: string): { order: number; seconds: number } {
  const order = /(?:^|,)(?:order=)?(\d+)(?:,|$)/.exec(startup)?.[1];
  const down = /(?:^|,)down=(\d+)(?:,|$)/.exec(startup)?.[1];
  return {
    order: order === undefined ? Number.POSITIVE_INFINITY : Number(order),
    seconds: down === undefined ? defaultSeconds : Number(down),
  };
}
