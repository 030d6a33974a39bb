import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ctOptions } from '../../../contract/lxc-options.ts';
import { fullCtConfig } from './ct-config-fixture.ts';
import { canonicalCtValue, compareCtKeys, isCtKey, splitCtKey } from './ct-keys.ts';
import { readCtMount, readCtNic, renderCtMount, renderCtNic } from './read-ct-devices.ts';

const base = (key: string) => splitCtKey(key)?.base ?? key;

test('the fixture has every key of the contract', () => {
  const shown = new Set(Object.keys(fullCtConfig).map(base));
  expect([...new Set(Object.keys(ctOptions).map(base))].filter((key) => !shown.has(key))).toEqual([]);
});

test.each(Object.entries(fullCtConfig))('%s is canonical: it stays as it is', (key, value) => {
  expect(canonicalCtValue(key, value)).toBe(value);
});

test.each([
  ['onboot', true, 1],
  ['unprivileged', 'no', 0],
  ['cores', '4', 4],
  ['cpulimit', 0.5, '0.5'],
  [
    'net0',
    'bridge=vmbr0,ip=dhcp,name=eth0,hwaddr=bc:24:11:aa:bb:cc',
    'name=eth0,bridge=vmbr0,hwaddr=BC:24:11:AA:BB:CC,ip=dhcp,type=veth',
  ],
  ['mp0', 'size=4G,mp=/data//x/,volume=local:101/a.subvol', 'local:101/a.subvol,mp=/data/x,size=4G'],
  ['mp1', '/srv//a/,mp=/a', '/srv/a,mp=/a'],
  ['features', 'nesting=on,keyctl=1', 'keyctl=1,nesting=1'],
  ['tags', 'Web, prod;web', 'prod;web'],
  ['nameserver', '192.0.2.1,192.0.2.2', '192.0.2.1 192.0.2.2'],
  ['dev0', 'path=/dev//fuse', '/dev/fuse'],
])('%s=%s is stored as %s', (key, given, stored) => {
  expect(canonicalCtValue(key, given)).toBe(stored);
});

test.each([
  ['cores', 0],
  ['memory', 15],
  ['net0', 'bridge=vmbr0'],
  ['net0', 'name=eth0,colour=red'],
  ['net0', 'name=averylonginterface'],
  ['net32', 'name=eth0'],
  ['net00', 'name=eth0'],
  ['mp0', 'local:8'],
  ['mp0', 'local:8,mp=data'],
  ['mp0', 'local:8,mp=/a/../../etc'],
  ['mp0', 'local:8,mp=/'],
  ['mp0', '/srv/../etc,mp=/a'],
  ['dev0', '/etc/shadow'],
  ['constructor', 'x'],
  ['__proto__', 'x'],
  ['hostname', 'a b'],
  ['entrypoint', '/bin/sh\nlxc.cap.drop ='],
  ['env', 'A=b\nlxc.cap.drop ='],
  ['timezone', '../../etc/shadow'],
])('%s=%s is refused by name', (key, value) => {
  expect(() => canonicalCtValue(key, value)).toThrow(
    expect.objectContaining({ code: 'invalid-input', fields: { [key]: expect.any(String) } }),
  );
});

test('keys', () => {
  expect(splitCtKey('mp255')).toEqual({ base: 'mp', index: 255 });
  expect(splitCtKey('mp256')).toBeUndefined();
  expect(splitCtKey('scsi0')).toBeUndefined();
  expect(isCtKey('rootfs')).toBe(true);
  expect(isCtKey('ostemplate')).toBe(false);
  expect(['mp10', 'net0', 'mp2', 'arch'].sort(compareCtKeys)).toEqual(['arch', 'mp2', 'mp10', 'net0']);
});

describe('whatever is allowed', () => {
  const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,6}[a-z0-9]$/);
  const path = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => `/${parts.join('/')}`);
  const perhaps = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

  test('mounts survive being written and read, and are canonical', () => {
    const mount = fc.record({
      key: fc.constantFrom('mp0', 'mp255'),
      source: fc.oneof(
        word.map((name) => `local:101/${name}.subvol`),
        path,
        word.map((name) => `/dev/${name}`),
      ),
      target: path,
      sizeBytes: perhaps(fc.integer({ min: 1, max: 2 ** 40 })),
      readOnly: fc.boolean(),
      options: fc.subarray(['discard', 'noatime', 'nodev', 'noexec', 'nosuid']),
      acl: perhaps(fc.boolean()),
      quota: fc.boolean(),
      backup: fc.boolean(),
      shared: fc.boolean(),
      replicate: fc.boolean(),
      keepOwners: fc.boolean(),
    });
    fc.assert(
      fc.property(mount, (given) => {
        const kind = given.source.startsWith('/dev/')
          ? ('device' as const)
          : given.source.startsWith('/')
            ? ('bind' as const)
            : ('volume' as const);
        const text = renderCtMount({ ...given, kind });
        expect(readCtMount(given.key, text)).toEqual({ ...given, kind });
        expect(canonicalCtValue(given.key, text)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });

  test('cards survive being written and read, and are canonical', () => {
    const nic = fc.record({
      key: fc.constant('net7'),
      index: fc.constant(7),
      name: word,
      bridge: perhaps(word),
      mac: perhaps(fc.constant('BC:24:11:0A:0B:0C')),
      ip: perhaps(
        fc.oneof(
          fc.constantFrom('dhcp', 'manual'),
          fc.ipV4().map((ip) => `${ip}/24`),
        ),
      ),
      gw: perhaps(fc.ipV4()),
      ip6: perhaps(fc.constantFrom('auto', 'dhcp', 'manual', '2001:db8::5/64')),
      gw6: perhaps(fc.constant('fe80::1')),
      firewall: fc.boolean(),
      linkDown: fc.boolean(),
      mtu: perhaps(fc.integer({ min: 64, max: 65_535 })),
      rate: perhaps(fc.integer({ min: 0, max: 5000 }).map((n) => n / 8)),
      tag: perhaps(fc.integer({ min: 1, max: 4094 })),
      trunks: fc.uniqueArray(fc.integer({ min: 1, max: 4094 }), { maxLength: 3 }),
      hostManaged: fc.boolean(),
    });
    fc.assert(
      fc.property(nic, (given) => {
        const text = renderCtNic(given);
        expect(readCtNic('net7', text)).toEqual(given);
        expect(canonicalCtValue('net7', text)).toBe(text);
      }),
      { numRuns: 200 },
    );
  });
});
