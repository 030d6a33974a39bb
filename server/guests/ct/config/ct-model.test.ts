import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CtConfig } from '../../ct-parts.ts';
import { checkCtModel, ctWarnings } from './check-ct-model.ts';
import { fullCtConfig } from './ct-config-fixture.ts';
import { readCtConfig } from './read-ct-config.ts';

const read = (config: CtConfig) => readCtConfig({ vmid: 101, config });
const root: CtConfig = { rootfs: 'local:101/vm-101-disk-0.subvol' };

test('a configuration of a root alone has the defaults', () => {
  expect(read(root)).toMatchObject({
    hostname: 'CT101',
    osType: 'unmanaged',
    arch: 'amd64',
    unprivileged: false,
    cores: undefined,
    cpuLimit: 0,
    cpuUnits: 100,
    memoryMib: 512,
    swapMib: 512,
    root: { key: 'rootfs', kind: 'volume', target: '/', backup: true, replicate: true },
    mounts: [],
    nics: [],
    features: { nesting: false, mount: [] },
    tty: 2,
    console: true,
    consoleMode: 'tty',
    env: [],
  });
});

test('the full configuration is read', () => {
  expect(read(fullCtConfig)).toMatchObject({
    cpuLimit: 1.5,
    mounts: [
      { key: 'mp12', kind: 'bind', target: '/photos', keepOwners: true },
      { key: 'mp0', kind: 'volume', target: '/var/lib/db', readOnly: true, options: ['noatime', 'nosuid'] },
    ],
    nics: [
      { name: 'eth0', ip: '192.0.2.5/24', rate: 12.5, tag: 7, trunks: [8, 9] },
      { name: 'lan0', bridge: undefined, hostManaged: true, linkDown: true },
    ],
    devices: [
      { path: '/dev/dri/renderD128', uid: 0, gid: 104, mode: '0660' },
      { path: '/dev/ttyUSB0', uid: 1000, denyWrite: true },
    ],
    features: { forceRwSys: true, mount: ['cifs', 'nfs'] },
    nameservers: ['192.0.2.53', '2001:db8::53'],
    env: [
      { name: 'GREETING', value: 'good day' },
      { name: 'EMPTY', value: '' },
      { name: 'TERM', value: 'xterm' },
    ],
  });
  checkCtModel(read(fullCtConfig));
});

test('parents come before what is mounted in them, in whatever order the keys are', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(['/a', '/a/b', '/a-b', '/a/b/c', '/b'], { minLength: 5 }), (targets) => {
      const mounts = Object.fromEntries(
        targets.map((target, index) => [`mp${index}`, `local:1/v${index},mp=${target}`]),
      );
      const order = read({ ...root, ...mounts }).mounts.map(({ target }) => target);
      for (const [parent, child] of [
        ['/a', '/a/b'],
        ['/a/b', '/a/b/c'],
      ] as const)
        expect(order.indexOf(parent)).toBeLessThan(order.indexOf(child));
    }),
  );
});

test('shares of cgroup v1 are cut to weights', () => {
  expect(read({ ...root, cpuunits: 500_000 }).cpuUnits).toBe(10_000);
  expect(read({ ...root, cpuunits: 0 }).cpuUnits).toBe(1);
});

test('without a root there is no container', () => {
  expect(() => read({})).toThrow(
    expect.objectContaining({ fields: { rootfs: expect.stringMatching(/needs a root/) } }),
  );
});

const unprivileged = { ...root, unprivileged: 1 };
const nic = 'name=eth0,hwaddr=BC:24:11:00:00:01';

