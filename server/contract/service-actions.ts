// Which service of a node may be stopped, and which not for now: one rule that the daemon enforces and the UI greys its buttons by.
import type { NodeServiceName, ServiceAction } from './node-services.ts';

/** Without these nobody reaches the node, or what it does is not seen or not confined; a restart does no harm. */
export const neverStopped = [
  'croft',
  'sshd',
  'systemd-networkd',
  'systemd-journald',
  'apparmor',
] as const satisfies readonly NodeServiceName[];
export type NeverStopped = (typeof neverStopped)[number];

/** Why an action is refused, whatever the state of the service; stable words that clients translate. */
export type ServiceRefusal =
  | { readonly reason: 'never-stopped'; readonly service: NeverStopped }
  /** Containers see their `/proc` through lxcfs: a moment without it does harm already. */
  | { readonly reason: 'containers-running' };

const isNeverStopped = (service: string): service is NeverStopped =>
  neverStopped.some((one) => one === service);

/** Undefined when nothing speaks against it; whether the service is there and runs is another question. */
export function serviceRefusal(
  service: string,
  action: ServiceAction,
  containersRunning: boolean,
): ServiceRefusal | undefined {
  if (action === 'stop' && isNeverStopped(service)) return { reason: 'never-stopped', service };
  if (service === 'lxcfs' && (action === 'stop' || action === 'restart') && containersRunning)
    return { reason: 'containers-running' };
  return undefined;
}
