// Devices, pending changes and free keys of a configuration.
import { expect, test } from 'vitest';
import { pendingKeys, settingOf } from './guest-config.ts';
import { parseProperties } from './property-string.ts';
import { agentEnabled, bootOrderOf, devicesOf, freeKey, networkOf, newDriveKey } from './vm-config.ts';

const lines = [
  { key: 'memory', value: 2048, pending: 4096 },
  { key: 'net0', value: 'virtio=BC:24:11:00:00:01,bridge=vmbr0' },
  { key: 'scsi10', value: 'local:100/b.qcow2,size=1G', delete: 1 },
  { key: 'scsi2', value: 'local:100/a.qcow2,size=1G' },
  { key: 'ide2', value: 'none,media=cdrom', pending: 'local:iso/a.iso,media=cdrom' },
  { key: 'virtio0', pending: 'local:8' },
  { key: 'scsihw', value: 'virtio-scsi-single' },
  { key: 'unused0', value: 'local:100/old.qcow2' },
];

test('devices in order, with what waits', () => {
  expect(devicesOf(lines).map((one) => [one.key, one.kind, one.pending])).toEqual([
    ['scsi2', 'disk', false],
    ['scsi10', 'disk', true],
    ['virtio0', 'disk', true],
    ['ide2', 'cdrom', true],
    ['net0', 'network', false],
    ['unused0', 'unused', false],
  ]);
  const disc = devicesOf(lines).find((one) => one.key === 'ide2');
  expect([disc?.current?.lead, disc?.wanted?.lead]).toEqual(['none', 'local:iso/a.iso']);
  expect(devicesOf(lines).find((one) => one.key === 'scsi10')?.wanted).toBeUndefined();
  expect(devicesOf(lines).find((one) => one.key === 'virtio0')?.current).toBeUndefined();
});

test('settings and keys that wait', () => {
  expect(settingOf(lines, 'memory')).toEqual({ current: '2048', wanted: '4096', pending: true });
  expect(settingOf(lines, 'cores')).toEqual({ current: undefined, wanted: undefined, pending: false });
  expect(pendingKeys(lines)).toEqual(['memory', 'scsi10', 'ide2', 'virtio0']);
});

test('free keys', () => {
  expect(freeKey('net', lines)).toBe('net1');
  expect(freeKey('scsi', lines)).toBe('scsi0');
  const all = Array.from({ length: 4 }, (_, i) => ({ key: `ide${i}`, value: 'none' }));
  expect(freeKey('ide', all)).toBeUndefined();
  expect(freeKey('floppy', all)).toBeUndefined();
});

test('a drive for discs is put where images expect it, or where there is room', () => {
  const taken = (...keys: string[]) => keys.map((key) => ({ key, value: 'none,media=cdrom' }));
  const all = (bus: string, count: number) => Array.from({ length: count }, (_, i) => `${bus}${i}`);
  expect(newDriveKey([])).toBe('ide2');
  expect(newDriveKey(taken('ide2'))).toBe('ide0');
  expect(newDriveKey(taken(...all('ide', 4)))).toBe('sata0');
  expect(newDriveKey(taken(...all('ide', 4), ...all('sata', 6)))).toBe('scsi0');
  expect(newDriveKey(taken(...all('ide', 4), ...all('sata', 6), ...all('scsi', 31)))).toBeUndefined();
});

test.each([
  ['virtio=BC:24:11:00:00:01,bridge=vmbr0', { model: 'virtio', mac: 'BC:24:11:00:00:01', bridge: 'vmbr0' }],
  ['model=e1000,macaddr=bc:24:11:00:00:01', { model: 'e1000', mac: 'bc:24:11:00:00:01', bridge: '' }],
  ['e1000e,bridge=vmbr1', { model: 'e1000e', mac: '', bridge: 'vmbr1' }],
  ['virtio,macaddr=BC:24:11:00:00:01', { model: 'virtio', mac: 'BC:24:11:00:00:01', bridge: '' }],
])('network card %s', (text, facts) => {
  expect(networkOf(parseProperties(text))).toEqual(facts);
});

test('boot order and agent', () => {
  expect(bootOrderOf('order=scsi0;ide2')).toEqual(['scsi0', 'ide2']);
  expect(bootOrderOf(undefined)).toEqual([]);
  expect([
    agentEnabled('1'),
    agentEnabled('enabled=1,type=isa'),
    agentEnabled('0'),
    agentEnabled(undefined),
  ]).toEqual([true, true, false, false]);
});
