// Routes of /cluster/guest-sizes.
import {
  createGuestSize,
  deleteGuestSize,
  listGuestSizes,
  resetGuestSizes,
  updateGuestSize,
} from '../../contract/guest-sizes.ts';
import type { GuestSizes } from '../../guests/guest-sizes.ts';
import { type Route, route } from '../route.ts';

export function guestSizeRoutes(sizes: GuestSizes): Route[] {
  return [
    route(listGuestSizes, ({ params }) => sizes.list(params.kind)),
    route(createGuestSize, ({ params }) => sizes.create(params.kind, params.id, params)),
    route(updateGuestSize, async ({ params }) => {
      await sizes.update(params.id, params);
      return null;
    }),
    route(deleteGuestSize, async ({ params }) => {
      await sizes.delete(params.id);
      return null;
    }),
    route(resetGuestSizes, async () => {
      await sizes.reset();
      return null;
    }),
  ];
}
