import { describe, expect, test } from 'vitest';
import type { CtConfig } from '../../ct-parts.ts';
import { ctVolumesInUse } from './ct-volumes-in-use.ts';
import { ctPendingLines, pendingCtChanges, revertCtPending } from './pending-ct-changes.ts';

const running: CtConfig = {
  hostname: 'web',
  memory: 512,
  rootfs: 'local:101/a.subvol,size=8G',
  mp0: 'local:101/b.subvol,mp=/data,size=4G',
  net0: 'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:AA:00:01,ip=192.0.2.5/24,type=veth',
};
const without = (config: CtConfig, ...keys: string[]): CtConfig =>
  Object.fromEntries(Object.entries(config).filter(([key]) => !keys.includes(key)));
const net = (text: string) => ({ net0: `name=eth0,bridge=vmbr0,hwaddr=BC:24:11:AA:00:01,${text}type=veth` });

describe('a running container', () => {
  test.each<CtConfig>([
    { cpulimit: '0.5' },
    { cpuunits: 50 },
    { cores: 1 },
    { memory: 1024 },
    { swap: 0 },
    { hostname: 'db' },
    { nameserver: '192.0.2.53' },
    { searchdomain: 'example.org' },
    { timezone: 'host' },
    { mp1: 'local:101/c.subvol,mp=/c' },
    { mp1: '/srv/c,mp=/c' },
    { net1: 'name=eth1,bridge=vmbr0,ip=dhcp,type=veth' },
    net('ip=192.0.2.6/24,'),
    net('ip=manual,'),
    net('ip=192.0.2.5/24,rate=5,'),
    { net0: 'name=eth9,bridge=vmbr0,hwaddr=BC:24:11:AA:00:01,ip=192.0.2.5/24,type=veth' },
  ])('takes %j at once', (more) => {
    expect(pendingCtChanges({ ...running, ...more }, running)).toEqual({
      hot: Object.keys(more),
      restart: [],
      noted: [],
    });
  });

  test.each<CtConfig>([
    { features: 'nesting=1' },
    { unprivileged: 1 },
    { dev0: '/dev/kvm' },
    { tty: 1 },
    { console: 0 },
    { entrypoint: '/bin/sh' },
    { env: 'A=b' },
    { debug: 1 },
    { rootfs: 'local:101/a.subvol,ro=1,size=8G' },
    { mp0: 'local:101/b.subvol,mp=/other,size=4G' },
    { mp0: 'local:101/z.subvol,mp=/data' },
    net('ip=dhcp,'),
    net('ip=192.0.2.5/24,ip6=auto,'),
  ])('takes %j at its next start', (more) => {
    expect(pendingCtChanges({ ...running, ...more }, running)).toEqual({
      hot: [],
      restart: Object.keys(more),
      noted: [],
    });
  });

  test.each<CtConfig>([
    { description: 'x' },
    { tags: 'a' },
    { onboot: 1 },
    { startup: 'order=1' },
    { protection: 1 },
    { hookscript: 'local:snippets/x' },
    { cmode: 'shell' },
    { unused0: 'local:101/z.raw' },
    { mp0: 'local:101/b.subvol,mp=/data,backup=1,size=16G' },
  ])('does not notice %j', (more) => {
    expect(pendingCtChanges({ ...running, ...more }, running)).toEqual({
      hot: [],
      restart: [],
      noted: Object.keys(more),
    });
  });

  test('what goes, goes before what comes; a mount point in use does not go', () => {
    const wanted = { ...without(running, 'net0', 'mp0'), cores: 1 };
    expect(pendingCtChanges(wanted, running)).toEqual({
      hot: ['net0', 'cores'],
      restart: ['mp0'],
      noted: [],
    });
  });
});

describe('pending values', () => {
  const document = { config: { ...without(running, 'memory'), hostname: 'db', cores: 2 }, running };

  test('are told beside those in force', () => {
    expect(ctPendingLines(document)).toEqual(
      expect.arrayContaining([
        { key: 'cores', pending: 2 },
        { key: 'hostname', value: 'web', pending: 'db' },
        { key: 'memory', value: 512, delete: 1 },
        { key: 'mp0', value: running['mp0'] },
      ]),
    );
  });

  test('a stopped container has none', () => {
    expect(ctPendingLines({ config: running }).every(({ pending }) => pending === undefined)).toBe(true);
    expect(revertCtPending({ config: running }, ['memory'])).toEqual(running);
  });

  test('can be taken back, volumes included', () => {
    expect(revertCtPending(document, ['memory', 'hostname'])).toEqual({ ...running, cores: 2 });
    const moved = {
      running,
      config: { ...running, mp0: 'local:101/z.subvol,mp=/data', unused0: 'local:101/b.subvol' },
    };
    expect(revertCtPending(moved, ['mp0'])).toEqual({ ...running, unused0: 'local:101/z.subvol' });
    const added = { running, config: { ...running, mp1: 'local:101/c.subvol,mp=/c' } };
    expect(revertCtPending(added, ['mp1'])).toEqual({ ...running, unused0: 'local:101/c.subvol' });
  });
});

test('volumes in use are those wanted, in force and in snapshots; folders and devices are none', () => {
  const document = {
    config: { rootfs: 'local:101/a', mp0: '/srv/x,mp=/x', mp1: '/dev/sdb1,mp=/y', unused3: 'local:101/u' },
    running: { rootfs: 'local:101/a', mp0: 'local:101/b,mp=/x' },
    snapshots: { first: { config: { rootfs: 'local:101/a', mp0: 'local:101/c,mp=/x' } } },
  };
  expect([...ctVolumesInUse(document)].sort()).toEqual([
    'local:101/a',
    'local:101/b',
    'local:101/c',
    'local:101/u',
  ]);
  expect(ctVolumesInUse({ config: {} }).size).toBe(0);
});
