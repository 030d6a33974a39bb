// Names of vendors and devices by their numbers, from the lists that pciutils and usbutils bring (pci.ids, usb.ids).
import { readFile } from 'node:fs/promises';

/** `vendor` is `8086`, `device` `1237`; `subsystem` `1af4 1100`. Numbers in lower case. */
export interface DeviceNumbers {
  readonly vendor: string;
  readonly device: string;
  readonly subsystem?: string | undefined;
}

export interface DeviceNames {
  vendor(vendor: string): string | undefined;
  device(vendor: string, device: string): string | undefined;
  subsystem(numbers: DeviceNumbers): string | undefined;
}

/**
 * Reads only what is asked for: the lists have tens of thousands of lines. Vendors begin a line, their devices follow after one
 * tab, their subsystems after two (pci.ids(5)). What follows `C 00` is about classes.
 */
export function readDeviceNames(text: string, wanted: readonly DeviceNumbers[]): DeviceNames {
  const vendors = new Set(
    wanted.flatMap(({ vendor, subsystem }) => [vendor, ...(subsystem ? [subsystem.slice(0, 4)] : [])]),
  );
  const found = new Map<string, string>();
  let at = 0;
  let vendor = '';
  let device = '';
  while (at < text.length) {
    const next = text.indexOf('\n', at);
    const end = next < 0 ? text.length : next;
    const line = text.slice(at, end);
    at = end + 1;
    const first = line.charCodeAt(0);
    if (first === tab) {
      if (vendor === '') continue;
      if (line.charCodeAt(1) === tab) {
        if (device !== '') found.set(`${vendor} ${device} ${line.slice(2, 11)}`, line.slice(13));
      } else {
        device = line.slice(1, 5);
        found.set(`${vendor} ${device}`, line.slice(7));
      }
      continue;
    }
    const number = line.slice(0, 4);
    if (!/^[0-9a-f]{4} {2}/.test(line)) {
      if (line.startsWith('C ')) break;
      if (line !== '' && first !== hash) vendor = '';
      continue;
    }
    vendor = vendors.has(number) ? number : '';
    device = '';
    if (vendor !== '') found.set(vendor, line.slice(6));
  }
  return {
    vendor: (number) => found.get(number),
    device: (ofVendor, number) => found.get(`${ofVendor} ${number}`),
    subsystem: (numbers) => found.get(`${numbers.vendor} ${numbers.device} ${numbers.subsystem}`),
  };
}

const tab = 9;
const hash = 35;

/** The first of the files that is there, read for these devices; without one nothing has a name. */
export async function loadDeviceNames(
  files: readonly string[],
  wanted: readonly DeviceNumbers[],
): Promise<DeviceNames> {
  for (const file of files) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    if (text !== undefined) return readDeviceNames(text, wanted);
  }
  return readDeviceNames('', []);
}

export const pciIdFiles = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids'] as const;
export const usbIdFiles = [
  '/var/lib/usbutils/usb.ids',
  '/usr/share/misc/usb.ids',
  '/usr/share/hwdata/usb.ids',
] as const;
