// Host network files: golden texts, what is refused and by which field, and that what is written is read back.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../server/core/errors.ts';
import type { HostFile, HostNetworkSettings } from '../../server/core/host-network.ts';
import { renderHostNetwork, renderLiveAddress } from './host-config.ts';
import { interfacesPath, readHostNetwork } from './interfaces-file.ts';
import { renderLiveNetwork } from './networkd-units.ts';

const card = { mac: '52:54:00:12:34:56', nicName: 'enp3s0' } as const;
const dhcp: HostNetworkSettings = { mode: 'dhcp', ...card, dns: [] };
const fixed: HostNetworkSettings = {
  mode: 'static',
  ...card,
  address: '192.0.2.10/24',
  gateway: '192.0.2.1',
  dns: ['192.0.2.1', '2001:db8::53'],
};
const fixedV6: HostNetworkSettings = {
  mode: 'static',
  ...card,
  address: '2001:db8:1::10/64',
  gateway: 'fe80::1',
  dns: ['2001:db8::53'],
};

const golden = (name: string) => readFileSync(new URL(`testdata/${name}`, import.meta.url), 'utf8');
const inOne = (files: readonly HostFile[]) =>
  files.map(({ path, text }) => `==> ${path} <==\n${text}`).join('\n');

describe('the files', () => {
  it.each([
    ['dhcp.txt', renderHostNetwork(dhcp)],
    ['dhcp-own-dns.txt', renderHostNetwork({ ...dhcp, dns: ['192.0.2.53'] })],
    ['static-v4.txt', renderHostNetwork(fixed)],
    ['static-v6.txt', renderHostNetwork(fixedV6)],
    ['live-static-v4.txt', renderLiveAddress(fixed)],
  ])('%s', async (name, files) => {
    expect(inOne(files)).toBe(golden(name));
  });

  it("the image's live unit is the one that is rendered", () => {
    const [unit] = renderLiveNetwork();
    const inImage = new URL(`../../iso-builder/overlay${unit?.path}`, import.meta.url);
    expect(readFileSync(inImage, 'utf8')).toBe(unit?.text);
  });

  it('live files never make the bridge that is the private network there', () => {
    expect(inOne(renderLiveAddress(fixed))).not.toContain('vmbr0');
  });
});

describe('reading back', () => {
  const ipv4 = fc.tuple(fc.integer({ min: 1, max: 126 }), fc.integer({ min: 1, max: 254 }));
  const settings: fc.Arbitrary<HostNetworkSettings> = fc
    .record({
      mode: fc.constantFrom('dhcp', 'static', 'static6'),
      mac: fc.uint8Array({ minLength: 5, maxLength: 5 }),
      nicName: fc.stringMatching(/^e[a-zA-Z0-9_.-]{1,14}$/),
      host: ipv4,
      gateway: fc.boolean(),
      dns: fc.uniqueArray(
        ipv4.map(([a, b]) => `${a}.9.9.${b}`),
        { maxLength: 3 },
      ),
    })
    .map(({ mode, mac, nicName, host: [a, b], gateway, dns }) => ({
      mode: mode === 'dhcp' ? 'dhcp' : 'static',
      mac: `52:${Buffer.from(mac).toString('hex').match(/../g)?.join(':')}`,
      nicName,
      address:
        mode === 'dhcp' ? undefined : mode === 'static' ? `${a}.1.1.${b}/16` : `2001:db8::${a}:${b}/64`,
      gateway: !gateway || mode === 'dhcp' ? undefined : mode === 'static' ? `${a}.1.2.3` : 'fe80::1',
      dns,
    }));

  it('gives the settings that were written', () => {
    fc.assert(
      fc.property(settings, (one) => {
        const file = renderHostNetwork(one).find(({ path }) => path === interfacesPath);
        expect(readHostNetwork(file?.text ?? '')).toEqual(one);
      }),
    );
  });

  it.each([
    ['nothing', ''],
    ['no bridge', 'auto lo\niface lo inet loopback\n\niface eth0 inet dhcp\n'],
    ['two ports', golden('dhcp.txt').replace('bridge-ports enp3s0', 'bridge-ports enp3s0 enp4s0')],
    ['no address of the card', golden('dhcp.txt').replace(/\thwaddress.*\n/, '')],
    ['nonsense as the address', golden('static-v4.txt').replace('192.0.2.10/24', 'here')],
  ])('does not guess: %s', (_what, text) => {
    expect(readHostNetwork(text)).toBeUndefined();
  });

  it('takes options and stanzas of others as they come', () => {
    const text = `source /etc/network/interfaces.d/*\n${golden('dhcp.txt')}\nauto dummy0\niface dummy0 inet manual\n\tup true\n`;
    expect(readHostNetwork(text)).toEqual({ ...dhcp, address: undefined, gateway: undefined });
  });
});

describe('what is refused, by field', () => {
  const refused = (given: Partial<Record<keyof HostNetworkSettings, unknown>>): string[] => {
    try {
      renderHostNetwork({ ...fixed, ...given } as HostNetworkSettings);
    } catch (error) {
      if (error instanceof AppError && error.code === 'invalid-input') return Object.keys(error.fields ?? {});
      throw error;
    }
    return [];
  };

  it.each([
    ['mac', '52:54:00:12:34'],
    ['mac', '52:54:00:12:34:56\nName=*'],
    ['mac', '01:00:5e:00:00:01'],
    ['mac', '00:00:00:00:00:00'],
    ['nicName', 'enp3s0\n\tup reboot'],
    ['nicName', 'a-name-too-long0'],
    ['nicName', 'vmbr0'],
    ['nicName', 'lo'],
    ['nicName', ''],
    ['address', undefined],
    ['address', '192.0.2.10'],
    ['address', '192.0.2.10/33'],
    ['address', '192.0.2.10/0'],
    ['address', '192.0.2.0/24'],
    ['address', '192.0.2.255/24'],
    ['address', '127.0.0.1/8'],
    ['address', '239.1.2.3/24'],
    ['address', '010.0.0.1/24'],
    ['address', '192.0.2.10/24\nGateway=192.0.2.2'],
    ['address', '192.0.2.10/24/24'],
    ['address', 'fe80::1/64'],
    ['address', '::1/128'],
    ['address', '::ffff:1.2.3.4/64'],
    ['address', '2001:db8::1%eth0/64'],
    ['address', '2001:db8::1/129'],
    ['gateway', '192.0.3.1'],
    ['gateway', '192.0.2.10'],
    ['gateway', '192.0.2.255'],
    ['gateway', '2001:db8::1'],
    ['gateway', '192.0.2.1\nDNS=6.6.6.6'],
    ['dns', ['ns.example.org']],
    ['dns', ['192.0.2.1 evil']],
    ['dns', ['192.0.2.1', '192.0.2.1']],
    ['dns', ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']],
    ['mode', 'auto'],
  ])('%s %j', (field, value) => {
    expect(refused({ [field]: value })).toEqual([field]);
  });

  it.each([
    [{}],
    [{ address: '192.0.2.10/31', gateway: '192.0.2.11' }],
    [{ address: '192.0.2.10/32', gateway: undefined }],
    [{ gateway: undefined, dns: [] }],
    [{ mac: '52:54:00:AB:CD:EF' }],
    [{ address: '2001:db8::10/64', gateway: '2001:db8::1' }],
  ])('but not %j', (given) => {
    expect(refused(given)).toEqual([]);
  });

  it('an address with DHCP', () => {
    expect(refused({ mode: 'dhcp' })).toEqual(['address', 'gateway']);
  });
});
