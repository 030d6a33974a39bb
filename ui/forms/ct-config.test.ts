// Devices, features and start order of a container's configuration.
import { expect, test } from 'vitest';
import { ctFeaturesString } from '../../server/contract/lxc-strings.ts';
import {
  ctDevicesOf,
  ctNicsOf,
  featuresString,
  freeCtKey,
  freeNicName,
  mountTargets,
  nicNames,
  readFeatures,
} from './ct-config.ts';

const lines = [
  { key: 'memory', value: 512 },
  { key: 'mp1', value: '/srv/films,mp=/films' },
  { key: 'mp0', value: 'local:101/a.subvol,mp=/data,size=8G', delete: 1 },
  { key: 'rootfs', value: 'local:101/vm-101-disk-0.subvol,size=8G' },
  { key: 'net0', value: 'name=eth0,bridge=vmbr0', pending: 'name=lan0,bridge=vmbr0' },
  { key: 'net1', pending: 'name=eth1,bridge=vmbr1' },
  { key: 'unused0', value: 'local:101/old.subvol' },
  { key: 'dev0', value: '/dev/ttyUSB0' },
];

test('devices in order, with what waits', () => {
  expect(ctDevicesOf(lines).map((one) => [one.key, one.kind, one.pending])).toEqual([
    ['rootfs', 'root', false],
    ['mp0', 'mount', true],
    ['mp1', 'bind', false],
    ['dev0', 'device', false],
    ['unused0', 'unused', false],
  ]);
  expect(ctNicsOf(lines).map((one) => [one.key, one.pending])).toEqual([
    ['net0', true],
    ['net1', true],
  ]);
});

test('names and places that are taken count what will be', () => {
  expect(nicNames(lines)).toEqual(['lan0', 'eth1']);
  expect(nicNames(lines, 'net1')).toEqual(['lan0']);
  expect(freeNicName(lines)).toBe('eth0');
  expect(mountTargets(lines)).toEqual(['/data', '/films']);
  expect(freeCtKey('mp', lines)).toBe('mp2');
  expect(freeCtKey('net', lines)).toBe('net2');
});

test('features go to and fro', () => {
  expect(readFeatures('nesting=1,fuse=0,mount=nfs;cifs')).toEqual({
    on: ['nesting'],
    mount: ['nfs', 'cifs'],
  });
  const text = featuresString({ on: ['nesting', 'keyctl'], mount: ['nfs', 'cifs'] });
  expect(text).toBe('nesting=1,keyctl=1,mount=nfs;cifs');
  expect(ctFeaturesString.parse(text ?? '')).toMatchObject({ ok: true });
  expect(featuresString(readFeatures(''))).toBeUndefined();
});
