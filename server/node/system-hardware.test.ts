// PCI and USB devices of a made-up sysfs, with names from small lists of both kinds.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { readDeviceNames } from './device-names.ts';
import { createSystemHardware, fullPciId } from './system-hardware.ts';

const pciIds = `# comment
1af4  Red Hat, Inc.
\t1000  Virtio network device
\t\t1af4 0001  Virtio network card
\t1001  Virtio block device
8086  Intel Corporation
\t1237  440FX
C 03  Display controller
\t00  VGA compatible controller
`;

const root = mkdtempSync(join(tmpdir(), 'croft-sysfs-'));
function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
function device(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) write(`${folder}/${name}`, `${text}\n`);
}
const pci = 'sys/bus/pci/devices';
device(`${pci}/0000:00:00.0`, { class: '0x060000', vendor: '0x8086', device: '0x1237' });
device(`${pci}/0000:00:03.0`, {
  ...{ class: '0x020000', vendor: '0x1af4', device: '0x1000' },
  ...{ subsystem_vendor: '0x1af4', subsystem_device: '0x0001' },
});
symlinkSync('../../../kernel/iommu_groups/7', join(root, pci, '0000:00:03.0/iommu_group'));
device(`${pci}/0000:00:05.0`, { class: '0x030000', vendor: '0x10de', device: '0x1eb8' });
device(`${pci}/0000:00:05.0/mdev_supported_types/nvidia-222`, {
  ...{ name: 'GRID T4-1B', description: 'num_heads=4', available_instances: '16' },
});
write(`${pci}/nonsense/class`, '0x020000\n');
write('usr/share/misc/pci.ids', pciIds);
const usb = 'sys/bus/usb/devices';
const hub = { idVendor: '1d6b', idProduct: '0002', bDeviceClass: '09', speed: '480', busnum: '1' };
device(`${usb}/usb1`, { ...hub, devnum: '1', devpath: '0' });
device(`${usb}/1-1.4`, {
  ...{ idVendor: '0781', idProduct: '5581', bDeviceClass: '00', speed: '480', busnum: '1', devnum: '5' },
  ...{ devpath: '1.4', product: 'Ultra\u001b[31m', serial: '4C53' },
});
write(`${usb}/1-1.4:1.0/bInterfaceClass`, '08\n');
write(
  'usr/share/misc/usb.ids',
  '0781  SanDisk Corp.\n\t5581  Ultra\n1d6b  Linux Foundation\n\t0002  2.0 root hub\n',
);
afterAll(() => rmSync(root, { recursive: true }));

const hardware = createSystemHardware(root);
const usual = '05;06;0b';

test('PCI devices with names, without what nobody hands to a guest', async () => {
  expect(await hardware.pci(usual, true)).toEqual([
    {
      ...{ id: '0000:00:03.0', class: '0x020000', vendor: '0x1af4', vendor_name: 'Red Hat, Inc.' },
      ...{ device: '0x1000', device_name: 'Virtio network device', iommugroup: 7 },
      ...{ subsystem_vendor: '0x1af4', subsystem_vendor_name: 'Red Hat, Inc.' },
      ...{ subsystem_device: '0x0001', subsystem_device_name: 'Virtio network card' },
    },
    { id: '0000:00:05.0', class: '0x030000', vendor: '0x10de', device: '0x1eb8', iommugroup: -1, mdev: 1 },
  ]);
  expect(await hardware.pci('', false)).toEqual([
    { id: '0000:00:00.0' },
    { id: '0000:00:03.0' },
    { id: '0000:00:05.0' },
  ]);
  expect(await hardware.pci('0x02, 0600', false)).toEqual([{ id: '0000:00:05.0' }]);
  await expect(hardware.pci('network', true)).rejects.toMatchObject({
    fields: { 'pci-class-blacklist': expect.stringContaining("'network'") },
  });
});

test('mediated devices', async () => {
  const expected = [{ type: 'nvidia-222', name: 'GRID T4-1B', description: 'num_heads=4', available: 16 }];
  expect(await hardware.mediatedTypes('00:05.0')).toEqual(expected);
  expect(await hardware.mediatedTypes('0000:00:05.0')).toEqual(expected);
  expect(await hardware.mediatedTypes('00:03.0')).toEqual([]);
  await expect(hardware.mediatedTypes('00:1f.0')).rejects.toMatchObject({ code: 'not-found' });
  await expect(hardware.mediatedTypes('my-mapping')).rejects.toMatchObject({ code: 'not-found' });
  expect(fullPciId('0A:00.F')).toBe('0000:0a:00.f');
});

test('USB devices, not their interfaces', async () => {
  expect(await hardware.usb()).toEqual([
    {
      ...{ busnum: 1, devnum: 1, class: 9, level: 0, port: 0, vendid: '1d6b', prodid: '0002', speed: '480' },
      ...{ manufacturer: 'Linux Foundation', product: '2.0 root hub' },
    },
    {
      ...{
        busnum: 1,
        devnum: 5,
        class: 0,
        level: 2,
        port: 4,
        usbpath: '1.4',
        vendid: '0781',
        prodid: '5581',
      },
      ...{ speed: '480', manufacturer: 'SanDisk Corp.', product: 'Ultra [31m', serial: '4C53' },
    },
  ]);
});

test('a machine without either bus', async () => {
  const bare = createSystemHardware(join(root, 'nowhere'));
  expect(await bare.pci(usual, true)).toEqual([]);
  expect(await bare.usb()).toEqual([]);
});

test('classes have numbers of their own, which are no vendors', () => {
  const names = readDeviceNames(pciIds, [{ vendor: '1af4', device: '1001' }]);
  expect(names.vendor('1af4')).toBe('Red Hat, Inc.');
  expect(names.device('1af4', '1001')).toBe('Virtio block device');
  // Nobody asked for it, so it was not read.
  expect(names.vendor('8086')).toBeUndefined();
  expect(names.vendor('C 03')).toBeUndefined();
});
