// The state of a container as the API tells it: its line in lists, its current status, its interfaces and snapshots.
import type { ResourceItem } from '../../contract/resources.ts';
import { configDigest } from '../../core/config-digest.ts';
import { mebibyte } from '../../core/units.ts';
import { activeConfig, type GuestDocument } from '../config/guest-document.ts';
import type { CtParts } from '../ct-parts.ts';
import { readGuest } from '../guest-documents.ts';
import type { ObservedGuest } from '../guest-driver.ts';
import { guestItem, guestLine, uptimeSeconds } from '../guest-line.ts';
import { type SnapshotLine, snapshotLines } from '../guest-snapshots.ts';
import { ifReadable } from '../readable-config.ts';
import { readCtConfig } from './config/read-ct-config.ts';
import type { CtInterface } from './ct-driver.ts';
import { isRunning } from './ct-state-rules.ts';

type StatusParts = Pick<CtParts, 'node' | 'store' | 'states' | 'driver' | 'clock'>;

/** One line of the node's list of containers. `document`: of the same container, when it is at hand. */
export function ctLine(
  item: ResourceItem,
  observed: ObservedGuest | undefined,
  document: GuestDocument | undefined,
) {
  const line = guestLine(item, observed?.pid);
  // Not known of one that runs until it was measured, and where the kernel does not account swap.
  const swap = line.status === 'stopped' ? 0 : item.swap;
  return {
    ...line,
    type: 'lxc' as const,
    state: observed?.state ?? ('stopped' as const),
    ...(swap === undefined ? {} : { swap }),
    ...(document ? { maxswap: maxSwapBytes(document) } : {}),
  };
}

/** The configuration in force; the default when it says nothing, none when it cannot be read. */
function maxSwapBytes(document: GuestDocument): number {
  const { vmid } = document;
  const model = ifReadable(() => readCtConfig({ vmid, config: activeConfig(document) }));
  return (model?.swapMib ?? 0) * mebibyte;
}

/** `GET .../status/current`; `not-found` when there is no such container. `index`: of all guests' lines. */
export function ctStatus(
  parts: StatusParts,
  index: { get(id: string): ResourceItem | undefined },
  vmid: number,
) {
  const document = readGuest(parts.store, vmid, 'lxc');
  const observed = parts.states.observed(vmid);
  const item = guestItem(index, { kind: 'lxc', node: parts.node, vmid }, observed);
  const warnings = parts.driver.warnings();
  return {
    ...ctLine(item, observed, document),
    uptime: uptimeSeconds(observed, parts.clock.now()),
    ha: { managed: 0 },
    ...(document.config['unprivileged'] === 1 ? { unprivileged: 1 as const } : {}),
    ...(warnings.length > 0 ? { warnings: [...warnings] } : {}),
  };
}

/** `GET .../snapshot`. */
export function ctSnapshots(parts: Pick<CtParts, 'store' | 'states'>, vmid: number): SnapshotLine[] {
  const document = readGuest(parts.store, vmid, 'lxc');
  return snapshotLines(document, isRunning(parts, vmid), configDigest(document.config));
}

/** `GET .../interfaces`; null of one that does not run. */
export async function ctInterfaces(parts: Pick<CtParts, 'store' | 'states' | 'driver'>, vmid: number) {
  readGuest(parts.store, vmid, 'lxc');
  if (!isRunning(parts, vmid)) return null;
  return (await parts.driver.interfaces(vmid)).map(interfaceLine);
}

function interfaceLine({ name, mac, addresses }: CtInterface) {
  const parsed = addresses.map((address) => {
    const [ip = '', prefix = ''] = address.split('/');
    return {
      'ip-address': ip,
      'ip-address-type': ip.includes(':') ? ('inet6' as const) : ('inet' as const),
      prefix: Number(prefix),
    };
  });
  const first = (kind: 'inet' | 'inet6') =>
    addresses.find((_, index) => parsed[index]?.['ip-address-type'] === kind);
  const [inet, inet6] = [first('inet'), first('inet6')];
  return {
    ...{ name, 'hardware-address': mac, hwaddr: mac, 'ip-addresses': parsed },
    ...(inet === undefined ? {} : { inet }),
    ...(inet6 === undefined ? {} : { inet6 }),
  };
}
