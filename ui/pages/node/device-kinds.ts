// What kind of device a PCI or USB class is, and the order of devices in a list. Pure.
import type { PciDevice, UsbDevice } from '../../../server/contract/node-hardware.ts';
import type { Key } from '../../i18n/index.ts';

/** The base classes of the PCI Code and ID Assignment Specification, section 1. */
const pciKinds: Readonly<Record<string, Key>> = {
  '01': 'nodeHardware.kind.storage',
  '02': 'nodeHardware.kind.network',
  '03': 'nodeHardware.kind.display',
  '04': 'nodeHardware.kind.multimedia',
  '05': 'nodeHardware.kind.memory',
  '06': 'nodeHardware.kind.bridge',
  '07': 'nodeHardware.kind.communication',
  '08': 'nodeHardware.kind.system',
  '09': 'nodeHardware.kind.input',
  '0b': 'nodeHardware.kind.processor',
  '0c': 'nodeHardware.kind.bus',
  '0d': 'nodeHardware.kind.wireless',
  '10': 'nodeHardware.kind.encryption',
  '11': 'nodeHardware.kind.signal',
  '12': 'nodeHardware.kind.accelerator',
};

/** `0x030000` is a display. */
export function pciKind(code: string | undefined): Key {
  const found = /^0x([0-9a-f]{2})/i.exec(code ?? '')?.[1]?.toLowerCase();
  return pciKinds[found ?? ''] ?? 'nodeHardware.kind.other';
}

/** What a PCI device is called; the numbers where no name is known. */
export function pciName(device: PciDevice): string {
  const names = [device.vendor_name ?? device.vendor, device.device_name ?? device.device];
  return names.filter((name) => name !== undefined && name !== '').join(' ') || device.id;
}

export function usbName(device: UsbDevice): string {
  const names = [device.manufacturer, device.product].filter((name) => name !== undefined && name !== '');
  return names.join(' ') || `${device.vendid}:${device.prodid}`;
}

/** A hub (class 9 of the USB specification) only leads to others. */
export const isHub = (device: UsbDevice): boolean => device.class === 9;

/** By bus, and within it by the way of ports, so that each stands below its hub. */
export function inUsbOrder(devices: readonly UsbDevice[]): UsbDevice[] {
  return [...devices].sort(
    (a, b) =>
      a.busnum - b.busnum ||
      (a.usbpath ?? '').localeCompare(b.usbpath ?? '', 'en', { numeric: true }) ||
      a.devnum - b.devnum,
  );
}
