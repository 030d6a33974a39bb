// Reading answer files: everything that can be wrong, with its line, and no password in any message.
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'smol-toml';
import { describe, expect, test } from 'vitest';
import { type AnswerFile, renderAnswerFile } from '../../server/contract/answer-file.ts';
import { sshKeyTypes } from '../../server/contract/ssh-public-key.ts';
import { readAnswers, withLines } from './answers.ts';
import { checkAnswers } from './answers-check.ts';
import { lineOf, locateKeys } from './answers-lines.ts';

const full = readFileSync(new URL('testdata/full.toml', import.meta.url), 'utf8');
const key = /"(ssh-ed25519 .*)"/.exec(full)?.[1] ?? '';

const good: AnswerFile = {
  system: { hostname: 'server1', password: 'correct horse' },
  disk: { devices: ['/dev/sda'] },
};

/** `good` with other keys; the problems as `key: message`. */
function problemsOf(
  change: { [S in keyof AnswerFile]: Record<string, unknown> },
  keymaps?: string[],
): string[] {
  const fields = Object.fromEntries(
    [...new Set([...Object.keys(good), ...Object.keys(change)])].map((name) => [
      name,
      { ...good[name as keyof AnswerFile], ...change[name as keyof AnswerFile] },
    ]),
  );
  const result = readAnswers(renderAnswerFile(fields), keymaps ? { keymaps } : {});
  return 'problems' in result ? result.problems.map((one) => `${one.key}: ${one.message}`) : [];
}

function answersOf(text: string) {
  const result = readAnswers(text);
  if ('problems' in result) throw new Error(JSON.stringify(result.problems));
  return result.answers;
}

describe('a file in order', () => {
  test('with everything', () => {
    expect(answersOf(full)).toEqual({
      system: {
        hostname: 'server1',
        domain: 'example.org',
        timezone: 'Europe/Rome',
        keyboard: 'it',
        language: 'it',
        password: 'correct horse',
        passwordHash: undefined,
        sshKeys: [key],
        sshPasswordLogin: true,
      },
      network: {
        mode: 'static',
        nic: '3c:ec:ef:00:00:01',
        address: '192.0.2.10/24',
        gateway: '192.0.2.1',
        dns: ['192.0.2.1', '2001:db8::53'],
      },
      disk: {
        devices: ['/dev/disk/by-id/ata-A', '/dev/disk/by-id/ata-B'],
        mirror: true,
        erase: true,
        keepGuests: false,
        stateBytes: 8 * 1024 ** 3,
      },
      after: 'poweroff',
    });
  });

  test('with the least: the defaults', () => {
    expect(answersOf(renderAnswerFile(good))).toMatchObject({
      system: {
        domain: undefined,
        timezone: 'UTC',
        keyboard: 'us',
        language: 'en',
        sshKeys: [],
        sshPasswordLogin: true,
      },
      network: { mode: 'dhcp', nic: undefined, dns: [] },
      disk: { mirror: false, erase: false, keepGuests: false, stateBytes: undefined },
      after: 'reboot',
    });
  });

  test('SSH keys alone switch the password off', () => {
    const text = renderAnswerFile({ ...good, system: { hostname: 'a', 'ssh-keys': [key] } });
    expect(answersOf(text).system).toMatchObject({ password: undefined, sshPasswordLogin: false });
  });

  test('what is kept need not be said', () => {
    const text = renderAnswerFile({ disk: { devices: ['/dev/sda'], 'keep-guests': true } });
    expect(answersOf(text)).toMatchObject({
      system: { hostname: '' },
      disk: { keepGuests: true, erase: false },
    });
  });

  test('a summary without secrets', () => {
    const { summary, problems, devices } = checkAnswers(full);
    expect([problems, devices]).toEqual([[], ['/dev/disk/by-id/ata-A', '/dev/disk/by-id/ata-B']]);
    expect(Object.fromEntries(summary)).toMatchObject({
      'host name': 'server1.example.org',
      'log in with': 'a password (also over SSH), one SSH key',
      network: '192.0.2.10/24, gateway 192.0.2.1, DNS 192.0.2.1 2001:db8::53, card 3c:ec:ef:00:00:01',
      'what is there': 'is destroyed',
    });
    expect(JSON.stringify(summary)).not.toContain('correct horse');
  });
});

