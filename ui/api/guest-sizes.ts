// Named sizes of new guests, as dialogs and their page read them.
import type { GuestSizeItem } from '../forms/guest-sizes.ts';
import { api } from './client.ts';
import { createQuery, type Query } from './query.ts';

export function createGuestSizes(kind?: GuestSizeItem['kind']): Query<GuestSizeItem[]> {
  return createQuery(
    () => ({ kind }),
    (of) => api('GET /cluster/guest-sizes', of),
  );
}
