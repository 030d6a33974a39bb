// Routes that start, stop or suspend many guests at once.
import {
  bulkShutdown,
  bulkStart,
  bulkSuspend,
  indexBulk,
  indexBulkGuest,
  startAllGuests,
  stopAllGuests,
  suspendAllGuests,
} from '../../contract/guest-bulk.ts';
import { readList } from '../../contract/params.ts';
import type { GuestBulk } from '../../guests/guest-bulk.ts';
import { type Route, route } from '../route.ts';

/** Of a start with the machine's order, one at a time, so that the order is one. */
const startWorkers = 1;
const otherWorkers = 4;

export function guestBulkRoutes(bulk: GuestBulk): Route[] {
  const named = (vms: string | undefined) => readList(vms).map(Number);
  const chosen = (params: {
    vms?: number[] | undefined;
    'max-workers'?: number | undefined;
    maxworkers?: number | undefined;
  }) => ({
    vmids: params.vms ?? [],
    workers: params['max-workers'] ?? params.maxworkers ?? otherWorkers,
  });
  return [
    route(startAllGuests, ({ params, caller }) =>
      bulk(caller, 'startall', 'start', {
        ...{ vmids: named(params.vms), workers: params['max-workers'] ?? startWorkers },
        onlyWanted: !params.force,
      }),
    ),
    route(stopAllGuests, ({ params, caller }) =>
      bulk(caller, 'stopall', 'shutdown', {
        ...{ vmids: named(params.vms), workers: params['max-workers'] ?? otherWorkers },
        ...{ timeoutSeconds: params.timeout, forceStop: params['force-stop'] ?? true },
      }),
    ),
    route(suspendAllGuests, ({ params, caller }) =>
      bulk(caller, 'suspendall', 'suspend', {
        ...{ vmids: named(params.vms), workers: params['max-workers'] ?? otherWorkers },
      }),
    ),
    route(indexBulk, () => [{ name: 'guest', subdir: 'guest' }]),
    route(indexBulkGuest, () => ['shutdown', 'start', 'suspend'].map((name) => ({ name, subdir: name }))),
    route(bulkStart, ({ params, caller }) => bulk(caller, 'bulkstart', 'start', chosen(params))),
    route(bulkShutdown, ({ params, caller }) =>
      bulk(caller, 'bulkshutdown', 'shutdown', {
        ...chosen(params),
        ...{ timeoutSeconds: params.timeout, forceStop: params['force-stop'] ?? true },
      }),
    ),
    route(bulkSuspend, ({ params, caller }) =>
      bulk(caller, 'bulksuspend', 'suspend', {
        ...chosen(params),
        ...{ toDisk: params['to-disk'] ?? false, storage: params.statestorage },
      }),
    ),
  ];
}
