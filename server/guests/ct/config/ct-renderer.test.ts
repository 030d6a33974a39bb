import { describe, expect, test } from 'vitest';
import type { Attachment } from '../../../../storage-plugins/plugin.ts';
import type { CtConfig } from '../../ct-parts.ts';
import { usualHost } from './ct-config-fixture.ts';
import { createCtRenderer } from './ct-renderer.ts';
import { readCtConfig } from './read-ct-config.ts';

const renderer = createCtRenderer({
  ...usualHost,
  base: '/run/croft/lxc',
  lxcfs: () => true,
  onlineCpus: () => [0, 1],
  bridge: (name) => usualHost.bridges.get(name),
  device: (path) => usualHost.devices.get(path),
  bindMounts: () => ({ allowed: ['/srv'], own: [] }),
});

const base: CtConfig = {
  hostname: 'web',
  unprivileged: 1,
  rootfs: 'local:101/a.subvol,acl=1,size=8G',
  net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:AA:00:01,ip=192.0.2.5/24,ip6=auto,type=veth',
};
const tree = (path: string): Attachment => ({ kind: 'directory', path });
const attachments = new Map([
  ['rootfs', tree('/storage/a')],
  ['mp0', tree('/storage/b')],
]);

describe('a start', () => {
  test('has its mounts, parents first, and its cards', () => {
    const start = renderer.renderStart(
      101,
      {
        ...base,
        mp0: 'local:101/b.subvol,mp=/data/inner,mountoptions=noexec',
        mp1: '/srv/data,mp=/data,ro=1',
        mp2: '/srv/mine,mp=/mine,keepattrs=1',
        mp3: '/dev/sdb1,mp=/disk',
      },
      attachments,
    );
    expect(start).toMatchObject({ vmid: 101, name: 'web', unprivileged: true, debug: false });
    expect(start.mounts).toEqual([
      {
        ...{ key: 'rootfs', attachment: tree('/storage/a'), target: '/' },
        ...{ readOnly: false, options: ['acl'], idmapped: false },
      },
      {
        ...{ key: 'mp1', attachment: tree('/srv/data'), target: '/data' },
        ...{ readOnly: true, options: [], idmapped: false },
      },
      {
        ...{ key: 'mp0', attachment: tree('/storage/b'), target: '/data/inner' },
        ...{ readOnly: false, options: ['noexec'], idmapped: false },
      },
      {
        ...{ key: 'mp3', attachment: { kind: 'block', path: '/dev/sdb1' }, target: '/disk' },
        ...{ readOnly: false, options: [], idmapped: false },
      },
      {
        ...{ key: 'mp2', attachment: tree('/srv/mine'), target: '/mine' },
        ...{ readOnly: false, options: [], idmapped: true },
      },
    ]);
    expect(start.nics).toMatchObject([{ key: 'net0', hostName: 'veth101i0', bridge: 'vmbr0', routed: [] }]);
    expect(start.lxcConfig).toContain('lxc.rootfs.path = dir:/run/croft/lxc/101/root\n');
    expect(start.lxcConfig).toContain(
      'lxc.mount.entry = /run/croft/lxc/101/sources/mp2 mine none rbind,create=dir,idmap=container 0 0\n',
    );
  });

  test.each<[CtConfig, string, RegExp]>([
    [{ mp0: '/etc,mp=/x' }, 'forbidden', /mp0: \/etc/],
    [{ mp0: '/home/x,mp=/x' }, 'forbidden', /mp0: \/home\/x/],
    [{ template: 1 }, 'wrong-state', /template/],
  ])('is refused with %j', (more, code, text) => {
    expect(() => renderer.renderStart(101, { ...base, ...more }, attachments)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(text) }),
    );
  });

  test('names the nodes of its devices, with owners as the host sees them', () => {
    const config = { ...base, dev3: '/dev/ttyUSB0,uid=5,gid=6,mode=0600' };
    expect(renderer.renderStart(101, config, attachments).devices).toEqual([
      {
        ...{ key: 'dev3', type: 'c', major: 188, minor: 0, mode: '0600' },
        ...{ node: '/run/croft/lxc/101/devices/dev3', uid: 100_005, gid: 100_006 },
      },
    ]);
  });

  test('needs every volume attached', () => {
    expect(() => renderer.renderStart(101, base, new Map())).toThrow(
      expect.objectContaining({ fields: { rootfs: 'local:101/a.subvol is not attached' } }),
    );
  });
});

