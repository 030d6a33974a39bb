// The privileges by what they are about, as roles and effective rights show them. Pure.
import { type Privilege, privileges } from '../../../server/contract/permission.ts';

export type PrivilegeArea =
  | 'guests'
  | 'config'
  | 'agent'
  | 'storage'
  | 'nodes'
  | 'networks'
  | 'mapping'
  | 'pools'
  | 'people';

const areas: readonly (readonly [RegExp, PrivilegeArea])[] = [
  [/^VM\.Config\./, 'config'],
  [/^VM\.GuestAgent\./, 'agent'],
  [/^VM\./, 'guests'],
  [/^Datastore\./, 'storage'],
  [/^Sys\./, 'nodes'],
  [/^SDN\./, 'networks'],
  [/^Mapping\./, 'mapping'],
  [/^Pool\./, 'pools'],
];
const order: readonly PrivilegeArea[] = [
  'guests',
  'config',
  'agent',
  'storage',
  'nodes',
  'networks',
  'mapping',
  'pools',
  'people',
];

function areaOf(privilege: Privilege): PrivilegeArea {
  return areas.find(([pattern]) => pattern.test(privilege))?.[1] ?? 'people';
}

export interface AreaPrivileges {
  readonly area: PrivilegeArea;
  readonly privileges: readonly Privilege[];
}

/** The privileges that `wanted` takes, by area; areas without any are left out. */
export function byArea(wanted: (privilege: Privilege) => boolean = () => true): AreaPrivileges[] {
  return order
    .map((area) => ({ area, privileges: privileges.filter((one) => areaOf(one) === area && wanted(one)) }))
    .filter((one) => one.privileges.length > 0);
}

/** The privileges of a role, as lists give them; what is unknown is left out. */
export function privilegesIn(text: string | undefined): Privilege[] {
  const named = new Set((text ?? '').split(/[\s,;]+/));
  return privileges.filter((one) => named.has(one));
}
