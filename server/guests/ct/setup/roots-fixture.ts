// Small roots of each family, as files by path, and a container's configuration: for the tests of what is written into them.
import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CtModel, CtNic, CtOsType } from '../ct-model.ts';
import type { SetupFacts } from '../ct-setup.ts';

/** Text of a file, or `-> target` of a link. */
export type RootTree = Readonly<Record<string, string>>;

const systemd: RootTree = {
  '/usr/lib/systemd/systemd': '',
  '/usr/lib/systemd/system/container-getty@.service': '',
  '/usr/share/zoneinfo/Europe/Rome': 'TZif2',
  '/etc/localtime': '-> ../usr/share/zoneinfo/UTC',
};
const networkd: RootTree = {
  '/usr/lib/systemd/systemd-networkd': '',
  '/usr/lib/systemd/system/systemd-networkd.service': '',
};

export const roots: Readonly<Record<string, { readonly osType: CtOsType; readonly tree: RootTree }>> = {
  'debian-ifupdown': {
    osType: 'debian',
    tree: {
      ...systemd,
      ...networkd,
      '/etc/os-release': '-> ../usr/lib/os-release',
      '/usr/lib/os-release': 'PRETTY_NAME="Debian GNU/Linux 13 (trixie)"\nID=debian\nVERSION_ID="13"\n',
      '/usr/sbin/ifup': '',
      '/etc/timezone': 'Etc/UTC\n',
      '/etc/hostname': 'template',
      '/etc/hosts': '127.0.0.1\tlocalhost\n192.0.2.200 mine\n',
      '/etc/resolv.conf': 'nameserver 10.0.2.3\noptions edns0',
      '/etc/network/interfaces': `# By its administrator.
source /etc/network/interfaces.d/*

auto lo
iface lo inet loopback

auto eth0 eth7
iface eth0 inet dhcp
	mtu 1400
# Kept.
iface eth7 inet manual
`,
    },
  },
  'debian-networkd': {
    osType: 'debian',
    tree: {
      ...systemd,
      ...networkd,
      '/usr/lib/os-release': 'ID=debian\nVERSION_ID="12"\n',
      '/etc/resolv.conf': '-> ../run/systemd/resolve/stub-resolv.conf',
      '/etc/systemd/network/10-croft-eth9.network': 'of a card that is gone',
    },
  },
  devuan: {
    osType: 'devuan',
    tree: {
      '/etc/os-release': 'ID=devuan\nID_LIKE=debian\n',
      '/etc/devuan_version': 'daedalus\n',
      '/sbin/ifup': '',
      '/etc/inittab':
        'id:2:initdefault:\n1:2345:respawn:/sbin/getty --noclear 38400 tty1\nz6:6:respawn:/sbin/sulogin\n',
    },
  },
  'ubuntu-netplan': {
    osType: 'ubuntu',
    tree: {
      ...systemd,
      ...networkd,
      '/etc/os-release': 'NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"\n',
      '/usr/sbin/netplan': '',
      '/etc/resolv.conf': '-> ../run/systemd/resolve/stub-resolv.conf',
    },
  },
  alpine: {
    osType: 'alpine',
    tree: {
      '/etc/os-release': 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.20.3\n',
      '/etc/inittab':
        '::sysinit:/sbin/openrc sysinit\ntty1::respawn:/sbin/getty 38400 tty1\n#tty5::respawn:/sbin/getty 38400 tty5\n::shutdown:/sbin/openrc shutdown\n',
      '/etc/init.d/networking': '',
      '/etc/network/interfaces':
        'auto lo\niface lo inet loopback\n\nauto eth0\niface eth0 inet dhcp\nhostname $(hostname)\n',
    },
  },
  fedora: {
    osType: 'fedora',
    tree: {
      ...systemd,
      '/etc/os-release': 'NAME="Fedora Linux"\nID=fedora\nVERSION_ID=41\n',
      '/usr/sbin/NetworkManager': '',
      '/etc/NetworkManager/system-connections/croft-eth5.nmconnection': 'of a card that is gone',
    },
  },
  'centos-7': {
    osType: 'centos',
    tree: {
      ...systemd,
      '/etc/os-release': 'NAME="CentOS Linux"\nID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\n',
      '/etc/sysconfig/network-scripts/ifup-eth': '',
      '/etc/sysconfig/network-scripts/ifcfg-eth0': 'DEVICE=eth0\nBOOTPROTO=dhcp\n',
      '/etc/sysconfig/network': '# By its administrator.',
    },
  },
  archlinux: {
    osType: 'archlinux',
    tree: { ...systemd, ...networkd, '/etc/os-release': 'NAME="Arch Linux"\nID=arch\n' },
  },
  opensuse: {
    osType: 'opensuse',
    tree: {
      ...systemd,
      '/etc/os-release': 'NAME="openSUSE Leap"\nID="opensuse-leap"\nID_LIKE="suse opensuse"\n',
      '/usr/sbin/wicked': '',
      '/etc/resolv.conf': '-> /run/netconfig/resolv.conf',
      '/etc/sysconfig/network/config':
        '# Long comments.\nNETCONFIG_DNS_STATIC_SEARCHLIST=""\nNETCONFIG_DNS_STATIC_SERVERS=""\nNETCONFIG_DNS_POLICY="auto"\n',
    },
  },
  gentoo: {
    osType: 'gentoo',
    tree: {
      '/etc/os-release': 'NAME=Gentoo\nID=gentoo\n',
      '/etc/init.d/net.lo': '',
      '/etc/conf.d/hostname': '# Set to the hostname of this machine\nhostname="localhost"\n',
      '/etc/inittab': 'c1:12345:respawn:/sbin/agetty 38400 tty1 linux\n',
    },
  },
  nixos: { osType: 'nixos', tree: { '/etc/os-release': 'ID=nixos\n' } },
};

