// What the mock's machine has as an appliance: disks of all kinds, cards, and a status for each situation.
import type { ApplianceStatus, MachineFactsReply } from '../../server/contract/appliance.ts';

type Disk = MachineFactsReply['disks'][number];
type Content = Disk['contents'][number];
const GB = 1e9;
const GiB = 1024 ** 3;

const part = (device: string, sizeBytes: number, type: string, description: string, label = ''): Content => ({
  ...{ device: `/dev/${device}`, sizeBytes, type, label, description },
});

const disk = (name: string, model: string, sizeBytes: number, more: Partial<Disk> = {}): Disk => ({
  ...{
    path: `/dev/${name}`,
    name,
    ids: [],
    model,
    serial: `S5${name.toUpperCase()}NX0R4${sizeBytes % 9973}`,
  },
  ...{ sizeBytes, sectorBytes: 512, transport: 'sata', rotational: false, contents: [] },
  ...more,
});

const croftParts = (name: string, sizeBytes: number): Content[] => [
  part(`${name}1`, 1024 ** 2, '', 'Croft: start for BIOS'),
  part(`${name}2`, 256 * 1024 ** 2, 'vfat', 'Croft: start', 'CROFT_ESP'),
  part(`${name}3`, 3 * GiB, 'ext4', 'Croft: system', 'croft-system'),
  part(`${name}4`, 16 * GiB, 'ext4', 'Croft: settings', 'croft-state'),
  part(`${name}5`, sizeBytes - 20 * GiB, 'LVM2_member', 'Croft: guests'),
];

export const machine: MachineFactsReply = {
  firmware: 'uefi',
  memoryBytes: 64 * GiB,
  disks: [
    disk('sda', 'Samsung SSD 870 EVO', 500 * GB, {
      contents: [
        part('sda1', 0.1 * GiB, 'vfat', 'EFI system partition'),
        part('sda2', 0.016 * GiB, '', 'Windows reserved partition'),
        part('sda3', 300 * GB, 'ntfs', 'Windows (NTFS)', 'System'),
        part('sda4', 120 * GB, 'ext4', 'Linux file system (ext4)', 'home'),
      ],
    }),
    disk('sdb', 'WDC WD10EZEX-08WN4A0', 1000 * GB, {
      rotational: true,
      contents: croftParts('sdb', 1000 * GB),
      croft: { hostname: 'attic', version: '0.1.0', stateSchema: 1, keepable: true },
    }),
    disk('nvme0n1', 'KINGSTON SNV2S1000G', 1000 * GB, { transport: 'nvme' }),
    disk('sdc', 'SanDisk Ultra', 30.8 * GB, {
      transport: 'usb',
      contents: [part('sdc1', 0.7 * GiB, 'iso9660', 'disc image (ISO 9660)', 'CROFT_LIVE')],
      problem: 'this system was started from it: it is the installation medium',
    }),
    disk('sdd', '', 8 * GB, {
      transport: 'usb',
      serial: '',
      problem: 'it is too small: 12 GiB are needed',
    }),
    disk('sde', 'HGST HUS724040ALA640', 4000 * GB, {
      rotational: true,
      contents: [part('sde', 4000 * GB, 'linux_raid_member', 'member of Linux RAID <b>archive</b>')],
      croft: { version: '0.0.7', keepable: false, reason: 'its other half is not there' },
    }),
  ],
  nics: [
    {
      ...{ name: 'enp3s0', mac: '3c:ec:ef:12:34:56', link: true, speedMbit: 1000, driver: 'igb' },
      addresses: ['192.168.1.57/24', 'fe80::3eec:efff:fe12:3456/64'],
    },
    { name: 'enp4s0', mac: '3c:ec:ef:12:34:57', link: false, driver: 'igb', addresses: [] },
    {
      ...{ name: 'enp65s0f0', mac: 'b8:59:9f:aa:00:10', link: true, speedMbit: 10_000, driver: 'mlx5_core' },
      addresses: [],
    },
  ],
};

const now = () => Math.floor(Date.now() / 1000);
const older = { version: '0.2.0', built: '2026-01-12T06:00:00Z', bytes: 612 * 1024 ** 2 };
const newer = { version: '0.3.0', built: '2026-03-02T06:00:00Z', bytes: 628 * 1024 ** 2 };

type Slot = ApplianceStatus['slots'][number];
const slot = (name: 'A' | 'B', image: object, running: 0 | 1, byDefault: 0 | 1): Slot => ({
  ...{ name, ...image, running, default: byDefault },
});

const common = (image: typeof older): ApplianceStatus => ({
  ...{ mode: 'installed', version: image.version, built: image.built, firmware: 'uefi' },
  ...{ trial: 0, slots: [], warnings: [] },
  state: { schema: 1, totalBytes: 16 * GiB, freeBytes: 14.2 * GiB },
});

/** The status in each situation of an installed system, by name. */
export const situations = {
  installed: (): ApplianceStatus => ({
    ...common(newer),
    slot: 'B',
    slots: [slot('A', older, 0, 0), slot('B', newer, 1, 1)],
    last: { at: now() - 86_400 * 3, outcome: 'committed', from: '0.2.0', to: '0.3.0' },
  }),
  first: (): ApplianceStatus => ({
    ...common(older),
    slot: 'A',
    slots: [slot('A', older, 1, 1), slot('B', {}, 0, 0)],
  }),
  pending: (): ApplianceStatus => ({
    ...common(older),
    slot: 'A',
    slots: [slot('A', older, 1, 1), slot('B', newer, 0, 0)],
    last: { at: now() - 240, outcome: 'pending', from: '0.2.0', to: '0.3.0' },
  }),
  trial: (): ApplianceStatus => ({
    ...common(newer),
    slot: 'B',
    trial: 1,
    slots: [slot('A', older, 0, 1), slot('B', newer, 1, 0)],
    last: { at: now() - 90, outcome: 'pending', from: '0.2.0', to: '0.3.0' },
  }),
  'fell-back': (): ApplianceStatus => ({
    ...common(older),
    slot: 'A',
    slots: [slot('A', older, 1, 1), slot('B', newer, 0, 0)],
    last: {
      ...{ at: now() - 5400, outcome: 'fell-back', from: '0.2.0', to: '0.3.0' },
      reason: 'not active: nas (mount.nfs: Connection timed out); not running: 119',
    },
    state: { schema: 1, totalBytes: 16 * GiB, freeBytes: 1.1 * GiB },
    warnings: ['State partition is 93% full'],
  }),
  refused: (): ApplianceStatus => ({
    ...common(older),
    slot: 'A',
    slots: [slot('A', older, 1, 1), slot('B', {}, 0, 0)],
    last: {
      ...{ at: now() - 600, outcome: 'refused', from: '0.2.0', to: '0.3.0' },
      reason: 'the manifest is signed with a key that this system does not know',
    },
  }),
  'not-kept': (): ApplianceStatus => ({
    ...common(newer),
    slot: 'B',
    slots: [slot('A', older, 0, 1), slot('B', newer, 1, 0)],
    warnings: ['Slot B runs, but A boots by default'],
  }),
  live: (): ApplianceStatus => ({
    ...{ mode: 'live', version: newer.version, built: newer.built, firmware: 'uefi' },
    ...{ trial: 0, slots: [], warnings: [] },
  }),
  none: (): ApplianceStatus => ({
    ...{ mode: 'none', version: '0.3.0', firmware: 'bios', trial: 0, slots: [], warnings: [] },
  }),
} as const;
