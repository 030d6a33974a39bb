// What the mock's cluster has: two nodes, forty guests in every state, storages full and broken, hostile texts.
import type { ResourceItem } from '../../server/contract/resources.ts';
import type { ListedProof } from '../../server/contract/vzdump-proof.ts';

const GiB = 1024 ** 3;
export const nodeNames = ['croft1', 'croft2'] as const;

/** A number between 0 and 1 that is the same in every run: screenshots must not differ by chance. */
export function steady(seed: number): number {
  const x = Math.sin(seed * 12.9898 + 78.233) * 43758.5453;
  return x - Math.floor(x);
}

const names = [
  ...[
    'web-frontend',
    'web-api',
    'mail',
    'files',
    'ldap',
    'git',
    'ci-runner-1',
    'ci-runner-2',
    'wiki',
    'monitoring',
  ],
  ...[
    'postgres-main',
    'postgres-replica',
    'redis',
    'rabbitmq',
    'minio',
    'vpn',
    'dns-1',
    'dns-2',
    'proxy',
    'backup',
  ],
  ...[
    'win-dc',
    'win-terminal',
    'accounting',
    'erp-test',
    'erp',
    'phone',
    'camera-recorder',
    'home-assistant',
  ],
  ...[
    'desktop-anna',
    'desktop-boris',
    'debian-template',
    'lab-1',
    'lab-2',
    'lab-3',
    'router-test',
    'old-intranet',
  ],
  ...[
    'staging-web',
    'staging-db',
    'a-very-long-name-of-a-machine-that-nobody-shortened.example.internal',
    'kiosk',
  ],
] as const;

const tags: Readonly<Record<number, string>> = {
  0: 'web;prod',
  1: 'web;prod',
  10: 'db;prod',
  11: 'db',
  36: 'staging',
};

/** By place in `names`. */
function poolOf(i: number): string | undefined {
  if ([0, 1, 10, 11, 12, 36, 37].includes(i)) return 'shop';
  if ([2, 3, 4, 8, 15, 22].includes(i)) return 'office';
  return i >= 31 && i <= 34 ? 'lab' : undefined;
}

function stateOf(i: number): string {
  if (i === 27) return 'paused';
  if (i === 22) return 'suspended';
  if (i === 33) return 'starting';
  if (i === 34) return 'stopping';
  return i === 30 || i === 35 || steady(i) > 0.62 ? 'stopped' : 'running';
}

export function guestFixtures(): ResourceItem[] {
  return names.map((name, i) => {
    const status = stateOf(i);
    const maxmem = [2, 4, 8, 16][i % 4]! * GiB;
    const on = status !== 'stopped';
    const node = nodeNames[i % 3 === 0 ? 1 : 0]!;
    const pool = poolOf(i);
    return {
      id: `qemu/${100 + i}`,
      type: 'qemu',
      node,
      status,
      vmid: 100 + i,
      name,
      template: i === 30 ? 1 : 0,
      ...(tags[i] ? { tags: tags[i] } : {}),
      ...(pool === undefined ? {} : { pool }),
      ...(i === 19 ? { lock: 'backup' } : {}),
      ...(i === 35 ? { lock: 'suspended' } : {}),
      maxcpu: [1, 2, 4, 8][i % 4]!,
      maxmem,
      maxdisk: 32 * GiB,
      disk: 0,
      cpu: on ? steady(i + 50) * 0.5 : 0,
      mem: on ? Math.round(maxmem * (0.2 + steady(i + 90) * 0.7)) : 0,
      netin: on ? Math.round(steady(i + 3) * 9e9) : 0,
      netout: on ? Math.round(steady(i + 4) * 3e9) : 0,
      uptime: on ? Math.round(steady(i + 7) * 3_000_000) : 0,
      ...(on ? { accelerator: node === 'croft1' ? ('kvm' as const) : ('tcg' as const) } : {}),
      ...(on ? { addresses: [`192.0.2.${100 + i}`, '2001:db8::7'], os: 'Debian GNU/Linux 13 (trixie)' } : {}),
    };
  });
}

export function nodeFixtures(): ResourceItem[] {
  const common = { type: 'node' as const, status: 'online', level: '' };
  return [
    {
      ...common,
      id: 'node/croft1',
      node: 'croft1',
      cpu: 0.23,
      maxcpu: 16,
      mem: 71 * GiB,
      maxmem: 128 * GiB,
      disk: 18 * GiB,
      maxdisk: 94 * GiB,
      uptime: 1_987_654,
      accelerator: 'kvm',
    },
    {
      ...common,
      id: 'node/croft2',
      node: 'croft2',
      cpu: 0.61,
      maxcpu: 8,
      mem: 29.4 * GiB,
      maxmem: 32 * GiB,
      disk: 41 * GiB,
      maxdisk: 94 * GiB,
      uptime: 432_100,
      accelerator: 'tcg',
      acceleratorReason: 'the processor does not offer virtualization (svm is off in the firmware)',
    },
  ];
}

