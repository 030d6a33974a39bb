// What the mock's first node is made of: disks good and failing, devices, services, hostile lines in its log.
import type { DiskItem } from '../../server/contract/node-disks.ts';
import type { PciDevice, UsbDevice } from '../../server/contract/node-hardware.ts';
import { nodeServices, type ServiceState } from '../../server/contract/node-services.ts';

const GiB = 1024 ** 3;
export type MockDisk = DiskItem;

const none = { osdid: -1, 'osdid-list': null } as const;
const disk = (devpath: string, size: number, type: DiskItem['type'], part: Partial<DiskItem>): DiskItem => ({
  ...none,
  ...{ devpath, size: Math.round(size * GiB), type, gpt: 1, rpm: type === 'hdd' ? 7200 : 0 },
  ...{ model: '', vendor: 'ATA', serial: '', wwn: 'unknown', health: 'PASSED', wearout: 'N/A' },
  ...part,
});
const part = (parent: DiskItem, number: number, size: number, used: string, mounted = false): DiskItem => ({
  ...parent,
  devpath: `${parent.devpath}${parent.type === 'nvme' ? 'p' : ''}${number}`,
  parent: parent.devpath,
  size: Math.round(size * GiB),
  used,
  health: 'UNKNOWN',
  wearout: 'N/A',
  ...(mounted ? { mounted: 1 as const } : {}),
});

const system = disk('/dev/nvme0n1', 476.9, 'nvme', {
  ...{ vendor: 'unknown', model: 'Samsung SSD 980 PRO 500GB', serial: 'S5GYNX0R412345', wearout: 88 },
  ...{ used: 'partitions', by_id_link: '/dev/disk/by-id/nvme-Samsung_SSD_980_PRO_500GB_S5GYNX0R412345' },
});

export const mockDisks: readonly MockDisk[] = [
  system,
  part(system, 1, 0.001, 'BIOS boot'),
  part(system, 2, 0.25, 'EFI', true),
  part(system, 3, 3, 'ext4', true),
  part(system, 4, 3, 'ext4'),
  part(system, 5, 470, 'LVM'),
  disk('/dev/sda', 3726, 'hdd', {
    ...{ model: 'WDC_WD40EFAX-68JH4N1', serial: 'WD-WX12D0123456', health: 'FAILED!', used: 'ZFS' },
    by_id_link: '/dev/disk/by-id/ata-WDC_WD40EFAX-68JH4N1_WD-WX12D0123456',
  }),
  disk('/dev/sdb', 894, 'ssd', {
    ...{
      model: 'INTEL_SSDSC2KB960G8',
      serial: 'PHYF1234567890',
      wearout: 7,
      used: 'LVM',
      vgname: 'old-<b>pve</b>',
    },
  }),
  disk('/dev/sdc', 57.3, 'usb', {
    ...{
      vendor: 'SanDisk',
      model: 'Ultra <img src=x onerror=alert(1)>',
      serial: '4C530001',
      health: 'UNKNOWN',
    },
  }),
];

const intel = { vendor: '0x8086', vendor_name: 'Intel Corporation' };
const amd = { vendor: '0x1022', vendor_name: 'Advanced Micro Devices, Inc. [AMD]' };

export const mockPci: readonly PciDevice[] = [
  {
    ...amd,
    id: '0000:00:00.0',
    class: '0x060000',
    device: '0x14d8',
    device_name: 'Raphael/Granite Ridge Root Complex',
    iommugroup: 0,
  },
  {
    ...intel,
    id: '0000:01:00.0',
    class: '0x020000',
    device: '0x1563',
    device_name: 'Ethernet Controller X550',
    iommugroup: 12,
  },
  {
    ...intel,
    id: '0000:01:00.1',
    class: '0x020000',
    device: '0x1563',
    device_name: 'Ethernet Controller X550',
    iommugroup: 13,
  },
  {
    vendor: '0x10de',
    vendor_name: 'NVIDIA Corporation',
    id: '0000:05:00.0',
    class: '0x030000',
    device: '0x25b6',
    device_name: 'GA107GL [A2 / A16]',
    iommugroup: 14,
    mdev: 1,
  },
  {
    vendor: '0x144d',
    vendor_name: 'Samsung Electronics Co Ltd',
    id: '0000:06:00.0',
    class: '0x010802',
    device: '0xa80a',
    device_name: 'NVMe SSD Controller PM9A1/PM9A3/980PRO',
    iommugroup: 15,
  },
  {
    ...amd,
    id: '0000:0c:00.3',
    class: '0x0c0330',
    device: '0x15b6',
    device_name: 'Raphael/Granite Ridge USB 3.1 xHCI',
    iommugroup: 20,
  },
  { vendor: '0x1a03', id: '0000:0a:00.0', class: '0xff0000', device: '0x2000', iommugroup: -1 },
];

