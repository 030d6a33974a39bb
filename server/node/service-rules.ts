// Refuses to stop a service without which nobody reaches this machine, or its running guests break.
import type { NodeServiceName, ServiceAction, ServiceState } from '../contract/node-services.ts';
import { type NeverStopped, serviceRefusal } from '../contract/service-actions.ts';
import { AppError } from '../core/errors.ts';
import type { SystemServices } from './system-services.ts';

export interface ServiceRuleFacts {
  /** Of systemd; undefined when it answers. */
  readonly problem: string | undefined;
  readonly state: ServiceState;
  readonly containersRunning: boolean;
}

const whyNeverStopped: Readonly<Record<NeverStopped, string>> = {
  croft: 'nobody could start it from here again; it can be restarted',
  sshd: 'it may be the last way to this machine; it can be restarted',
  'systemd-networkd': 'this machine would lose its addresses; it can be restarted',
  'systemd-journald': 'nothing would be logged any more; it can be restarted',
  apparmor: 'guests that start would not be confined',
};

/** Throws `unsupported`, `not-found` or `wrong-state`, saying why. */
export function assertServiceAction(
  service: NodeServiceName,
  action: ServiceAction,
  { problem, state, containersRunning }: ServiceRuleFacts,
): void {
  if (problem !== undefined) throw new AppError('unsupported', problem);
  if (state['unit-state'] === 'not-found')
    throw new AppError('not-found', `service '${service}' is not installed on this node`);
  const refusal = serviceRefusal(service, action, containersRunning);
  if (refusal?.reason === 'never-stopped')
    throw new AppError(
      'unsupported',
      `service '${service}' is not stopped from here: ${whyNeverStopped[refusal.service]}`,
    );
  if (refusal?.reason === 'containers-running')
    throw new AppError(
      'wrong-state',
      `service 'lxcfs' cannot ${action} while containers run: they see their /proc through it. Reload it, or stop them first`,
    );
}

export interface ServiceRuleParts {
  readonly services: SystemServices;
  containersRunning(): boolean;
}

/** The same, of things as they are now. */
export async function checkServiceAction(
  { services, containersRunning }: ServiceRuleParts,
  service: NodeServiceName,
  action: ServiceAction,
): Promise<void> {
  const problem = services.problem();
  const [state] = await services.states([service]);
  if (state) assertServiceAction(service, action, { problem, state, containersRunning: containersRunning() });
}
