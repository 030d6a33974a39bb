// Disks, PCI and USB devices of the made-up machine.
import type { DiskItem } from '../../contract/node-disks.ts';
import type { PciDevice, UsbDevice } from '../../contract/node-hardware.ts';
import type { FakeDisksOptions } from '../../disks/fake/fake-disks.ts';

const gibibyte = 1024 ** 3;
const link = (name: string) => `/dev/disk/by-id/${name}`;

export const demoDisks: FakeDisksOptions = {
  disks: [
    {
      ...{ path: '/dev/sda', sizeBytes: 466 * gibibyte, transport: 'sata', vendor: 'ATA' },
      ...{ model: 'Samsung_SSD_870_EVO_500GB', serial: 'S62ANJ0R000001', wwn: '0x5002538f00000001' },
      parts: [
        { sizeBytes: gibibyte / 1024, partType: '21686148-6449-6e6f-744e-656564454649' },
        { sizeBytes: gibibyte / 4, partType: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b', type: 'vfat' },
        { sizeBytes: 3 * gibibyte, type: 'ext4', mountpoint: '/run/croft-boot/system' },
        { sizeBytes: 16 * gibibyte, type: 'ext4', mountpoint: '/state' },
        { sizeBytes: 446 * gibibyte, type: 'LVM2_member' },
      ],
    },
    {
      ...{ path: '/dev/sdb', sizeBytes: 3726 * gibibyte, transport: 'sata', vendor: 'ATA', rotational: true },
      ...{ model: 'WDC_WD40EFAX-68JH4N1', serial: 'WD-WX12D0000001', wwn: '0x50014ee200000001' },
    },
    {
      ...{ path: '/dev/sdc', sizeBytes: 1863 * gibibyte, transport: 'sata', vendor: 'ATA', rotational: true },
      ...{ model: 'HGST_HUS724020ALA640', serial: 'PN2134P6H00001', wwn: '0x5000cca200000001' },
      parts: [
        { sizeBytes: 1000 * gibibyte, type: 'ntfs', label: 'old <b>office</b>' },
        {
          sizeBytes: 863 * gibibyte,
          type: 'ext4',
          label: 'photos',
          uuid: '0b0e6f3c-2d3a-4d0e-9f0a-5d8f0a6b1c2d',
        },
      ],
    },
    {
      ...{ path: '/dev/nvme0n1', sizeBytes: 932 * gibibyte, transport: 'nvme' },
      ...{ model: 'KINGSTON SNV2S1000G', serial: '50026B7600000001', wwn: 'eui.0026b76000000001' },
      mark: { type: 'LVM2_member' },
    },
  ],
  groups: {
    croft: {
      devices: ['/dev/sda5'],
      volumes: [{ name: 'local', sizeBytes: 100 * gibibyte, type: 'linear', active: true, open: true }],
    },
    fast: {
      devices: ['/dev/nvme0n1'],
      volumes: [
        {
          ...{ name: 'data', sizeBytes: 800 * gibibyte, type: 'thin-pool', active: true },
          ...{ usedBytes: 310 * gibibyte, metadataBytes: 8 * gibibyte, metadataUsedBytes: gibibyte },
        },
        { name: 'vm-900-disk-0', sizeBytes: 64 * gibibyte, type: 'thin', pool: 'data', active: true },
      ],
    },
  },
};

/** What they say of themselves. */
export const demoHealth: Readonly<Record<string, Pick<DiskItem, 'health' | 'wearout' | 'rpm'>>> = {
  '/dev/sda': { health: 'PASSED', wearout: 97, rpm: 0 },
  '/dev/sdb': { health: 'FAILED', wearout: 'N/A', rpm: 5400 },
  '/dev/sdc': { health: 'PASSED', wearout: 'N/A', rpm: 7200 },
  '/dev/nvme0n1': { health: 'PASSED', wearout: 88, rpm: 0 },
};

export const demoLinks: ReadonlyMap<string, string> = new Map([
  ['sda', link('ata-Samsung_SSD_870_EVO_500GB_S62ANJ0R000001')],
  ['sdb', link('ata-WDC_WD40EFAX-68JH4N1_WD-WX12D0000001')],
  ['sdc', link('ata-HGST_HUS724020ALA640_PN2134P6H00001')],
  ['nvme0n1', link('nvme-KINGSTON_SNV2S1000G_50026B7600000001')],
]);

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
