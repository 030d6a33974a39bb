// Disks, PCI and USB devices of the made-up machine.
import type { DiskItem } from '../../contract/node-disks.ts';
import type { PciDevice, UsbDevice } from '../../contract/node-hardware.ts';

const gibibyte = 1024 ** 3;
const none = { osdid: -1, 'osdid-list': null } as const;

const system = {
  model: 'Samsung_SSD_870_EVO_500GB',
  vendor: 'ATA',
  serial: 'S62ANJ0R000001',
  wwn: '0x5002538f00000001',
};

export const fakeDisks: readonly DiskItem[] = [
  {
    ...{
      ...none,
      ...system,
      devpath: '/dev/sda',
      size: 466 * gibibyte,
      type: 'ssd',
      used: 'partitions',
      gpt: 1,
    },
    by_id_link: '/dev/disk/by-id/ata-Samsung_SSD_870_EVO_500GB_S62ANJ0R000001',
    ...{ rpm: 0, health: 'PASSED', wearout: 97 },
  },
  ...(['BIOS boot', 'EFI', 'ext4', 'ext4', 'LVM'] as const).map(
    (used, index): DiskItem => ({
      ...{
        ...none,
        ...system,
        devpath: `/dev/sda${index + 1}`,
        parent: '/dev/sda',
        type: 'ssd',
        used,
        gpt: 1,
      },
      ...{
        size: ([1 / 1024, 0.25, 3, 16, 446][index] ?? 0) * gibibyte,
        rpm: 0,
        health: 'UNKNOWN',
        wearout: 'N/A',
      },
      ...(used === 'ext4' ? { mounted: 1 } : {}),
    }),
  ),
  {
    ...{ ...none, devpath: '/dev/sdb', size: 3726 * gibibyte, type: 'hdd', gpt: 0, rpm: 5400 },
    ...{ model: 'WDC_WD40EFAX-68JH4N1', vendor: 'ATA', serial: 'WD-WX12D0000001', wwn: '0x50014ee200000001' },
    by_id_link: '/dev/disk/by-id/ata-WDC_WD40EFAX-68JH4N1_WD-WX12D0000001',
    ...{ health: 'FAILED', wearout: 'N/A' },
  },
  {
    ...{ ...none, devpath: '/dev/nvme0n1', size: 932 * gibibyte, type: 'nvme', used: 'LVM', gpt: 0, rpm: 0 },
    ...{
      model: 'KINGSTON SNV2S1000G',
      vendor: 'unknown',
      serial: '50026B7600000001',
      wwn: 'eui.0026b76000000001',
    },
    by_id_link: '/dev/disk/by-id/nvme-KINGSTON_SNV2S1000G_50026B7600000001',
    ...{ health: 'PASSED', wearout: 88 },
  },
];

const intel = { vendor: '0x8086', vendor_name: 'Intel Corporation' };

export const fakePci: readonly PciDevice[] = [
  {
    ...intel,
    id: '0000:00:00.0',
    class: '0x060000',
    device: '0x3e30',
    device_name: 'Host Bridge',
    iommugroup: 0,
  },
  {
    ...intel,
    id: '0000:00:02.0',
    class: '0x030000',
    device: '0x3e98',
    device_name: 'UHD Graphics 630',
    iommugroup: 1,
    mdev: 1,
  },
  {
    ...intel,
    id: '0000:00:17.0',
    class: '0x010601',
    device: '0xa352',
    device_name: 'SATA AHCI Controller',
    iommugroup: 5,
  },
  {
    ...intel,
    id: '0000:00:1f.6',
    class: '0x020000',
    device: '0x15bc',
    device_name: 'Ethernet Connection I219-V',
    iommugroup: 8,
  },
];

export const fakeUsb: readonly UsbDevice[] = [
  {
    ...{ busnum: 1, devnum: 1, class: 9, level: 0, port: 0, vendid: '1d6b', prodid: '0002', speed: '480' },
    ...{ manufacturer: 'Linux', product: 'xHCI Host Controller', serial: '0000:00:14.0' },
  },
  {
    ...{
      busnum: 1,
      devnum: 3,
      class: 0,
      level: 1,
      port: 4,
      usbpath: '4',
      vendid: '0781',
      prodid: '5581',
      speed: '480',
    },
    ...{ manufacturer: 'SanDisk', product: 'Ultra', serial: '4C530000000000000001' },
  },
];
