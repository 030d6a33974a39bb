import { expect, test } from 'vitest';
import { refusedVmOptions, vmOptions } from '../../contract/qemu-options.ts';
import { fullConfig } from './config-fixture.ts';
import { canonicalValue, compareKeys, isConfigKey, splitDeviceKey, splitDriveKey } from './config-keys.ts';

const base = (key: string) => splitDeviceKey(key)?.base ?? key;

test('the fixture has every supported key of the contract', () => {
  const refused = new Set(refusedVmOptions);
  const supported = new Set(
    Object.keys(vmOptions)
      .filter((key) => !refused.has(key))
      .map(base),
  );
  for (const key of ['cdrom', 'bootdisk', 'ide', 'meta']) supported.delete(key);
  const shown = new Set(Object.keys(fullConfig).map(base));
  expect([...supported].filter((key) => !shown.has(key))).toEqual([]);
});

test.each(Object.entries(fullConfig))('%s is canonical: it stays as it is', (key, value) => {
  expect(canonicalValue(key, value)).toBe(value);
});

test.each([
  ['onboot', true, 1],
  ['onboot', 'off', 0],
  ['cores', '4', 4],
  ['cpulimit', 0.5, '0.5'],
  ['memory', 2048, '2048'],
  ['memory', 'current=2048', '2048'],
  ['net0', 'model=virtio,macaddr=bc:24:11:aa:bb:cc,bridge=vmbr0', 'virtio=BC:24:11:AA:BB:CC,bridge=vmbr0'],
  ['scsi0', 'discard=on,file=local:100/a.qcow2', 'local:100/a.qcow2,discard=on'],
  ['tags', 'Web, prod;web', 'prod;web'],
  ['boot', 'legacy=cdn', 'legacy=cdn'],
  ['agent', 'enabled=1,type=virtio', 'enabled=1,type=virtio'],
  ['startup', 'order=1', 'order=1'],
  ['nameserver', '192.0.2.1,2001:db8::1', '192.0.2.1 2001:db8::1'],
  ['ipconfig31', 'ip6=auto, ip=dhcp', 'ip=dhcp,ip6=auto'],
  ['cicustom', 'vendor=local:snippets/v.yaml', 'vendor=local:snippets/v.yaml'],
  ['ciuser', 'Erika Mustermann', 'Erika Mustermann'],
])('%s=%s is stored as %s', (key, given, stored) => {
  expect(canonicalValue(key, given)).toBe(stored);
});

test.each([
  ['cores', 0],
  ['memory', 15],
  ['net0', 'virtio,colour=red'],
  ['scsi31', 'local:8'],
  ['net00', 'virtio'],
  ['constructor', 'x'],
  ['__proto__', 'x'],
  ['ostype', 'beos'],
  ['affinity', '3-1'],
  ['affinity', '0,99999'],
  ['affinity', '0\n1'],
  ['affinity', '0-8191,0-8191'],
  ['keyboard', 'xx'],
  ['startdate', 'tomorrow'],
  ['tpmstate0', 'local:4,version=v3.0'],
  ['name', 'a b'],
  ['name', 'web</name>'],
  ['ciuser', 'a\nb'],
  ['ciuser', '-x'],
  ['ciuser', 'a:b'],
  ['ciuser', 'a"b'],
  ['ciuser', 'a\u2028b'],
  ['ciuser', 'x'.repeat(65)],
  ['cipassword', 'one\ntwo'],
  ['cipassword', 'x'.repeat(257)],
  ['citype', 'ec2'],
  ['ipconfig0', 'ip=192.0.2.5'],
  ['ipconfig0', 'ip=192.0.2.300/24'],
  ['ipconfig0', 'ip=2001:db8::1/64'],
  ['ipconfig0', 'ip=dhcp,gw=192.0.2.1'],
  ['ipconfig0', 'gw6=2001:db8::1'],
  ['ipconfig0', 'ip=manual'],
  ['ipconfig0', 'ip=dhcp\nauto eth1'],
  ['ipconfig32', 'ip=dhcp'],
  ['nameserver', '192.0.2.1 evil'],
  ['nameserver', 'fe80::1%eth0;reboot'],
  ['searchdomain', 'a b\n up x'.replace(' up', ': [')],
  ['sshkeys', 'ssh-ed25519 AAAA'],
  ['sshkeys', 'hello'],
  ['sshkeys', '%ff'],
  ['sshkeys', 'ssh-ed25519%20AAAA%0A-%20evil%3A%201'],
  ['sshkeys', 'ssh-ed25519%20AAAA%20a%00b'],
  ['cicustom', 'user=/etc/shadow'],
  ['cicustom', 'script=local:snippets/a'],
])('%s=%s is refused by name', (key, value) => {
  expect(() => canonicalValue(key, value)).toThrow(
    expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.any(String) } }),
  );
});

test.each([...refusedVmOptions])('%s is refused, in words', (key) => {
  expect(() => canonicalValue(key, 'x')).toThrow(
    expect.objectContaining({ code: 'unsupported', fields: { [key]: expect.stringMatching(/ \w+ /) } }),
  );
});

test('device keys', () => {
  expect(splitDriveKey('scsi30')).toEqual({ bus: 'scsi', index: 30 });
  expect(splitDriveKey('net0')).toBeUndefined();
  expect(splitDeviceKey('scsi01')).toBeUndefined();
  expect(isConfigKey('cdrom')).toBe(false);
  expect(['scsi10', 'net0', 'scsi2', 'name'].sort(compareKeys)).toEqual(['name', 'net0', 'scsi2', 'scsi10']);
});