describe('a change', () => {
  const changes = (key: string, more: CtConfig, without?: string) => {
    const wanted = Object.fromEntries(
      Object.entries({ ...base, ...more }).filter(([name]) => name !== without),
    );
    const models = [base, wanted].map((config) => readCtConfig({ vmid: 101, config }));
    return renderer.renderChange(101, key, models[0]!, models[1]!, attachments);
  };
  const net = (text: string) => ({ net0: `name=eth0,bridge=vmbr0,hwaddr=BC:24:11:AA:00:01,${text}` });

  test('of limits and the name', () => {
    expect(changes('cpulimit', { cpulimit: '0.5' })).toEqual([
      { key: 'cpulimit', action: 'cpu-limit', cores: 0.5 },
    ]);
    expect(changes('cpuunits', { cpuunits: 50 })).toEqual([
      { key: 'cpuunits', action: 'cpu-weight', weight: 50 },
    ]);
    expect(changes('cores', {})).toEqual([{ key: 'cores', action: 'cpu-cores', cores: undefined }]);
    expect(changes('swap', { memory: 64, swap: 32 })).toEqual([
      { key: 'swap', action: 'memory', memoryBytes: 64 * 1024 ** 2, swapBytes: 32 * 1024 ** 2 },
    ]);
    expect(changes('hostname', { hostname: 'db' })).toEqual([
      { key: 'hostname', action: 'hostname', hostname: 'db' },
    ]);
  });

  test('that only the set-up or the daemon has to know of is nothing for the driver', () => {
    for (const key of ['nameserver', 'searchdomain', 'timezone', 'description', 'tags', 'onboot', 'unused0'])
      expect(changes(key, {})).toEqual([]);
    expect(changes('rootfs', { rootfs: 'local:101/a.subvol,acl=1,size=16G' })).toEqual([]);
  });

  test('that waits for a restart', () => {
    for (const key of ['features', 'tty', 'console', 'dev3', 'entrypoint', 'env', 'unprivileged', 'arch'])
      expect(changes(key, {})).toBeUndefined();
    expect(changes('rootfs', { rootfs: 'local:101/a.subvol,ro=1' })).toBeUndefined();
    expect(changes('net0', net('ip=dhcp'))).toBeUndefined();
  });

  test('a new mount point', () => {
    expect(changes('mp0', { mp0: 'local:101/b.subvol,mp=/data' })).toMatchObject([
      {
        key: 'mp0',
        action: 'attach-mount',
        mount: { target: '/data', attachment: { path: '/storage/b' } },
      },
    ]);
    expect(() => changes('mp1', { mp1: '/etc,mp=/x' })).toThrow(
      expect.objectContaining({ code: 'forbidden' }),
    );
  });

  test('cards come, go and are replaced', () => {
    expect(changes('net0', {}, 'net0')).toMatchObject([{ action: 'detach-nic', nic: { name: 'eth0' } }]);
    const coming = { net1: 'name=eth1,hwaddr=BC:24:11:AA:00:02,bridge=vmbr0,ip=198.51.100.5/24' };
    expect(changes('net1', coming)).toMatchObject([
      { action: 'attach-nic', nic: { hostName: 'veth101i1' } },
      { action: 'set-addresses', name: 'eth1', ip: '198.51.100.5/24', ip6: 'manual' },
    ]);
    expect(changes('net1', { net1: 'name=eth1,bridge=vmbr0,ip=dhcp' })).toHaveLength(1);
    const renamed = { net0: 'name=lan0,bridge=vmbr0,hwaddr=BC:24:11:AA:00:01,ip=192.0.2.5/24,ip6=auto' };
    expect(changes('net0', renamed)?.map(({ action }) => action)).toEqual([
      'detach-nic',
      'attach-nic',
      'set-addresses',
    ]);
    const routed = { net0: 'name=eth0,hwaddr=BC:24:11:AA:00:01,ip=192.0.2.5/32,ip6=manual' };
    expect(changes('net0', routed)?.[1]).toMatchObject({
      action: 'attach-nic',
      nic: { routed: ['192.0.2.5/32'] },
    });
    expect(() => changes('net0', { net0: 'name=eth0,bridge=none0' })).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });

  test('addresses change one family at a time; a client inside is left alone', () => {
    expect(changes('net0', net('ip=192.0.2.6/24,gw=192.0.2.1,ip6=auto'))).toMatchObject([
      { action: 'update-nic' },
      { action: 'set-addresses', ip: '192.0.2.6/24', gw: '192.0.2.1', ip6: 'manual' },
    ]);
    expect(changes('net0', net('ip6=auto'))?.[1]).toMatchObject({ ip: undefined, ip6: 'manual' });
    expect(changes('net0', net('ip=manual,ip6=auto'))?.[1]).toMatchObject({ ip: 'manual', ip6: 'manual' });
    expect(changes('net0', net('ip=192.0.2.5/24,ip6=auto,rate=5'))).toMatchObject([
      { action: 'update-nic', nic: { rateBytesPerSecond: 5_000_000 } },
    ]);
  });
});
