// PCI and USB devices of this node, read from sysfs: no process at all.
import { readdir, readFile, readlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { MediatedType, PciDevice, UsbDevice } from '../contract/node-hardware.ts';
import { readList } from '../contract/params.ts';
import { flag } from '../contract/reply.ts';
import { AppError, invalidInput, notFound } from '../core/errors.ts';
import { loadDeviceNames, pciIdFiles, usbIdFiles } from './device-names.ts';

export interface SystemHardware {
  /** `blacklist`: beginnings of classes, `05;06;0b`. */
  pci(blacklist: string, verbose: boolean): Promise<PciDevice[]>;
  /** Of a device `00:02.0` or `0000:00:02.0`; `not-found`. */
  mediatedTypes(id: string): Promise<MediatedType[]>;
  usb(): Promise<UsbDevice[]>;
}

const mostDevices = 4096;

/** `root` is replaced in tests. */
export function createSystemHardware(root = '/'): SystemHardware {
  const pciFolder = join(root, 'sys/bus/pci/devices');
  const usbFolder = join(root, 'sys/bus/usb/devices');
  const below = (files: readonly string[]) => files.map((file) => join(root, file));

  async function readPci(id: string) {
    const folder = join(pciFolder, id);
    const read = (name: string) => readText(join(folder, name));
    const [pciClass, vendor, device, subVendor, subDevice, group, mdev] = await Promise.all([
      ...[read('class'), read('vendor'), read('device'), read('subsystem_vendor'), read('subsystem_device')],
      readlink(join(folder, 'iommu_group')).then(basename, () => undefined),
      readdir(join(folder, 'mdev_supported_types')).then(
        () => 'yes',
        () => undefined,
      ),
    ]);
    if (pciClass === undefined || vendor === undefined || device === undefined) return undefined;
    return { id, pciClass, vendor, device, subVendor, subDevice, group, mdev: mdev !== undefined };
  }

  async function readUsb(name: string) {
    const read = (file: string) => readText(join(usbFolder, name, file));
    const [vendid, prodid, busnum, devnum, deviceClass, speed, devpath] = await Promise.all(
      ['idVendor', 'idProduct', 'busnum', 'devnum', 'bDeviceClass', 'speed', 'devpath'].map(read),
    );
    if (vendid === undefined || prodid === undefined || busnum === undefined) return undefined;
    const [manufacturer, product, serial] = await Promise.all(
      ['manufacturer', 'product', 'serial'].map(read),
    );
    // A hub at the root of a bus has the way `0`.
    const ports = devpath === undefined || devpath === '0' ? [] : devpath.split('.');
    return {
      busnum: Number(busnum),
      devnum: Number(devnum ?? 0),
      class: Number.parseInt(deviceClass ?? '0', 16) || 0,
      level: ports.length,
      port: Number(ports.at(-1) ?? 0),
      ...(ports.length === 0 ? {} : { usbpath: ports.join('.') }),
      ...{ vendid, prodid, manufacturer, product, serial },
      speed: speed ?? 'unknown',
    };
  }

  return {
    async pci(blacklist, verbose) {
      const hidden = readList(blacklist);
      for (const word of hidden)
        if (!/^(0x)?[0-9a-f]{2,6}$/i.test(word))
          throw invalidInput({
            'pci-class-blacklist': `'${word}' is not the beginning of a class: write two to six hexadecimal digits`,
          });
      const starts = hidden.map((word) => `0x${word.toLowerCase().replace(/^0x/, '')}`);
      const ids = (await names(pciFolder)).filter((name) => fullId.test(name));
      const devices = (await Promise.all(ids.map(readPci)))
        .filter((device) => device !== undefined)
        .filter(({ pciClass }) => !starts.some((start) => pciClass.startsWith(start)));
      if (!verbose) return devices.map(({ id }) => ({ id }));
      const short = (number: string) => number.replace(/^0x/, '');
      const known = await loadDeviceNames(
        below(pciIdFiles),
        devices.map((one) => ({
          vendor: short(one.vendor),
          device: short(one.device),
          subsystem: one.subVendor && `${short(one.subVendor)} ${short(one.subDevice ?? '')}`,
        })),
      );
      return devices.map(({ id, pciClass, vendor, device, subVendor, subDevice, group, mdev }) => {
        const subsystem =
          subVendor === undefined || subDevice === undefined || /^0x0+$/.test(subVendor)
            ? undefined
            : `${short(subVendor)} ${short(subDevice)}`;
        return defined({
          ...{ id, class: pciClass, vendor, device },
          vendor_name: known.vendor(short(vendor)),
          device_name: known.device(short(vendor), short(device)),
          ...(subsystem === undefined
            ? {}
            : {
                subsystem_vendor: subVendor,
                subsystem_device: subDevice,
                subsystem_vendor_name: known.vendor(short(subVendor ?? '')),
                subsystem_device_name: known.subsystem({
                  vendor: short(vendor),
                  device: short(device),
                  subsystem,
                }),
              }),
          iommugroup: group === undefined ? -1 : Number(group),
          ...(mdev ? { mdev: flag(true) } : {}),
        });
      });
    },

    async mediatedTypes(id) {
      const full = fullPciId(id);
      const device = await readPci(full);
      if (!device) throw notFound('PCI device', id);
      const folder = join(pciFolder, full, 'mdev_supported_types');
      return await Promise.all(
        (await names(folder)).map(async (type) => {
          const read = (name: string) => readText(join(folder, type, name));
          const [name, description, available] = await Promise.all(
            ['name', 'description', 'available_instances'].map(read),
          );
          return defined({
            ...{ type, name, description: description ?? '', available: Number(available ?? 0) },
          });
        }),
      );
    },

    async usb() {
      // `1-1.4:1.0` are interfaces of a device.
      const all = (await names(usbFolder)).filter((name) => /^(usb\d+|\d+-[\d.]+)$/.test(name));
      const devices = (await Promise.all(all.map(readUsb))).filter((device) => device !== undefined);
      const known = await loadDeviceNames(
        below(usbIdFiles),
        devices.map(({ vendid, prodid }) => ({ vendor: vendid, device: prodid })),
      );
      return devices
        .sort((a, b) => a.busnum - b.busnum || a.devnum - b.devnum)
        .map(({ manufacturer, product, serial, ...device }) =>
          defined({
            ...device,
            manufacturer: manufacturer ?? known.vendor(device.vendid),
            product: product ?? known.device(device.vendid, device.prodid),
            serial,
          }),
        );
    },
  };
}

const fullId = /^[0-9a-f]{4,}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]$/;

/** With its domain, in lower case. A name is one of a mapping, of which Croft has none. */
export function fullPciId(id: string): string {
  const lower = id.toLowerCase();
  const full = /^[0-9a-f]{2}:/.test(lower) ? `0000:${lower}` : lower;
  if (!fullId.test(full)) throw new AppError('not-found', `mapping '${id}' does not exist`);
  return full;
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the fields that are undefined. */
function defined<T extends object>(value: T): Defined<T> {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as Defined<T>;
}

/** Sorted; empty when there is no such folder. */
async function names(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort().slice(0, mostDevices);
}

/** What devices say of themselves may hold anything. */
async function readText(path: string): Promise<string | undefined> {
  try {
    const text = (await readFile(path, 'utf8')).replace(/[\x00-\x1f\x7f]/g, ' ').trim();
    return text === '' ? undefined : text.slice(0, 256);
  } catch {
    return undefined;
  }
}
