// Every method below a guest's path answers for guests that are there, and alike for those that are not.
import type { ClusterStore } from '../../cluster/cluster-store.ts';
import type { GuestKind } from '../../guests/config/guest-document.ts';
import { readGuest } from '../../guests/guest-documents.ts';
import type { ApiRequest, Route } from '../route.ts';

const belowGuest = /^\/nodes\/\{node\}\/(qemu|lxc)\/\{vmid\}(\/|$)/;

/** The routes, of which those of one guest answer `not-found` first when it is not there: after the permission, before all else. */
export function ofExistingGuests(routes: readonly Route[], store: () => ClusterStore): Route[] {
  return routes.map((route) => {
    const kind = belowGuest.exec(route.declaration.path)?.[1] as GuestKind | undefined;
    if (kind === undefined) return route;
    const there = (request: ApiRequest<never>) =>
      readGuest(store(), (request.params as { readonly vmid: number }).vmid, kind);
    const { handler, upgrade } = route;
    return {
      ...route,
      handler: (request) => {
        there(request);
        return handler(request);
      },
      ...(upgrade
        ? {
            upgrade: (request) => {
              there(request);
              return upgrade(request);
            },
          }
        : {}),
    };
  });
}
