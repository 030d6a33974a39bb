// What the tabs of a guest's page share: what and where it is, its state, its configuration.
import { type Accessor, createContext, useContext } from 'solid-js';
import type { GuestKind } from '../../../server/contract/guest-actions.ts';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import type { GuestPlace } from '../../api/guests.ts';
import type { Query } from '../../api/query.ts';
import type { PendingLine } from '../../forms/guest-config.ts';

export interface GuestContext {
  readonly kind: GuestKind;
  readonly item: Accessor<ResourceItem>;
  readonly place: Accessor<GuestPlace>;
  readonly config: Query<PendingLine[]>;
  /**
   * Does something that changes the configuration, which is read again when that is done and not in between: a change is
   * written before it is made, and would look for a moment as if it had to wait for a restart.
   */
  change<T>(run: () => Promise<T>): Promise<T>;
}

export const GuestContextProvider = createContext<GuestContext>();

export function useGuest(): GuestContext {
  const guest = useContext(GuestContextProvider);
  if (!guest) throw new Error('useGuest outside of a guest page');
  return guest;
}
