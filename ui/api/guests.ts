// What can be done with a guest, by the names of the table of actions.
import type { GuestAction, GuestKind } from '../../server/contract/guest-actions.ts';
import { api } from './client.ts';

/** Actions that are a call of `status/...`; to hibernate is to suspend to a disk. */
export type PowerAction = Exclude<GuestAction, 'delete' | 'console'> | 'hibernate';

export interface GuestPlace {
  readonly node: string;
  readonly vmid: number;
}

/** Asks for the action; answers the UPID of its task. Containers have no `reset` and do not hibernate. */
export function runAction(kind: GuestKind, action: PowerAction, place: GuestPlace): Promise<string> {
  if (action === 'hibernate')
    return api('POST /nodes/{node}/qemu/{vmid}/status/suspend', { ...place, todisk: true });
  if (action === 'reset') return api('POST /nodes/{node}/qemu/{vmid}/status/reset', { ...place });
  return api(`POST /nodes/{node}/${kind}/{vmid}/status/${action}`, { ...place });
}

/** Removes the guest with its volumes; answers the UPID. */
export function removeGuest(kind: GuestKind, place: GuestPlace): Promise<string> {
  return api(`DELETE /nodes/{node}/${kind}/{vmid}`, {
    ...place,
    purge: true,
    'destroy-unreferenced-disks': true,
  });
}

/** Removes the guest's settings and none of its volumes; answers the UPID. */
export function forgetGuest(kind: GuestKind, place: GuestPlace): Promise<string> {
  return api(`POST /nodes/{node}/${kind}/{vmid}/forget`, { ...place });
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
export async function changeConfig(kind: GuestKind, place: GuestPlace, change: ConfigChange): Promise<void> {
  await api(`PUT /nodes/{node}/${kind}/{vmid}/config`, { ...configParams(change), ...place });
}

/** Changes devices: of a VM in a task, for making a disk takes time; containers have one way only. */
export async function changeDevices(kind: GuestKind, place: GuestPlace, change: ConfigChange): Promise<void> {
  if (kind === 'lxc') await changeConfig(kind, place, change);
  else await api('POST /nodes/{node}/qemu/{vmid}/config', { ...configParams(change), ...place });
}

/** Takes back changes that wait for a restart. */
export async function revertConfig(
  kind: GuestKind,
  place: GuestPlace,
  keys: readonly string[],
): Promise<void> {
  await api(`PUT /nodes/{node}/${kind}/{vmid}/config`, { ...place, revert: keys.join(',') });
}

/** Lets a disk or a volume grow; answers the UPID. */
export function growVolume(kind: GuestKind, place: GuestPlace, disk: string, gib: string): Promise<string> {
  const size = `+${gib}G`;
  if (kind === 'lxc')
    return api('PUT /nodes/{node}/lxc/{vmid}/resize', { ...place, disk: disk as 'rootfs', size });
  return api('PUT /nodes/{node}/qemu/{vmid}/resize', { ...place, disk: disk as 'scsi0', size });
}