export function makeTree(root: string, tree: RootTree): void {
  for (const [path, text] of Object.entries(tree)) {
    const at = join(root, path);
    mkdirSync(dirname(at), { recursive: true });
    if (text.startsWith('-> ')) symlinkSync(text.slice(3), at);
    else writeFileSync(at, text);
  }
}

/** Everything below a folder, as `makeTree` takes it. */
export function readTree(root: string): RootTree {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => !entry.isDirectory());
  const read = (at: string, link: boolean) => (link ? `-> ${readlinkSync(at)}` : readFileSync(at, 'utf8'));
  return Object.fromEntries(
    files
      .map((entry) => ({ at: join(entry.parentPath, entry.name), link: entry.isSymbolicLink() }))
      .map(({ at, link }) => [at.slice(root.length), read(at, link)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

export function nicOf(change: Partial<CtNic> = {}): CtNic {
  return {
    ...{
      key: 'net0',
      index: 0,
      name: 'eth0',
      bridge: 'vmbr0',
      mac: undefined,
      mtu: undefined,
      rate: undefined,
    },
    ...{ ip: undefined, gw: undefined, ip6: undefined, gw6: undefined, tag: undefined, trunks: [] },
    ...{ firewall: false, linkDown: false, hostManaged: false },
    ...change,
  };
}

/** Every way to get an address, on one card or another. */
export const manyNics: readonly CtNic[] = [
  nicOf({ ip: '192.0.2.5/24', gw: '192.0.2.1', ip6: '2001:db8::5/64', gw6: '2001:db8::1' }),
  nicOf({ key: 'net1', index: 1, name: 'eth1', ip: 'dhcp', ip6: 'auto' }),
  nicOf({
    key: 'net2',
    index: 2,
    name: 'eth2',
    bridge: undefined,
    ip: '198.51.100.7/32',
    ip6: '2001:db8:1::7/128',
  }),
  nicOf({ key: 'net3', index: 3, name: 'eth3', ip: 'manual', ip6: 'dhcp' }),
  nicOf({ key: 'net4', index: 4, name: 'eth4' }),
  nicOf({ key: 'net5', index: 5, name: 'eth5', ip: '203.0.113.9/32', gw: '203.0.114.1' }),
  nicOf({ key: 'net6', index: 6, name: 'eth6', ip: 'dhcp', hostManaged: true }),
];

export function modelOf(change: Partial<CtModel> = {}): CtModel {
  const root = {
    key: 'rootfs',
    kind: 'volume',
    source: 'local:101/vm-101-disk-0.subvol',
    target: '/',
  } as const;
  const flags = {
    readOnly: false,
    quota: false,
    backup: true,
    shared: false,
    replicate: true,
    keepOwners: false,
  };
  const features = { nesting: false, keyctl: false, fuse: false, mknod: false, forceRwSys: false, mount: [] };
  return {
    ...{ vmid: 101, hostname: 'web.example.com', osType: 'debian', arch: 'amd64', unprivileged: false },
    ...{ cores: undefined, cpuLimit: 0, cpuUnits: 100, memoryMib: 512, swapMib: 512 },
    root: { ...root, ...flags, sizeBytes: undefined, options: [], acl: undefined },
    ...{ mounts: [], unused: [], nics: manyNics, devices: [], features, nameservers: [] },
    ...{
      searchDomain: undefined,
      timezone: 'host',
      tty: 2,
      console: true,
      consoleMode: 'tty',
      onBoot: false,
    },
    ...{ startup: undefined, hookScript: undefined, protection: false, template: false, lock: undefined },
    ...{ tags: [], description: undefined, debug: false, entrypoint: undefined, env: [] },
    ...change,
  };
}

export const factsOf: SetupFacts = {
  nameservers: ['127.0.0.53', '192.0.2.53', '2001:db8::53'],
  searchDomain: 'lan',
  privateNets: [],
  timezone: 'Europe/Rome',
};
