import { describe, expect, it } from 'vitest';
import {
  cloudInitCards,
  cloudInitDrive,
  cloudInitKeys,
  customFilesString,
  decodeSshKeys,
  encodeSshKeys,
  ipConfigString,
  isAskedByDefault,
  readCustomFiles,
  readIpConfig,
  upgrades,
} from './cloud-init.ts';

describe('the drive', () => {
  it.each([
    ['ide2', 'local:100/vm-100-cloudinit.qcow2,media=cdrom,size=4M'],
    ['scsi3', 'lvm:vm-100-cloudinit,media=cdrom'],
    ['sata0', 'local:cloudinit'],
    ['ide0', 'local:100/vm-100-cloudinit-1.raw'],
  ])('is found at %s', (key, value) => {
    expect(cloudInitDrive([{ key, value }])?.key).toBe(key);
  });

  it.each([
    ['ide2', 'local:iso/my-vm-cloudinit.iso,media=cdrom'],
    ['ide2', 'none,media=cdrom'],
    ['scsi0', 'local:100/vm-100-disk-0.qcow2,serial=vm-100-cloudinit'],
    ['description', 'local:cloudinit'],
  ])('is not %s: %s', (key, value) => {
    expect(cloudInitDrive([{ key, value }])).toBeUndefined();
  });

  it('is the one that stays where another goes', () => {
    const lines = [
      { key: 'ide2', value: 'local:100/vm-100-cloudinit.qcow2', delete: 1 },
      { key: 'sata0', pending: 'local:cloudinit' },
    ];
    expect(cloudInitDrive(lines)).toMatchObject({ key: 'sata0', pending: true });
    expect(cloudInitDrive(lines.slice(0, 1))).toMatchObject({ key: 'ide2', wanted: undefined });
  });
});

describe('the cards', () => {
  const lines = [
    { key: 'net0', value: 'virtio,bridge=vmbr0' },
    { key: 'net10', value: 'virtio,bridge=vmbr0' },
    { key: 'net2', value: 'virtio,bridge=vmbr0' },
    { key: 'ipconfig4', value: 'ip=dhcp' },
    { key: 'netmask', value: 'x' },
  ];
  it('are in order, with what is said of none', () => {
    expect(cloudInitCards(lines)).toEqual([
      { index: 0, exists: true },
      { index: 2, exists: true },
      { index: 4, exists: false },
      { index: 10, exists: true },
    ]);
  });

  it('ask by DHCP until something is said of one that is there', () => {
    expect(isAskedByDefault(lines, 'current', 0)).toBe(true);
    const said = [...lines, { key: 'ipconfig2', value: 'ip6=auto' }];
    expect(isAskedByDefault(said, 'current', 0)).toBe(false);
    const waits = [...lines, { key: 'ipconfig2', pending: 'ip6=auto' }];
    expect(isAskedByDefault(waits, 'current', 0)).toBe(true);
    expect(isAskedByDefault(waits, 'wanted', 0)).toBe(false);
  });

  it.each(['ip=dhcp', 'ip=192.0.2.5/24,gw=192.0.2.1,ip6=auto', 'ip6=2001:db8::5/64,gw6=fe80::1', 'ip6=dhcp'])(
    'keep %s as it is',
    (text) => {
      expect(ipConfigString(readIpConfig(text))).toBe(text);
    },
  );

  it('say nothing where nothing is set up, and forget what a mode does not use', () => {
    const none = readIpConfig('');
    expect(ipConfigString(none)).toBeUndefined();
    expect(ipConfigString({ ...none, ip4: 'dhcp', address4: '192.0.2.5/24', gateway4: '192.0.2.1' })).toBe(
      'ip=dhcp',
    );
  });
});

describe('files and keys', () => {
  it('come back as they went', () => {
    const text = 'user=local:snippets/u.yaml,vendor=nas:snippets/v.yaml';
    expect(customFilesString(readCustomFiles(text))).toBe(text);
    expect(customFilesString(readCustomFiles(''))).toBeUndefined();
    const keys = ['ssh-ed25519 AAAA+/= me@home & more', 'ssh-rsa BBBB ünï'];
    const encoded = encodeSshKeys(keys) ?? '';
    expect(encoded).not.toMatch(/[\s+]/);
    expect(decodeSshKeys(encoded)).toBe(keys.join('\n'));
    expect(encodeSshKeys([])).toBeUndefined();
    expect(decodeSshKeys('%E0%A4%A')).toBe('%E0%A4%A');
  });
});

it('knows its keys, and when packages are upgraded', () => {
  for (const key of ['ciuser', 'cipassword', 'sshkeys', 'ipconfig0', 'ipconfig31', 'cicustom', 'citype'])
    expect(cloudInitKeys.test(key)).toBe(true);
  for (const key of ['cores', 'net0', 'ipconfig', 'ciuserx', 'name'])
    expect(cloudInitKeys.test(key)).toBe(false);
  expect([undefined, '', '1', '0'].map(upgrades)).toEqual([true, true, true, false]);
});