describe('mistakes', () => {
  test('are all told at once, with their lines, in order', () => {
    const text = [
      'hostname = "a"', // 1
      '[system] # [disk]',
      'hostname = "-bad-"',
      'pasword = "correct horse"', // 4
      'devices = "x"',
      'timezone = "Europe/Rom"',
      'ssh-keys = [ # two',
      `  "${key}",`,
      '  "ssh-ed25519 AAAA",', // 9
      ']',
      '[network]',
      'mode = "dchp"', // 12
      '[disk]',
      'devices = ["/dev/sda", "/dev/sdb"]',
      'erase = "yes"', // 15
      '[dsik]',
    ].join('\n');
    const result = readAnswers(text);
    expect('problems' in result && result.problems.map(({ line, key: place }) => `${line} ${place}`)).toEqual(
      [
        '1 hostname',
        '3 system.hostname',
        '4 system.pasword',
        '5 system.devices',
        '6 system.timezone',
        '9 system.ssh-keys',
        '12 network.mode',
        '14 disk.devices',
        '15 disk.erase',
        '16 dsik',
      ],
    );
    const messages = 'problems' in result ? result.problems.map(({ message }) => message).join('\n') : '';
    expect(messages).toContain("'hostname' belongs below [system]");
    expect(messages).toContain("there is no 'pasword' in [system]; did you mean password?");
    expect(messages).toContain('it belongs to [disk]');
    expect(messages).toContain('did you mean Europe/Rome?');
    expect(messages).toContain('did you mean dhcp?');
    expect(messages).toContain('did you mean disk?');
  });

  test.each([
    [{ system: { hostname: undefined } }, 'system.hostname: is needed: hostname = "server1"'],
    [
      { system: { hostname: 'a_b' } },
      "system.hostname: 'a_b': only letters, digits and hyphens, and no hyphen at either end",
    ],
    [
      { system: { hostname: 'a..b' } },
      'system.hostname: must not have empty parts between, before or after dots',
    ],
    [
      { system: { hostname: 'a'.repeat(64) } },
      'system.hostname: each part must be at most 63 characters long',
    ],
    [
      { system: { hostname: `${'abcdefgh.'.repeat(28)}abc` } },
      'system.hostname: must be at most 253 characters long',
    ],
    [{ system: { hostname: '127.0.0.1' } }, 'system.hostname: must not consist of digits only'],
    [{ system: { hostname: 'localhost.lan' } }, "system.hostname: must not be 'localhost'"],
    [
      { system: { timezone: 'europe/rome' } },
      "system.timezone: 'europe/rome' is no time zone such as Europe/Rome; did you mean Europe/Rome?",
    ],
    [{ system: { timezone: '+01:00' } }, "system.timezone: '+01:00' is no time zone such as Europe/Rome"],
    [
      { system: { keyboard: '../us' } },
      'system.keyboard: must be the name of a console keymap such as us, it or de-latin1',
    ],
    [{ system: { language: 'de' } }, 'system.language: must be one of en, it, el, ru, pt'],
    [
      { system: { password: undefined } },
      'system.password: is needed (or password-hash, or ssh-keys): nobody could log in',
    ],
    [{ system: { password: 'kurz' } }, 'system.password: must be at least 8 characters long'],
    [
      { system: { password: 'with\nline end' } },
      'system.password: must not have line ends or control characters',
    ],
    [
      { system: { password: 'x'.repeat(257) } },
      'system.password: must be at most 256 bytes long: what is longer would be cut off',
    ],
    [
      { system: { password: 'é'.repeat(129) } },
      'system.password: must be at most 256 bytes long: what is longer would be cut off',
    ],
    [
      { system: { password: undefined, 'password-hash': 'plain text' } },
      'system.password-hash: must be a hash as in /etc/shadow, $y$... or $6$... (mkpasswd makes one)',
    ],
    [
      { system: { password: undefined, 'ssh-keys': [] } },
      'system.ssh-keys: holds no key, and there is no password: nobody could log in',
    ],
    [{ system: { 'ssh-keys': [key, key] } }, 'system.ssh-keys: key 2: is there twice'],
    [
      { system: { 'ssh-keys': [key.replace('ssh-ed25519', 'ssh-rsa')] } },
      'system.ssh-keys: key 1: is not a key of the type that it names',
    ],
    [
      { system: { 'ssh-keys': [key.slice(0, 33)] } },
      'system.ssh-keys: key 1: holds no base64 behind its type',
    ],
    [
      { system: { 'ssh-keys': ['ssh-dss AAAA'] } },
      'system.ssh-keys: key 1: is a DSA key: SSH servers accept none any more',
    ],
    [
      { system: { 'ssh-keys': [`no-pty ${key}`] } },
      `system.ssh-keys: key 1: must begin with its type, one of: ${sshKeyTypes.join(', ')}`,
    ],
    [
      { system: { 'ssh-keys': ['-----BEGIN OPENSSH PRIVATE KEY-----'] } },
      'system.ssh-keys: key 1: is a private key: keep it to yourself and give the public one',
    ],
    [
      { system: { password: undefined, 'ssh-keys': [key], 'ssh-password-login': true } },
      'system.ssh-password-login: needs a password: only SSH keys are given',
    ],
    [
      { network: { address: '192.0.2.10/24' } },
      'network.address: does not go with DHCP: add mode = "static", or leave it out',
    ],
    [
      { network: { mode: 'static' } },
      'network.address: is needed with mode = "static": address = "192.0.2.10/24"',
    ],
    [
      { network: { mode: 'static', address: '192.0.2.10' } },
      "network.address: the length of the network's prefix is missing: 192.0.2.10/24 for instance",
    ],
    [
      { network: { mode: 'static', address: '192.0.2.10/33' } },
      'network.address: the length of the prefix must be 1 to 32',
    ],
    [
      { network: { mode: 'static', address: '192.0.2.0/24' } },
      'network.address: 192.0.2.0 is the address of the network itself',
    ],
    [
      { network: { mode: 'static', address: '192.0.2.255/24' } },
      'network.address: 192.0.2.255 is the broadcast address of its network',
    ],
    [
      { network: { mode: 'static', address: '127.0.0.1/8' } },
      'network.address: 127.0.0.1 cannot be the address of a machine',
    ],
    [
      { network: { mode: 'static', address: 'fe80::1/64' } },
      'network.address: fe80::1 cannot be the address of a machine',
    ],
    [
      { network: { mode: 'static', address: 'pc/24' } },
      "network.address: 'pc/24' is no address such as 192.0.2.10/24",
    ],
    [
      { network: { mode: 'static', address: '192.0.2.10/24', gateway: '192.0.3.1' } },
      'network.gateway: 192.0.3.1 is not in the network of 192.0.2.10/24',
    ],
    [
      { network: { mode: 'static', address: '192.0.2.10/24', gateway: '2001:db8::1' } },
      'network.gateway: 2001:db8::1 and the address 192.0.2.10 are not of the same kind',
    ],
    [
      { network: { mode: 'static', address: '192.0.2.10/24', gateway: '192.0.2.10' } },
      "network.gateway: is the machine's own address",
    ],
    [
      { network: { mode: 'static', address: '192.0.2.10/24', gateway: '192.0.2.255' } },
      'network.gateway: 192.0.2.255 cannot be the address of a router',
    ],
    [
      { network: { mode: 'static', address: '2001:db8::a/64', gateway: '2001:db8:0:1::1' } },
      'network.gateway: 2001:db8:0:1::1 is not in the network of 2001:db8::a/64',
    ],
    [{ network: { dns: ['dns.example.org'] } }, "network.dns: 'dns.example.org' is no IP address"],
    [
      { network: { nic: 'eth0' } },
      'network.nic: must be the MAC address of a network card: nic = "52:54:00:12:34:56"',
    ],
    [
      { network: { nic: '01:00:5e:00:00:01' } },
      'network.nic: 01:00:5e:00:00:01 is not the address of a card',
    ],
    [{ disk: { devices: undefined } }, 'disk.devices: is needed: devices = ["/dev/sda"]'],
    [{ disk: { devices: [] } }, 'disk.devices: must name a disk: devices = ["/dev/sda"]'],
    [{ disk: { devices: ['sda'] } }, "disk.devices: 'sda' must be the path of a disk such as /dev/sda"],
    [
      { disk: { devices: ['/dev/../etc/passwd'] } },
      "disk.devices: '/dev/../etc/passwd' must be the path of a disk such as /dev/sda",
    ],
    [{ disk: { devices: ['/dev/sda', '/dev/sda'], mirror: true } }, 'disk.devices: /dev/sda is there twice'],
    [
      { disk: { devices: ['/dev/sda', '/dev/sdb'] } },
      'disk.devices: two disks need mirror = true; otherwise name only one',
    ],
    [{ disk: { mirror: true } }, 'disk.mirror: needs exactly two disks in devices'],
    [
      { disk: { devices: ['/dev/sda', '/dev/sdb', '/dev/sdc'], mirror: true } },
      'disk.devices: must be one disk, or two for a mirror',
    ],
    [{ disk: { 'state-size': '8 GB' } }, "disk.state-size: '8 GB' is no size such as 8G"],
    [{ disk: { 'state-size': '512M' } }, 'disk.state-size: must be 1G to 16G'],
    [
      { disk: { 'state-size': '8G', 'keep-guests': true } },
      'disk.state-size: does not go with keep-guests: the state partition stays as it is',
    ],
    [{ after: { action: 'halt' } }, 'after.action: must be one of reboot, poweroff, none'],
  ] as [Parameters<typeof problemsOf>[0], string][])('%j', (change, problem) => {
    expect(problemsOf(change)).toEqual([problem]);
  });

  test('keymaps are looked up when their names are known', () => {
    expect(problemsOf({ system: { keyboard: 'itt' } }, ['us', 'it'])).toEqual([
      "system.keyboard: there is no console keymap 'itt'; did you mean it?",
    ]);
    expect(problemsOf({ system: { keyboard: 'it' } }, ['us', 'it'])).toEqual([]);
  });

  test('time zones too', () => {
    const text = renderAnswerFile({ ...good, system: { ...good.system, timezone: 'Asia/Calcutta' } });
    expect('answers' in readAnswers(text)).toBe(true);
    expect(readAnswers(text, { timezones: ['UTC', 'Asia/Kolkata'] })).toMatchObject({
      problems: [{ key: 'system.timezone', line: 4 }],
    });
  });

  test.each([
    '$y$j9T$F5Jx5fExrKuPp53xLKQ..1$X3DX6M94c7o.9agCG9G317fhZg9SqC.5i5rd.RhAtQ7',
    '$6$QRJuyjJqJxhZ$AnbL7zYqYFrwlCxeIk1IZOgfnN6yYUTRrpnGiQnLKCjfKtVFBWM0bKLQVrSz5cFJiWmSOKcOsnLJqjJJbLUyj0',
    '$6$rounds=5000$QRJuyjJqJxhZ$AnbL7zYqYFrwlCxeIk1IZOgfnN6yYUTRrpnGiQnLKCjfKtVFBWM0bKLQVrSz5cFJiWmSOKcOsnLJqjJJbLUyj0',
  ])('a hash of a password: %s', (hash) => {
    expect(problemsOf({ system: { password: undefined, 'password-hash': hash } })).toEqual([]);
    expect(problemsOf({ system: { 'password-hash': hash } })).toEqual([
      'system.password-hash: give either password or password-hash, not both',
    ]);
    expect(problemsOf({ system: { password: undefined, 'password-hash': `${hash}:x` } })).toHaveLength(1);
  });

  test('addresses that are right', () => {
    for (const network of [
      { address: '192.0.2.10/31', gateway: '192.0.2.11' },
      { address: '2001:db8::a/64', gateway: 'fe80::1' },
      { address: '2001:db8::a/64', gateway: '2001:db8::1' },
      { address: '10.1.2.3/8' },
    ])
      expect(problemsOf({ network: { mode: 'static', ...network } })).toEqual([]);
  });

  test('tables that are none', () => {
    const result = readAnswers('system = 1\ndisk = []\n');
    expect('problems' in result && result.problems.map(({ key: place, line }) => [place, line])).toEqual(
      expect.arrayContaining([
        ['system', 1],
        ['disk', 2],
      ]),
    );
  });

  test('no TOML: its line, without the text around', () => {
    for (const text of [
      '[system]\npassword = my secret\n',
      '[system]\npassword = "my secret\n',
      '[system]\npassword = "my \\secret"\n',
    ]) {
      const result = readAnswers(text);
      expect(result).toMatchObject({ problems: [{ key: '', line: 2 }] });
      expect(JSON.stringify(result)).not.toMatch(/my|secret/);
    }
  });
});

