// What the tabs of a VM's page share: where the VM is, its state, its configuration.
import { type Accessor, createContext, useContext } from 'solid-js';
import type { ResourceItem } from '../../../server/contract/resources.ts';
import type { GuestPlace } from '../../api/guests.ts';
import type { Query } from '../../api/query.ts';
import type { PendingLine } from '../../forms/vm-config.ts';

export interface VmContext {
  readonly item: Accessor<ResourceItem>;
  readonly place: Accessor<GuestPlace>;
  readonly config: Query<PendingLine[]>;
}

export const VmContextProvider = createContext<VmContext>();

export function useVm(): VmContext {
  const vm = useContext(VmContextProvider);
  if (!vm) throw new Error('useVm outside of a VM page');
  return vm;
}
