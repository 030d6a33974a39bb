// What of a VM's configuration is a device, and what its texts mean. Pure.
import { type Device, devicesBy, firstFreeKey, type PendingLine } from './guest-config.ts';
import { isOn, type PropertyString, parseProperties } from './property-string.ts';

const order = [
  ...(['disk', 'cdrom', 'network', 'efi', 'tpm', 'serial', 'rng', 'watchdog', 'audio', 'unused'] as const),
] as const;
export type DeviceKind = (typeof order)[number];
export type VmDevice = Device<DeviceKind>;

const driveKey = /^(ide|sata|scsi|virtio)(\d+)$/;

/** Devices of which there is one at most, by key. */
const single: Readonly<Record<string, DeviceKind | undefined>> = {
  ...{ efidisk0: 'efi', tpmstate0: 'tpm', rng0: 'rng', watchdog: 'watchdog', audio0: 'audio' },
};

/** The device kind of a key; undefined for settings that are no device. */
function kindOf(key: string, value: string): DeviceKind | undefined {
  if (driveKey.test(key)) return /(^|,)media=cdrom(,|$)/.test(value) ? 'cdrom' : 'disk';
  if (/^unused\d+$/.test(key)) return 'unused';
  if (/^net\d+$/.test(key)) return 'network';
  if (/^serial\d+$/.test(key)) return 'serial';
  return single[key];
}

/** The devices, disks first, each kind by its key. */
export function devicesOf(lines: readonly PendingLine[]): VmDevice[] {
  return devicesBy(lines, kindOf, order);
}

const counts: Readonly<Record<string, number>> = {
  ide: 4,
  sata: 6,
  scsi: 31,
  virtio: 16,
  net: 32,
  serial: 4,
};

/** The first free key of a numbered device; undefined when all are taken. */
export function freeKey(prefix: string, lines: readonly PendingLine[]): string | undefined {
  return firstFreeKey(prefix, counts[prefix] ?? 0, lines);
}

/** The key of a new drive for discs: that of images as they come, else the first that is free; undefined when none is. */
export function newDriveKey(lines: readonly PendingLine[]): string | undefined {
  if (!lines.some((one) => one.key === 'ide2')) return 'ide2';
  return freeKey('ide', lines) ?? freeKey('sata', lines) ?? freeKey('scsi', lines);
}

/** A network card's string taken apart: `virtio=MAC,...` or `model=virtio,macaddr=MAC,...`. */
export function networkOf(net: PropertyString): { model: string; mac: string; bridge: string } {
  const named = [...net.options].find(([, value]) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(value));
  const model = net.options.get('model') ?? (named?.[0] === 'macaddr' ? net.lead : (named?.[0] ?? net.lead));
  return { model, mac: named?.[1] ?? '', bridge: net.options.get('bridge') ?? '' };
}

/** The boot order as device keys. */
export function bootOrderOf(boot: string | undefined): string[] {
  return (parseProperties(boot ?? '').options.get('order') ?? '').split(';').filter(Boolean);
}

/** Is the agent enabled in `agent: enabled=1` or `agent: 1`? */
export function agentEnabled(agent: string | undefined): boolean {
  const value = parseProperties(agent ?? '');
  return isOn(value.options.get('enabled') ?? value.lead);
}
