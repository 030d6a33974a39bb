// The mock's containers: in every state, with everything that their pages can show; and the catalogue of templates.
import type { CatalogueEntry } from '../../server/contract/aplinfo.ts';
import type { ResourceItem } from '../../server/contract/resources.ts';
import { type MockConfig, steady } from './fixtures.ts';

const GiB = 1024 ** 3;

const facts: readonly (Partial<ResourceItem> & { readonly name: string })[] = [
  { name: 'shop', tags: 'web;prod' },
  { name: 'shop-db', tags: 'db;prod' },
  { name: 'cache', status: 'paused' },
  { name: 'legacy-nfs', tags: 'trusted' },
  { name: 'debian-13-base', status: 'stopped', template: 1 },
  { name: 'test-1', status: 'stopped' },
  { name: 'ci', lock: 'snapshot' },
  { name: 'a-very-long-name-of-a-container-that-nobody-shortened.example.internal', node: 'croft2' },
];

/** 200 to 207. */
export function containerFixtures(): ResourceItem[] {
  return facts.map((own, i) => {
    const status = own.status ?? 'running';
    const on = status !== 'stopped';
    const maxmem = [2, 4, 0.5, 1, 0.5, 0.5, 2, 1][i]! * GiB;
    return {
      id: `lxc/${200 + i}`,
      type: 'lxc',
      node: 'croft1',
      vmid: 200 + i,
      maxcpu: i === 3 ? 16 : 2,
      maxmem,
      maxdisk: 8 * GiB,
      disk: Math.round(8 * GiB * (i === 1 ? 0.94 : 0.1 + steady(i + 20) * 0.4)),
      cpu: on && status !== 'paused' ? steady(i + 60) * 0.4 : 0,
      mem: on ? Math.round(maxmem * (0.1 + steady(i + 70) * 0.5)) : 0,
      netin: on ? Math.round(steady(i + 30) * 9e9) : 0,
      netout: on ? Math.round(steady(i + 40) * 3e9) : 0,
      uptime: on ? Math.round(steady(i + 80) * 900_000) : 0,
      ...own,
      status,
    };
  });
}

export function containerConfig(ct: ResourceItem): MockConfig {
  const i = (ct.vmid ?? 200) - 200;
  const mac = `BC:24:11:00:02:${i.toString(16).padStart(2, '0').toUpperCase()}`;
  const full: MockConfig = {
    description: 'Shop of example.org\n<b>notes are text</b>\nOwner: Boris',
    mp0: 'local:200/vm-200-disk-1.subvol,mp=/var/lib/shop,backup=1,size=20G',
    mp1: '/srv/films,mp=/srv/films,keepattrs=1,ro=1',
    mp2: '/srv/exchange,mp=/exchange',
    dev0: '/dev/ttyUSB0,mode=0660',
    unused0: 'fast:200/vm-200-disk-2.raw',
    features: 'nesting=1',
    startup: 'order=2,up=30',
    nameserver: '10.10.0.1 2001:db8::53',
    searchdomain: 'example.org',
    cpulimit: '1.5',
    timezone: 'host',
    net1: 'name=lan0,bridge=vmbr1,hwaddr=BC:24:11:00:02:01,ip=dhcp,type=veth',
    net2: 'name=priv0,hwaddr=BC:24:11:00:02:02,ip=198.51.100.7/32,ip6=2001:db8:7::7/128,rate=12.5,type=veth',
  };
  return {
    arch: 'amd64',
    hostname: ct.name ?? '',
    ostype: i === 2 ? 'alpine' : 'debian',
    ...(i === 3 ? {} : { cores: 2, unprivileged: 1 }),
    memory: (ct.maxmem ?? GiB) / 1024 ** 2,
    swap: i === 2 ? 0 : 512,
    rootfs: `local:${ct.vmid}/vm-${ct.vmid}-disk-0.subvol,size=8G`,
    ...(i === 5 ? {} : { net0: `name=eth0,bridge=vmbr0,hwaddr=${mac},ip=dhcp,ip6=auto,type=veth` }),
    onboot: i % 2,
    ...(ct.tags ? { tags: ct.tags } : {}),
    ...(ct.template ? { template: 1 } : {}),
    ...(i === 0 ? full : {}),
    ...(i === 5
      ? {
          mp0: 'fast:205/vm-205-disk-1.raw,mp=/data,size=20G',
          mp1: '/srv/films,mp=/films,keepattrs=1',
        }
      : {}),
  };
}

export interface MockSnapshot {
  readonly name: string;
  description: string;
  readonly snaptime: number;
  readonly parent?: string;
  readonly vmstate?: number;
}

export function snapshotFixtures(nowSeconds: number): MockSnapshot[] {
  const day = 86_400;
  return [
    { name: 'installed', description: 'As it came', snaptime: nowSeconds - 90 * day },
    {
      name: 'before-upgrade',
      description: 'Debian 12, shop 4.1',
      snaptime: nowSeconds - 20 * day,
      parent: 'installed',
    },
    { name: 'attempt', description: '', snaptime: nowSeconds - 19 * day, parent: 'before-upgrade' },
    {
      name: 'trixie',
      description: 'Debian 13, all tests pass.\n<script>alert("notes are text")</script>',
      snaptime: nowSeconds - 18 * day,
      parent: 'before-upgrade',
    },
  ];
}

/** Of a machine: one with its memory, and a branch that was left. */
export function machineSnapshots(nowSeconds: number): MockSnapshot[] {
  const hour = 3600;
  return [
    { name: 'clean', description: 'Installed, nothing set up', snaptime: nowSeconds - 900 * hour },
    {
      ...{ name: 'kernel-7', description: 'Tried, and gone back', snaptime: nowSeconds - 300 * hour },
      parent: 'clean',
    },
    {
      ...{ name: 'before-migration', snaptime: nowSeconds - 26 * hour, parent: 'clean', vmstate: 1 },
      description: 'All sessions open.\n<img src=x onerror=alert(1)> is text',
    },
  ];
}

export function catalogueFixtures(): CatalogueEntry[] {
  const entry = (name: string, version: string, headline: string, more: Partial<CatalogueEntry> = {}) => ({
    template: `${name}-standard_${version}_amd64.tar.zst`,
    package: name,
    os: name,
    section: 'system',
    type: 'lxc' as const,
    version,
    architecture: 'amd64',
    headline,
    location: '',
    build: 1 as const,
    available: 1 as const,
    ...more,
  });
  return [
    entry('debian-13', '13.1-1', 'Debian 13 (trixie)', {
      description: 'A small Debian with systemd, SSH and the usual tools.',
    }),
    entry('debian-12', '12.12-1', 'Debian 12 (bookworm)', { description: 'The release before.' }),
    entry('ubuntu-24.04', '24.04-2', 'Ubuntu 24.04 LTS', {
      available: 0,
      problem: 'the keys of Ubuntu are not on this node: install the package ubuntu-keyring',
    }),
    entry('alpine-3.22', '20250617', 'Alpine 3.22', {
      description: 'Musl and busybox: 8 MB.',
      build: 0,
      location: 'https://mirror.example.org/alpine-3.22.tar.xz',
    }),
  ];
}
