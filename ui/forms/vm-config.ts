// A VM's configuration as the hardware page shows it: devices with what is there and what waits for a restart. Pure.
import { type PropertyString, parseProperties } from './property-string.ts';

/** One line of `/pending`. */
export interface PendingLine {
  readonly key: string;
  readonly value?: string | number | undefined;
  readonly pending?: string | number | undefined;
  readonly delete?: number | undefined;
}

export type DeviceKind = 'disk' | 'cdrom' | 'unused' | 'network' | 'serial' | 'efi';

export interface Device {
  readonly key: string;
  readonly kind: DeviceKind;
  /** What the guest has now; undefined when it is only to be added. */
  readonly current: PropertyString | undefined;
  /** What it will have: differs from `current` when a change waits; undefined when it will be removed. */
  readonly wanted: PropertyString | undefined;
  readonly pending: boolean;
}

const driveKey = /^(ide|sata|scsi|virtio)(\d+)$/;

/** The device kind of a key; undefined for settings that are no device. */
function kindOf(key: string, value: string): DeviceKind | undefined {
  if (driveKey.test(key)) return /(^|,)media=cdrom(,|$)/.test(value) ? 'cdrom' : 'disk';
  if (/^unused\d+$/.test(key)) return 'unused';
  if (/^net\d+$/.test(key)) return 'network';
  if (/^serial\d+$/.test(key)) return 'serial';
  if (key === 'efidisk0') return 'efi';
  return undefined;
}

const order: readonly DeviceKind[] = ['disk', 'cdrom', 'network', 'efi', 'serial', 'unused'];

/** The devices, disks first, each kind by its key. */
export function devicesOf(lines: readonly PendingLine[]): Device[] {
  const devices: Device[] = [];
  for (const line of lines) {
    const now = line.value === undefined ? undefined : String(line.value);
    const later = line.delete ? undefined : line.pending === undefined ? now : String(line.pending);
    const text = later ?? now;
    if (text === undefined) continue;
    const kind = kindOf(line.key, text);
    if (kind === undefined) continue;
    devices.push({
      key: line.key,
      kind,
      current: now === undefined ? undefined : parseProperties(now),
      wanted: later === undefined ? undefined : parseProperties(later),
      pending: now !== later,
    });
  }
  return devices.sort(
    (a, b) =>
      order.indexOf(a.kind) - order.indexOf(b.kind) ||
      a.key.localeCompare(b.key, undefined, { numeric: true }),
  );
}

/** A plain setting: now, later, and whether these differ. */
export function settingOf(
  lines: readonly PendingLine[],
  key: string,
): { current: string | undefined; wanted: string | undefined; pending: boolean } {
  const line = lines.find((one) => one.key === key);
  const current = line?.value === undefined ? undefined : String(line.value);
  const wanted = line?.delete ? undefined : line?.pending === undefined ? current : String(line.pending);
  return { current, wanted, pending: current !== wanted };
}

/** The keys with a change that waits. */
export function pendingKeys(lines: readonly PendingLine[]): string[] {
  return lines.filter((line) => line.delete || line.pending !== undefined).map((line) => line.key);
}

const counts: Readonly<Record<string, number>> = { ide: 4, sata: 6, scsi: 31, virtio: 16, net: 32 };

/** The first free key of a numbered device; undefined when all are taken. */
export function freeKey(prefix: string, lines: readonly PendingLine[]): string | undefined {
  const taken = new Set(lines.map((line) => line.key));
  for (let i = 0; i < (counts[prefix] ?? 0); i += 1) if (!taken.has(`${prefix}${i}`)) return `${prefix}${i}`;
  return undefined;
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
  return ['1', 'on', 'yes', 'true'].includes((value.options.get('enabled') ?? value.lead).toLowerCase());
}