export function storageFixtures(): ResourceItem[] {
  const storage = (
    node: string,
    name: string,
    used: number,
    total: number,
    more: Partial<ResourceItem> = {},
  ) => ({
    id: `storage/${node}/${name}`,
    type: 'storage' as const,
    node,
    storage: name,
    status: 'available',
    plugintype: 'dir',
    content: 'iso,images,rootdir,vztmpl,import,snippets',
    shared: 0 as const,
    disk: used * GiB,
    maxdisk: total * GiB,
    ...more,
  });
  return [
    storage('croft1', 'local', 212, 930),
    storage('croft1', 'fast', 1650, 1860, {
      warnings: ['the metadata of its pool is 91 % full: extend it before it is'],
      content: 'images,rootdir',
      space: 85,
    }),
    storage('croft1', 'nas', 3900, 7400, { shared: 1, plugintype: 'nfs', content: 'iso,images,backup' }),
    storage('croft2', 'local', 898, 930, { space: 95 }),
    storage('croft2', 'nas', 0, 0, {
      shared: 1,
      plugintype: 'nfs',
      content: 'iso,images,backup',
      status: 'unknown',
      problem: 'mount.nfs: Connection timed out (10.0.0.40:/export/vm)',
    }),
  ];
}

export interface MockVolume {
  volid: string;
  format: string;
  size: number;
  content: string;
  ctime: number;
  /** Of a backup: `qemu`, `lxc`, `unknown`. */
  subtype?: string;
  vmid?: number;
  notes?: string;
  protected?: 0 | 1;
  proof?: ListedProof;
}

const day = 86_400;
export function volumeFixtures(nowSeconds: number): MockVolume[] {
  const iso = (name: string, size: number, age: number): MockVolume => ({
    volid: `local:iso/${name}`,
    format: 'iso',
    size: Math.round(size * GiB),
    content: 'iso',
    ctime: nowSeconds - Math.round(age * day),
  });
  return [
    iso('debian-13.1.0-amd64-netinst.iso', 0.73, 40),
    iso('ubuntu-26.04-live-server-amd64.iso', 2.9, 12.4),
    iso('virtio-win-0.1.271.iso', 0.71, 90),
    iso('Win11_25H2_EnglishInternational_x64.iso', 6.6, 3),
    iso('its <img src=x onerror=alert(1)> & "quoted".iso', 0.002, 0.02),
    {
      ...iso('ipxe.iso', 0.001, 0.1),
      ...{ protected: 1 as const, notes: 'The one that boots the lab <b>machines</b>' },
    },
    {
      volid: 'local:vztmpl/debian-13-standard_13.1-1_amd64.tar.zst',
      format: 'tzst',
      size: 130e6,
      content: 'vztmpl',
      ctime: nowSeconds - day,
    },
    {
      volid: 'local:import/appliance.qcow2',
      format: 'qcow2',
      size: 900e6,
      content: 'import',
      ctime: nowSeconds - 2 * day,
    },
    {
      volid: 'local:import/accounting.ova',
      format: 'ova',
      size: 11e9,
      content: 'import',
      ctime: nowSeconds - 3 * day,
    },
    {
      volid: 'local:snippets/hook.sh',
      format: 'snippet',
      size: 412,
      content: 'snippets',
      ctime: nowSeconds - 30 * day,
    },
    ...Array.from({ length: 6 }, (_, i) => ({
      volid: `local:${100 + i}/vm-${100 + i}-disk-0.qcow2`,
      format: 'qcow2',
      size: 32 * GiB,
      content: 'images',
      ctime: nowSeconds - (i + 5) * day,
      vmid: 100 + i,
    })),
  ];
}

export type MockConfig = Record<string, string | number>;
export function configFixture(guest: ResourceItem): MockConfig {
  const i = (guest.vmid ?? 100) - 100;
  const mac = `BC:24:11:00:00:${i.toString(16).padStart(2, '0').toUpperCase()}`;
  return {
    name: guest.name ?? '',
    ostype: i === 20 || i === 21 ? 'win11' : 'l26',
    cores: guest.maxcpu ?? 1,
    sockets: 1,
    memory: (guest.maxmem ?? GiB) / 1024 ** 2,
    scsihw: 'virtio-scsi-single',
    scsi0: `local:${guest.vmid}/vm-${guest.vmid}-disk-0.qcow2,discard=on,size=32G`,
    ide2: i % 4 === 0 ? 'local:iso/debian-13.1.0-amd64-netinst.iso,media=cdrom' : 'none,media=cdrom',
    net0: `virtio=${mac},bridge=vmbr0`,
    serial0: 'socket',
    boot: 'order=scsi0;ide2;net0',
    agent: 'enabled=1',
    onboot: i % 2,
    ...(guest.tags ? { tags: guest.tags } : {}),
    ...(i === 0
      ? {
          description:
            'Runbook: https://wiki.example/web\n<script>alert("notes are text")</script>\nOwner: Anna',
        }
      : {}),
    ...(guest.template ? { template: 1 } : {}),
  };
}

const spans: Readonly<Record<string, number>> = {
  hour: 3600,
  day: 86_400,
  week: 604_800,
  month: 2_592_000,
  year: 31_536_000,
};

export function wave(i: number, seed: number): number {
  return Math.abs(Math.sin(i / 9 + seed)) * 0.6 + steady(i + seed) * 0.4;
}

/** Seventy samples over the time span; the first few are missing, as on a node that started then. */
export function samples(timeframe: string | undefined, of: (i: number) => object): object[] {
  const span = spans[timeframe ?? 'hour'] ?? 3600;
  const end = Math.floor(Date.now() / 1000);
  return Array.from({ length: 70 }, (_, i) => ({
    time: Math.round(end - span + (i * span) / 69),
    ...(i < 6 ? {} : of(i)),
  }));
}
