// What of a container's configuration is a device, and what its texts mean. Pure.
import { sourceKind } from './ct-mount.ts';
import { type Device, devicesBy, firstFreeKey, type PendingLine } from './guest-config.ts';
import { isOn, type PropertyString, parseProperties } from './property-string.ts';

export type CtDeviceKind = 'root' | 'mount' | 'bind' | 'device' | 'unused';
export type CtDevice = Device<CtDeviceKind>;

function kindOf(key: string, value: string): CtDeviceKind | undefined {
  if (key === 'rootfs') return 'root';
  if (/^mp\d+$/.test(key)) return sourceKind(parseProperties(value)) === 'volume' ? 'mount' : 'bind';
  if (/^dev\d+$/.test(key)) return 'device';
  if (/^unused\d+$/.test(key)) return 'unused';
  return undefined;
}

/** Root, mount points, devices of the node and unused volumes. */
export function ctDevicesOf(lines: readonly PendingLine[]): CtDevice[] {
  return devicesBy(lines, kindOf, ['root', 'mount', 'bind', 'device', 'unused']);
}

export function ctNicsOf(lines: readonly PendingLine[]): Device<'network'>[] {
  return devicesBy(lines, (key) => (/^net\d+$/.test(key) ? 'network' : undefined), ['network']);
}

const counts: Readonly<Record<string, number>> = { mp: 256, net: 32, dev: 256 };

export function freeCtKey(prefix: 'mp' | 'net' | 'dev', lines: readonly PendingLine[]): string | undefined {
  return firstFreeKey(prefix, counts[prefix] ?? 0, lines);
}

/** The first `eth…` that no card has. */
export function freeNicName(lines: readonly PendingLine[]): string {
  const names = nicNames(lines);
  let i = 0;
  while (names.includes(`eth${i}`)) i += 1;
  return `eth${i}`;
}

/** The cards' names inside, without that of the card with this key. */
export function nicNames(lines: readonly PendingLine[], without?: string): string[] {
  return ctNicsOf(lines)
    .filter((nic) => nic.key !== without)
    .map((nic) => (nic.wanted ?? nic.current)?.options.get('name') ?? '');
}

/** Where its file systems are mounted, without that of the given key. */
export function mountTargets(lines: readonly PendingLine[], without?: string): string[] {
  return ctDevicesOf(lines)
    .filter((one) => (one.kind === 'mount' || one.kind === 'bind') && one.key !== without)
    .map((one) => (one.wanted ?? one.current)?.options.get('mp') ?? '');
}

/** Features that are on or off, as keys of `features`. */
export const featureFlags = ['nesting', 'keyctl', 'fuse', 'mknod', 'force_rw_sys'] as const;

export interface Features {
  readonly on: readonly string[];
  /** File systems that may be mounted inside. */
  readonly mount: readonly string[];
}

export function readFeatures(text: string): Features {
  const { options } = parseProperties(text);
  return {
    on: featureFlags.filter((flag) => isOn(options.get(flag))),
    mount: (options.get('mount') ?? '').split(/[;\s]+/).filter(Boolean),
  };
}

/** Undefined when there is nothing to say. */
export function featuresString(features: Features): string | undefined {
  const parts = features.on.map((flag) => `${flag}=1`);
  if (features.mount.length > 0) parts.push(`mount=${features.mount.join(';')}`);
  return parts.length > 0 ? parts.join(',') : undefined;
}

/** `/dev/ttyUSB0,mode=0660`, in whichever notation. */
export function devicePath(device: PropertyString): string {
  return device.options.get('path') ?? device.lead;
}
