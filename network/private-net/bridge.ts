// Makes, changes and deletes our bridge.
import { AppError } from '../../server/core/errors.ts';
import type { Exec } from '../../server/core/exec.ts';
import type { Change, DesiredNet, ObservedNet } from '../plan.ts';
import { renderMark } from './observe-private-net.ts';

/** Does one change of a bridge. `desired` is needed for all but `delete-bridge`. */
export async function changeBridge(
  change: Change,
  bridge: string,
  observed: ObservedNet,
  exec: Exec,
  desired?: DesiredNet,
): Promise<void> {
  const lines = renderBridgeChange(change.do, bridge, observed, desired);
  // One run of ip for all lines, so that a bridge is never seen without our mark: it would count as another's.
  await exec('ip', ['-batch', '-'], { input: `${lines.join('\n')}\n`, intention: change.why });
}

/** The lines for `ip -batch`. */
export function renderBridgeChange(
  action: Change['do'],
  bridge: string,
  observed: ObservedNet,
  desired?: DesiredNet,
): string[] {
  if (action === 'delete-bridge') return [`link delete dev ${bridge} type bridge`];
  if (!desired) throw new AppError('internal', 'a change of a bridge without its desired state');
  const mark = `link set dev ${bridge} alias "${renderMark(desired.cidr)}"`;
  const address = `address add ${desired.cidr} broadcast + dev ${bridge}`;
  switch (action) {
    case 'create-bridge':
      return [
        `link add name ${bridge} address ${desired.mac} type bridge stp_state 0 forward_delay 0`,
        mark,
        address,
        `link set dev ${bridge} up`,
      ];
    case 'set-mac':
      return [`link set dev ${bridge} address ${desired.mac}`];
    case 'set-address': {
      // Only the address in our mark is ours to take away; others on this bridge were added by somebody.
      const old = observed.markedCidr;
      const leftover = old !== undefined && old !== desired.cidr && observed.cidrs.includes(old);
      return [
        ...(observed.cidrs.includes(desired.cidr) ? [] : [address]),
        ...(leftover ? [`address delete ${old} dev ${bridge}`] : []),
        mark,
      ];
    }
    case 'set-up':
      return [`link set dev ${bridge} up`];
    default:
      throw new AppError('internal', `'${action}' is not a change of a bridge`);
  }
}
