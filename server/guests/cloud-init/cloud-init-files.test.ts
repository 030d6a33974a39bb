import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { VmConfig } from '../config/config-keys.ts';
import { readVmConfig } from '../config/read-vm-config.ts';
import { cloudInitFiles, dumpCloudInit } from './cloud-init-files.ts';
import { renderYaml } from './render-yaml.ts';

const read = (config: VmConfig) => readVmConfig({ vmid: 100, config });
const dns = { nameservers: ['192.0.2.53'], searchDomain: 'host.example' };
const golden = (name: string) => readFileSync(join(import.meta.dirname, 'testdata', name), 'utf8');

/** Every way to set up a card. */
const config: VmConfig = {
  name: 'web',
  ciuser: 'ann',
  cipassword: '$6$salt$hash',
  sshkeys: 'ssh-ed25519%20AAAAC3Nza%20ann%40home%3A%20%22x%22%20%23y%0A%0Assh-rsa%20AAAAB3Nza%0A',
  nameserver: '198.51.100.1 2001:db8::53',
  searchdomain: 'example.org example.net',
  net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
  net1: 'virtio=BC:24:11:00:00:02,bridge=vmbr0',
  net2: 'virtio=BC:24:11:00:00:03,bridge=vmbr0',
  net10: 'virtio=BC:24:11:00:00:04,bridge=vmbr0',
  ipconfig0: 'gw=192.0.2.1,gw6=2001:db8::1,ip=192.0.2.5/25,ip6=2001:db8::5/64',
  ipconfig1: 'ip=dhcp,ip6=dhcp',
  ipconfig2: 'ip6=auto',
  ipconfig7: 'ip=dhcp',
  ipconfig10: 'ip=10.9.8.7/8',
};

describe('the files of an image', () => {
  test.each([
    ['nocloud', 'cidata', { ...config }],
    ['nocloud-plain', 'cidata', { net0: 'virtio=BC:24:11:00:00:01', ciupgrade: 0, ciuser: 'root' }],
    ['configdrive2', 'config-2', { ...config, citype: 'configdrive2' }],
    ['windows', 'config-2', { name: 'win.example.org', ostype: 'win11', net0: config['net0']! }],
  ] as const)('%s', async (name, label, wanted) => {
    const made = cloudInitFiles(read(wanted as VmConfig), dns);
    expect(made.label).toBe(label);
    const shown = Object.entries(made.files).map(([path, text]) => `--- ${path}\n${text}`);
    await expect(shown.join('')).toMatchFileSnapshot(join(import.meta.dirname, 'testdata', `${name}.txt`));
  });

  test('say the same as YAML', () => {
    const { files } = cloudInitFiles(read(config), dns);
    expect(parse(String(files['user-data']))).toEqual({
      ...{ hostname: 'web', fqdn: 'web.example.org', manage_etc_hosts: true, user: 'ann' },
      ...{ password: '$6$salt$hash', users: ['default'], chpasswd: { expire: false }, package_upgrade: true },
      ssh_authorized_keys: ['ssh-ed25519 AAAAC3Nza ann@home: "x" #y', 'ssh-rsa AAAAB3Nza'],
    });
    const network = parse(String(files['network-config']));
    expect(network.config).toHaveLength(5);
    expect(network.config[0].subnets[0]).toEqual({
      ...{ type: 'static', address: '192.0.2.5', netmask: '255.255.255.128', gateway: '192.0.2.1' },
    });
    expect(network.config.at(-1)).toEqual({
      ...{ type: 'nameserver', address: ['198.51.100.1', '2001:db8::53'] },
      search: ['example.org', 'example.net'],
    });
    expect(golden('nocloud.txt')).toContain(String(files['user-data']));
  });

  test("the host's servers stand in, without what is none", () => {
    const odd = { nameservers: ['192.0.2.53', 'x\ny'], searchDomain: 'host.example a"b' };
    const network = parse(dumpCloudInit(read({ net0: config['net0']! }), odd, 'network'));
    expect(network.config.at(-1)).toEqual({
      ...{ type: 'nameserver', address: ['192.0.2.53'], search: ['host.example'] },
    });
  });

  test('another user, network or password makes another instance; the same ones the same', () => {
    const id = (more: VmConfig) => cloudInitFiles(read({ ...config, ...more }), dns).files['meta-data'];
    expect(id({})).toBe(id({ description: 'other' }));
    const ids = [
      id({}),
      id({ cipassword: '$6$salt$other' }),
      id({ ipconfig2: 'ip=dhcp' }),
      id({ name: 'b' }),
    ];
    expect(new Set(ids).size).toBe(4);
  });

  test("the user's own files stand in for ours, within their size", () => {
    const own = (text: string) => Buffer.from(text);
    const { files } = cloudInitFiles(read(config), dns, {
      ...{ user: own('u'), network: own('n'), meta: own('m'), vendor: own('v') },
    });
    expect(Object.values(files).map(String)).toEqual(['u', 'n', 'm', 'v']);
    const large = Buffer.alloc(1024 ** 2);
    expect(() => cloudInitFiles(read(config), dns, { user: large, network: large, vendor: large })).toThrow(
      expect.objectContaining({ code: 'invalid-input', fields: { cicustom: expect.any(String) } }),
    );
  });

  test('what is shown holds no password', () => {
    const shown = (['user', 'network', 'meta'] as const).map((type) =>
      dumpCloudInit(read(config), dns, type),
    );
    expect(shown.join()).not.toContain('$6$');
    expect(parse(shown[0]!).password).toBe('**********');
    expect(parse(shown[2]!)['instance-id']).toMatch(/^[0-9a-f]{40}$/);
  });
});

describe('YAML', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(
      'a: b',
      '- x',
      '\n- y',
      '#',
      '"',
      "'",
      '\u2028k: v',
      '\x85',
      '\ufeff',
      '*a',
      '!!python',
      '%',
      '---',
    ),
  );
  const tree = fc.letrec<{ value: unknown; map: Record<string, unknown> }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.integer(),
      fc.boolean(),
      fc.array(tie('value'), { maxLength: 4 }),
      tie('map'),
    ),
    map: fc.dictionary(fc.stringMatching(/^[a-z]{2,6}$/), tie('value'), { maxKeys: 4 }) as never,
  })).map;

  test('of anything reads back to it: no value becomes structure', () => {
    fc.assert(
      fc.property(tree, (value) => {
        // `true` and the like are keys of nobody here; a file without an entry is an empty mapping.
        fc.pre(!/"(?:true|false|null|yes|no|on|off)":/.test(JSON.stringify(value)));
        expect(parse(renderYaml(value as never))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
      { numRuns: 500 },
    );
  });
});
