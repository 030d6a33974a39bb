// Devices as they are named and ordered.
import { expect, test } from 'vitest';
import type { UsbDevice } from '../../../server/contract/node-hardware.ts';
import { inUsbOrder, isHub, pciKind, pciName, usbName } from './device-kinds.ts';

const usb = (part: Partial<UsbDevice>): UsbDevice => ({
  ...{ busnum: 1, devnum: 1, class: 0, level: 1, port: 1, vendid: '0781', prodid: '5581', speed: '480' },
  ...part,
});

test('a PCI class is told by its first two digits, an unknown one as other', () => {
  expect(pciKind('0x030000')).toBe('nodeHardware.kind.display');
  expect(pciKind('0x0C0330')).toBe('nodeHardware.kind.bus');
  expect([pciKind('0xff0000'), pciKind(undefined), pciKind('<b>')]).toEqual([
    ...Array.from({ length: 3 }, () => 'nodeHardware.kind.other'),
  ]);
});

test('a device without names is called by its numbers', () => {
  expect(pciName({ id: '0000:00:02.0', vendor_name: 'Intel', device: '0x3e98' })).toBe('Intel 0x3e98');
  expect(pciName({ id: '0000:00:02.0' })).toBe('0000:00:02.0');
  expect(usbName(usb({ manufacturer: 'SanDisk', product: 'Ultra' }))).toBe('SanDisk Ultra');
  expect(usbName(usb({ manufacturer: '' }))).toBe('0781:5581');
});

test('USB devices stand below their hub', () => {
  const order = inUsbOrder([
    usb({ busnum: 2, devnum: 1, class: 9 }),
    usb({ devnum: 7, usbpath: '4.10' }),
    usb({ devnum: 3, usbpath: '4', class: 9 }),
    usb({ devnum: 9, usbpath: '4.2' }),
    usb({ devnum: 1, class: 9 }),
  ]);
  expect(order.map(({ busnum, devnum }) => `${busnum}.${devnum}`)).toEqual([
    '1.1',
    '1.3',
    '1.9',
    '1.7',
    '2.1',
  ]);
  expect(order.map(isHub)).toEqual([true, true, false, false, true]);
});
