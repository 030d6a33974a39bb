// What can be done with a service, what is asked before, and why something cannot be done. Pure.
import type { ServiceAction, ServiceState } from '../../../server/contract/node-services.ts';
import { type NeverStopped, serviceRefusal } from '../../../server/contract/service-actions.ts';
import type { Key } from '../../i18n/index.ts';

export const serviceActions = [
  'start',
  'stop',
  'restart',
  'reload',
] as const satisfies readonly ServiceAction[];

const whyNeverStopped: Readonly<Record<NeverStopped, Key>> = {
  croft: 'nodeServices.keeps.croft',
  sshd: 'nodeServices.keeps.sshd',
  'systemd-networkd': 'nodeServices.keeps.networkd',
  'systemd-journald': 'nodeServices.keeps.journald',
  apparmor: 'nodeServices.keeps.apparmor',
};

/** What is felt while these are restarted; stopping is asked about for all. */
const feltWhenRestarted: Readonly<Record<string, Key>> = {
  croft: 'nodeServices.restarts.croft',
  libvirtd: 'nodeServices.restarts.libvirtd',
  sshd: 'nodeServices.restarts.sshd',
  'systemd-networkd': 'nodeServices.restarts.networkd',
  'systemd-resolved': 'nodeServices.restarts.resolved',
  corosync: 'nodeServices.restarts.cluster',
  pacemaker: 'nodeServices.restarts.cluster',
};

export interface ServiceFacts {
  readonly service: string;
  readonly active: ServiceState['active-state'];
  readonly unit: ServiceState['unit-state'];
}

export function factsOf(state: ServiceState): ServiceFacts {
  return { service: state.service, active: state['active-state'], unit: state['unit-state'] };
}

const runs = ({ active }: ServiceFacts): boolean =>
  active === 'active' || active === 'reloading' || active === 'refreshing';

/** Why it cannot be done; undefined when it can. `containersRunning`: on the service's node. */
export function refusalOf(
  action: ServiceAction,
  facts: ServiceFacts,
  containersRunning = false,
): Key | undefined {
  if (facts.active === 'unknown') return 'nodeServices.noSystemd';
  if (facts.unit === 'not-found') return 'nodeServices.notInstalled';
  // One that fails and is started again and again is on its way for ever: it can be stopped.
  const startsOnly = facts.active === 'activating' && (action === 'stop' || action === 'restart');
  if (facts.active === 'deactivating' || (facts.active === 'activating' && !startsOnly))
    return 'nodeServices.changing';
  if (action === 'start') {
    if (facts.unit.startsWith('masked')) return 'nodeServices.maskedHint';
    return runs(facts) ? 'nodeServices.runsAlready' : undefined;
  }
  const refusal = serviceRefusal(facts.service, action, containersRunning);
  if (refusal !== undefined)
    return refusal.reason === 'never-stopped' ? whyNeverStopped[refusal.service] : 'nodeServices.keeps.lxcfs';
  const can = runs(facts) || startsOnly || (action === 'restart' && facts.active === 'failed');
  return can ? undefined : 'nodeServices.notRunning';
}

/** What is said before it is done; undefined when it is done at once. */
export function questionOf(action: ServiceAction, { service, unit }: ServiceFacts): Key | undefined {
  // Only what is started at boot comes back by itself.
  if (action === 'stop') return unit === 'enabled' ? 'nodeServices.stopText' : 'nodeServices.stopForGood';
  return action === 'restart' ? feltWhenRestarted[service] : undefined;
}

export type ServiceTone = 'ok' | 'bad' | 'plain' | 'accent' | 'warn';

/** How a state looks. What is meant to run and does not is a warning. */
export function serviceTone({ active, unit }: ServiceFacts): ServiceTone {
  if (active === 'failed') return 'bad';
  if (active === 'active') return 'ok';
  if (active === 'inactive') return unit === 'enabled' ? 'warn' : 'plain';
  return active === 'unknown' || active === 'maintenance' ? 'warn' : 'accent';
}
