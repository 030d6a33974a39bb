// Which guests use a volume or a storage, in words for the errors that refuse to remove it.
import type { ClusterStore } from '../cluster/cluster-store.ts';
import { splitVolumeId } from '../core/ids.ts';
import { guestLabel } from './config/guest-document.ts';
import { listGuests } from './guest-documents.ts';
import { snippetsOf, volumesOf } from './guest-volumes-in-use.ts';

export interface VolumeUsers {
  /** `VM 100`, for each guest that refers to the volume, wanted or running. */
  ofVolume(volid: string): string[];
  /** Of these, the guests that run with it. */
  runningWith(volid: string): string[];
  ofStorage(id: string): string[];
}

export function volumeUsers(store: ClusterStore): VolumeUsers {
  const using = (matches: (volume: string) => boolean) =>
    listGuests(store)
      .filter((guest) => [...volumesOf(guest), ...snippetsOf(guest)].some(matches))
      .map(({ kind, vmid }) => guestLabel(kind, vmid));
  return {
    ofVolume: (volid) => using((volume) => volume === volid),
    runningWith: (volid) =>
      listGuests(store)
        .filter(({ running }) => running !== undefined)
        .filter(({ kind, vmid, node, createdAt, running = {} }) =>
          volumesOf({ kind, vmid, node, createdAt, config: running }).has(volid),
        )
        .map(({ kind, vmid }) => guestLabel(kind, vmid)),
    ofStorage: (id) => using((volume) => splitVolumeId(volume)?.storage === id),
  };
}