test('no message repeats a password, however the file is broken', () => {
  const secret = 'Qz7';
  fc.assert(
    fc.property(fc.nat(full.length), fc.string({ maxLength: 3 }), fc.nat(4), (at, insert, remove) => {
      const text = full.replace('correct horse', secret);
      const result = readAnswers(text.slice(0, at) + insert + text.slice(at + remove));
      if ('problems' in result)
        expect(JSON.stringify(result.problems.map((p) => p.message))).not.toContain(secret);
    }),
    { numRuns: 500 },
  );
});

describe('lines', () => {
  test('of tables, dotted keys, inline tables, lists and strings of all kinds', () => {
    const text = [
      "a.b . 'c d' = 1 # x = 2",
      's = """',
      '[fake]',
      'x = 1"""',
      "t = '''it''s'''",
      '[tab."le"] # ]',
      'list = [1, # ]',
      '  "]", [2,',
      '  3]]',
      'in = { k = "}", l.m = [',
      '  1 ] }',
      'date = 2026-01-01T00:00:00Z',
      '[[many]]',
      'last = "\\""',
    ].join('\n');
    parse(text);
    expect(Object.fromEntries(locateKeys(text))).toEqual({
      a: 1,
      'a.b': 1,
      'a.b.c d': 1,
      s: 2,
      t: 5,
      tab: 6,
      'tab.le': 6,
      'tab.le.list': 7,
      'tab.le.list[0]': 7,
      'tab.le.list[1]': 8,
      'tab.le.list[2]': 8,
      'tab.le.list[2][0]': 8,
      'tab.le.list[2][1]': 9,
      'tab.le.in': 10,
      'tab.le.in.k': 10,
      'tab.le.in.l': 10,
      'tab.le.in.l.m': 10,
      'tab.le.in.l.m[0]': 11,
      'tab.le.date': 12,
      many: 13,
      'many.last': 14,
    });
  });

  test('of what is missing: those of the table around; and of later problems', () => {
    const lines = locateKeys('\n[disk]\nerase = true\n');
    expect([
      lineOf(lines, 'disk.erase'),
      lineOf(lines, 'disk.devices[3]'),
      lineOf(lines, 'network.nic'),
    ]).toEqual([3, 2, 0]);
    expect(withLines('[disk]\nerase = true', [{ key: 'disk.erase', line: 0, message: 'm' }])).toEqual([
      { key: 'disk.erase', line: 2, message: 'm' },
    ]);
  });

  test('any text comes to an end', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'[]{}"\'#=.,\n\\ a1') }),
        (text) => void locateKeys(text),
      ),
    );
  });
});

test('what is written is read the same', () => {
  const texts = fc.option(fc.string({ unit: 'binary' }), { nil: undefined });
  fc.assert(
    fc.property(
      fc.record({
        system: fc.record({ password: texts, 'ssh-keys': fc.array(fc.string({ unit: 'binary' })) }),
        network: fc.record({ address: texts }),
        disk: fc.record({ mirror: fc.boolean() }),
      }),
      (fields) => {
        const { system, network, disk } = parse(renderAnswerFile(fields)) as Record<string, unknown>;
        // Undefined keys, and tables without keys, are not written.
        expect(JSON.parse(JSON.stringify({ system, network: network ?? {}, disk }))).toEqual(
          JSON.parse(JSON.stringify(fields)),
        );
      },
    ),
  );
});
