// What can be done with a guest, by the names of the table of actions.
import type { GuestAction } from '../../server/contract/guest-actions.ts';
import { api } from './client.ts';

/** Actions that are a call of `status/...`. */
export type PowerAction = Exclude<GuestAction, 'delete' | 'console'>;

export interface GuestPlace {
  readonly node: string;
  readonly vmid: number;
}

/** Asks for the action; answers the UPID of its task. */
export function runAction(action: PowerAction, place: GuestPlace): Promise<string> {
  return api(`POST /nodes/{node}/qemu/{vmid}/status/${action}`, { ...place });
}

/** Removes the guest with its disks; answers the UPID. */
export function removeGuest(place: GuestPlace): Promise<string> {
  return api('DELETE /nodes/{node}/qemu/{vmid}', {
    ...place,
    purge: true,
    'destroy-unreferenced-disks': true,
  });
}

/** Keys of a configuration and their new values; undefined ones are removed. */
export type ConfigChange = Readonly<Record<string, string | number | boolean | undefined>>;

/** Splits a change into what the API sets and the list of what it deletes. */
function configParams(change: ConfigChange): Record<string, string | number | boolean> {
  const params: Record<string, string | number | boolean> = {};
  const gone: string[] = [];
  for (const [key, value] of Object.entries(change)) {
    if (value === undefined) gone.push(key);
    else params[key] = value;
  }
  if (gone.length > 0) params['delete'] = gone.join(',');
  return params;
}

/** Changes settings and waits; for what needs no copying. */
export async function changeConfig(place: GuestPlace, change: ConfigChange): Promise<void> {
  await api('PUT /nodes/{node}/qemu/{vmid}/config', { ...configParams(change), ...place });
}

/** Changes devices in a task: making a disk takes time. */
export async function changeDevices(place: GuestPlace, change: ConfigChange): Promise<void> {
  await api('POST /nodes/{node}/qemu/{vmid}/config', { ...configParams(change), ...place });
}