const usb = (busnum: number, devnum: number, level: number, rest: Partial<UsbDevice>): UsbDevice => ({
  ...{ busnum, devnum, level, port: 0, class: 0, vendid: '1d6b', prodid: '0002', speed: '480' },
  ...rest,
});
export const mockUsb: readonly UsbDevice[] = [
  usb(1, 1, 0, { class: 9, manufacturer: 'Linux', product: 'xHCI Host Controller' }),
  usb(1, 2, 1, { class: 9, usbpath: '3', vendid: '05e3', prodid: '0610', product: 'USB2.1 Hub' }),
  usb(1, 4, 2, {
    usbpath: '3.1',
    vendid: '0403',
    prodid: '6001',
    manufacturer: 'FTDI',
    product: 'FT232R USB UART',
    speed: '12',
  }),
  usb(2, 1, 0, {
    class: 9,
    prodid: '0003',
    manufacturer: 'Linux',
    product: 'xHCI Host Controller',
    speed: '10000',
  }),
  usb(2, 3, 1, {
    usbpath: '1',
    vendid: '0781',
    prodid: '5581',
    manufacturer: 'SanDisk',
    product: '<b>Ultra</b>',
    speed: '5000',
  }),
];

const descriptions: Readonly<Record<string, string>> = {
  croft: 'Croft, the virtualization appliance',
  libvirtd: 'libvirt legacy monolithic daemon',
  virtlogd: 'libvirt logging daemon',
  lxcfs: 'FUSE filesystem for LXC',
  apparmor: 'Load AppArmor profiles',
  sshd: 'OpenBSD Secure Shell server',
  'systemd-networkd': 'Network Configuration',
  'systemd-resolved': 'Network Name Resolution',
  'systemd-timesyncd': 'Network Time Synchronization',
  'systemd-journald': 'Journal Service',
};

export function mockServices(): ServiceState[] {
  return nodeServices.map((service): ServiceState => {
    const head = {
      service,
      name: service === 'sshd' ? 'ssh' : service,
      desc: descriptions[service] ?? service,
    };
    if (service === 'chrony' || service === 'cron')
      return { ...head, state: 'dead', 'active-state': 'inactive', 'unit-state': 'not-found' };
    if (service === 'corosync' || service === 'pacemaker')
      return { ...head, state: 'dead', 'active-state': 'inactive', 'unit-state': 'disabled' };
    if (service === 'virtlogd')
      return { ...head, state: 'failed', 'active-state': 'failed', 'unit-state': 'enabled' };
    const once = service === 'apparmor';
    return { ...head, state: once ? 'exited' : 'running', 'active-state': 'active', 'unit-state': 'enabled' };
  });
}

export const mockHosts = `127.0.0.1 localhost
::1 localhost ip6-localhost
10.0.0.11 croft1.example.com croft1
10.0.0.12 croft2.example.com croft2
10.0.0.40 nas.example.com nas
`;

const messages: readonly (readonly [program: string, message: string])[] = [
  ['sshd', 'Failed password for invalid user admin from 192.0.2.66 port 40022 ssh2'],
  ['croft', 'VM 100 - Start: done in 2.4 s'],
  ['systemd', 'Finished logrotate.service - Rotate log files.'],
  ['libvirtd', "internal error: QEMU unexpectedly closed the monitor (vm='119')"],
  ['kernel', 'vmbr0: port 2(tap100i0) entered forwarding state'],
  ['croft', 'CT 200 - Snapshot: <script>alert("x")</script> was taken'],
  ['systemd-timesyncd', 'Contacted time server 192.0.2.123:123 (2.debian.pool.ntp.org).'],
  [
    'sshd',
    'Accepted publickey for anna from 10.0.0.77 port 51122 ssh2: ED25519 SHA256:Yp1tY5vQq3H1oZ0kq7Zq4mQW2bT0mB3m3y2c9b8a7f6',
  ],
  ['systemd', 'Started session-42.scope - Session 42 of User anna.'],
];

const stamp = new Intl.DateTimeFormat('en-US', {
  ...{
    timeZone: 'Europe/Rome',
    month: 'short',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  },
  hourCycle: 'h23',
});

/** The line of the number, written at a time (milliseconds). */
export function mockLogLine(n: number, at: number): string {
  const [program, message] = messages[(n * 7 + Math.floor(n / 5)) % messages.length]!;
  return `${stamp.format(at).replace(',', '')} croft1 ${program}[${400 + (n % 9)}]: ${message}`;
}
