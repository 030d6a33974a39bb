// A configuration with every key, and those that are rendered to golden files: for the tests of this folder.
import type { CtConfig } from '../../ct-parts.ts';
import { ctPaths } from '../ct-paths.ts';
import type { CtHostFacts } from './ct-host-facts.ts';

/** Every key, each in its canonical form and other than its default. */
export const fullCtConfig: CtConfig = {
  arch: 'arm64',
  cmode: 'shell',
  console: 0,
  cores: 2,
  cpulimit: '1.5',
  cpuunits: 200,
  debug: 1,
  description: 'line 1\nline 2 <b>&amp;</b>',
  dev0: '/dev/dri/renderD128,gid=104,mode=0660',
  dev3: '/dev/ttyUSB0,deny-write=1,mode=0600,uid=1000',
  entrypoint: '/sbin/init --log-target=console',
  env: 'GREETING=good day\0EMPTY=\0TERM=xterm',
  features: 'force_rw_sys=1,fuse=1,keyctl=1,mount=cifs;nfs,nesting=1',
  hookscript: 'local:snippets/hook.sh',
  hostname: 'web.example.org',
  lock: 'backup',
  memory: 2048,
  mp0: 'local:101/vm-101-disk-1.subvol,mp=/var/lib/db,backup=1,mountoptions=noatime;nosuid,replicate=0,ro=1,size=4G',
  mp12: '/srv/photos of mine,mp=/photos,keepattrs=1,shared=1',
  nameserver: '192.0.2.53 2001:db8::53',
  net0: 'name=eth0,bridge=vmbr0,firewall=1,gw=192.0.2.1,hwaddr=BC:24:11:00:00:01,ip=192.0.2.5/24,ip6=auto,rate=12.5,tag=7,trunks=8;9,type=veth',
  net3: 'name=lan0,gw6=fe80::1,host-managed=1,hwaddr=BC:24:11:00:00:02,ip6=2001:db8::5/128,link_down=1,mtu=1400,type=veth',
  onboot: 1,
  ostype: 'debian',
  protection: 1,
  rootfs: 'local:101/vm-101-disk-0.raw,acl=1,mountoptions=discard,size=8G',
  searchdomain: 'example.org',
  startup: 'order=3,up=10',
  swap: 0,
  tags: 'prod;web',
  template: 1,
  timezone: 'Europe/Rome',
  tty: 4,
  unprivileged: 1,
  unused0: 'local:101/vm-101-disk-7.raw',
};

const root = { rootfs: 'local:101/vm-101-disk-0.subvol,size=8G' };
const unprivileged: CtConfig = { ...root, unprivileged: 1, hostname: 'web', ostype: 'debian' };

/** By the name of the golden file. */
export const lxcGoldens: Readonly<Record<string, readonly [CtConfig, Partial<CtHostFacts>]>> = {
  'unprivileged-minimal': [unprivileged, {}],
  privileged: [{ ...root, hostname: 'old', ostype: 'centos', arch: 'i386' }, { appArmor: false }],
  'all-features': [
    {
      ...unprivileged,
      features: 'force_rw_sys=1,fuse=1,keyctl=1,mount=cifs;nfs,nesting=1',
      timezone: 'host',
    },
    { lxcfs: true },
  ],
  nics: [
    {
      ...unprivileged,
      net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=dhcp',
      net1: 'name=eth1,bridge=vmbr1,hwaddr=BC:24:11:00:00:02,tag=5,trunks=10;11,mtu=1400',
      net2: 'name=venet0,hwaddr=BC:24:11:00:00:03,ip=192.0.2.5/32,ip6=2001:db8::5/128,host-managed=1',
      net3: 'name=eth3,bridge=vmbr0,hwaddr=BC:24:11:00:00:04,link_down=1',
      net4: 'name=eth4,hwaddr=BC:24:11:00:00:05',
      net31:
        'name=eth31,bridge=vmbr0,hwaddr=BC:24:11:00:00:06,ip=198.51.100.5/24,gw=198.51.100.1,host-managed=1',
    },
    {},
  ],
  'limits-v2': [{ ...unprivileged, cores: 2, cpulimit: '0.5', cpuunits: 500, memory: 256, swap: 128 }, {}],
  'limits-v1': [
    { ...unprivileged, cores: 2, cpulimit: '0.5', cpuunits: 500, memory: 256, swap: 128 },
    { cgroupVersion: 1 },
  ],
  'limits-v1-no-swap': [
    { ...unprivileged, swap: 128 },
    { cgroupVersion: 1, swapAccounting: false },
  ],
  mounts: [
    {
      ...unprivileged,
      rootfs: `${root.rootfs},ro=1`,
      mp0: 'local:101/vm-101-disk-1.subvol,mp=/data,size=4G',
      mp1: '/srv/shared,mp=/shared',
      mp2: '/srv/photos,mp=/home/me/my photos,keepattrs=1',
      mp3: '/srv/music,mp=/music,keepattrs=1,ro=1',
    },
    {},
  ],
  devices: [
    {
      ...unprivileged,
      dev0: '/dev/dri/renderD128,gid=104',
      dev1: '/dev/ttyUSB0,deny-write=1,mode=0600,uid=1000',
      dev2: '/dev/loop7,mode=0640',
    },
    {},
  ],
  program: [
    {
      ...unprivileged,
      ostype: 'unmanaged',
      entrypoint: '/usr/bin/server --listen 0.0.0.0',
      env: 'GREETING=good "day" # and night\0EMPTY=\0TERM=xterm',
      console: 0,
      tty: 0,
      debug: 1,
    },
    { seccomp: false },
  ],
};

/** A host with everything. */
export const usualHost: CtHostFacts = {
  paths: ctPaths('/run/croft/lxc', 101),
  prefix: 'croft.',
  hooksFolder: '/usr/lib/croft/ct-hooks',
  filesFolder: '/usr/lib/croft/ct-files',
  cgroupVersion: 2,
  swapAccounting: true,
  appArmor: true,
  seccomp: true,
  lxcfs: false,
  onlineCpus: [0, 1, 2, 3],
  bridges: new Map([
    ['vmbr0', { vlanFiltering: false }],
    ['vmbr1', { vlanFiltering: true }],
  ]),
  devices: new Map([
    ['/dev/dri/renderD128', { type: 'c', major: 226, minor: 128 }],
    ['/dev/ttyUSB0', { type: 'c', major: 188, minor: 0 }],
    ['/dev/loop7', { type: 'b', major: 7, minor: 7 }],
  ]),
};