describe('rules between keys', () => {
  test.each<[CtConfig, string, RegExp]>([
    [{ ...root, hostname: `${'a'.repeat(63)}.b` }, 'hostname', /64/],
    [{ ...root, hostname: 'localhost' }, 'hostname', /localhost/],
    [{ ...root, memory: 2 ** 33 }, 'memory', /larger/],
    [{ ...root, swap: 2 ** 33 }, 'swap', /larger/],
    [{ ...root, cores: 1, cpulimit: '1.5' }, 'cpulimit', /number of cores, 1/],
    [{ rootfs: '/srv/root' }, 'rootfs', /volume of a storage/],
    [{ ...root, mp0: 'local:1/a,mp=/a', mp1: 'local:1/b,mp=/a/' }, 'mp1', /where mp0/],
    [{ ...root, mp0: 'local:1/a,mp=/proc' }, 'mp0', /in \/proc/],
    [{ ...root, mp0: 'local:1/a,mp=/sys/fs' }, 'mp0', /in \/sys/],
    [{ ...root, mp0: '/srv/a,mp=/dev/shm' }, 'mp0', /in \/dev/],
    [{ ...root, mp0: 'local:1/a,mp=/a', mp1: 'local:1/a,mp=/b' }, 'mp1', /is mp0 already/],
    [{ ...root, mp0: `${root['rootfs']},mp=/a` }, 'mp0', /is rootfs already/],
    [{ ...root, unused0: `${root['rootfs']}` }, 'unused0', /is rootfs already/],
    [{ ...root, mp0: '/srv/a,mp=/a,keepattrs=1' }, 'mp0', /unprivileged/],
    [{ ...unprivileged, mp0: 'local:1/a,mp=/a,keepattrs=1' }, 'mp0', /folders of the node/],
    [
      { ...unprivileged, mp0: '/srv/a,mp=/a,keepattrs=1', mp1: 'local:1/b,mp=/a/b' },
      'mp1',
      /below \/a, where mp0/,
    ],
    [{ ...root, net0: nic, net1: 'name=eth0' }, 'net1', /name of net0/],
    [{ ...root, net0: nic, net1: 'name=eth1,hwaddr=bc:24:11:00:00:01' }, 'net1', /MAC address of net0/],
    [{ ...root, net0: `${nic},bridge=b0,ip=dhcp,gw=192.0.2.1` }, 'net0', /gw needs/],
    [{ ...root, net0: `${nic},bridge=b0,gw6=fe80::1` }, 'net0', /gw6 needs/],
    [{ ...root, net0: `${nic},bridge=b0,ip=192.0.2.1/24,gw=192.0.2.1` }, 'net0', /its own address/],
    [{ ...root, net0: `${nic},bridge=b0,ip6=auto,mtu=1000` }, 'net0', /1280/],
    [{ ...root, net0: `${nic},ip=dhcp` }, 'net0', /dhcp needs a bridge/],
    [{ ...root, net0: `${nic},ip=192.0.2.5/32,ip6=auto` }, 'net0', /auto needs a bridge/],
    [{ ...root, net0: `${nic},bridge=b0,ip=dhcp,host-managed=1` }, 'net0', /host-managed/],
    [{ ...root, net0: `${nic},tag=5` }, 'net0', /need a bridge/],
    [{ ...root, net0: `${nic},bridge=b0,tag=5,trunks=4;5` }, 'net0', /tag already/],
    [{ ...root, dev0: '/dev/kvm', dev1: '/dev//kvm' }, 'dev1', /is dev0 already/],
    [{ ...root, dev0: '/dev/pts/3' }, 'dev0', /of its own/],
    [{ ...unprivileged, dev0: '/dev/kvm,gid=65536' }, 'dev0', /65536/],
    [{ ...root, entrypoint: ' /bin/sh' }, 'entrypoint', /blank/],
    [{ ...root, env: 'A=b ' }, 'env', /A: must not begin or end/],
    [{ ...root, env: 'A=b\0A=c' }, 'env', /A is given twice/],
    [{ ...root, features: 'keyctl=1' }, 'features', /keyctl/],
    [{ ...root, features: 'force_rw_sys=1' }, 'features', /force_rw_sys/],
    [{ ...root, features: 'mount=ext4;nfs' }, 'features', /'ext4'/],
  ])('%j', (config, key, rule) => {
    expect(() => checkCtModel(read(config))).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.stringMatching(rule) } }),
    );
  });

  test.each<[CtConfig, string]>([
    [{ ...unprivileged, features: 'mknod=1' }, 'features'],
    [{ ...root, mp0: 'local:1/a,mp=/a,quota=1' }, 'mp0'],
  ])('%j is not supported yet', (config, key) => {
    expect(() => checkCtModel(read(config))).toThrow(
      expect.objectContaining({ code: 'unsupported', fields: { [key]: expect.any(String) } }),
    );
  });

  test.each<CtConfig>([
    { ...root, features: 'mknod=1,fuse=1,mount=nfs' },
    { ...root, net0: nic },
    { ...root, net0: `${nic},ip=192.0.2.5/32,ip6=manual` },
    { ...root, cores: 2, cpulimit: '2' },
    { ...root, mp0: '/srv/a,mp=/a', mp1: '/srv/a,mp=/b', mp2: 'local:1/c,mp=/a/b' },
  ])('%j is allowed', (config) => checkCtModel(read(config)));

  test('what is only unwise is a warning', () => {
    expect(ctWarnings(read(unprivileged))).toEqual([]);
    const config = { ...root, mp0: '/srv/a,mp=/run/a,backup=1', console: 0, cmode: 'console' };
    expect(ctWarnings(read(config))).toEqual([
      expect.stringMatching(/^unprivileged: /),
      expect.stringMatching(/^cmode: /),
      expect.stringMatching(/^mp0: only volumes/),
      expect.stringMatching(/^mp0: many systems/),
    ]);
    expect(ctWarnings(read({ ...unprivileged, features: 'mount=nfs' }))).toEqual([
      expect.stringMatching(/^features: /),
    ]);
  });
});
