// Name servers, time zone and /etc/hosts in a made-up root: what is read, what is written, what is refused.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../core/errors.ts';
import type { Exec } from '../core/exec.ts';
import { checkHosts, createHostsFile } from './hosts-file.ts';
import { createNodeDns } from './node-dns.ts';
import { replaceText } from './replace-file.ts';
import { createTimeZone, zoneOffsetSeconds } from './time-zone.ts';

let root: string;
const runs: string[] = [];
let broken = '';
const exec: Exec = async (file, args) => {
  const line = [file, ...args].join(' ');
  runs.push(line);
  if (broken !== '' && line.startsWith(broken)) throw new AppError('command-failed', 'no');
  return { exitCode: 0, stdout: '', stderr: '' };
};
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
const read = (path: string) => readFileSync(join(root, path), 'utf8');

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'croft-settings-'));
  mkdirSync(join(root, 'etc'));
  runs.length = 0;
  broken = '';
});
afterEach(() => rmSync(root, { recursive: true }));

/** /etc/resolv.conf as the appliance has it. */
function makeResolved(): void {
  write(
    'run/systemd/resolve/resolv.conf',
    '# systemd\nnameserver 192.0.2.1\nnameserver 2001:db8::1\nsearch .\n',
  );
  symlinkSync('../run/systemd/resolve/resolv.conf', join(root, 'etc/resolv.conf'));
}
const unit = 'etc/systemd/network/20-croft-vmbr0.network';
const dropIn = `${unit}.d/60-croft-dns.conf`;

test('name servers in a plain file: comments and options stay, its mode too', async () => {
  write(
    'etc/resolv.conf',
    '# by hand\noptions timeout:1\nsearch old.example\nnameserver 192.0.2.9\ndomain x\n',
  );
  chmodSync(join(root, 'etc/resolv.conf'), 0o640);
  const dns = createNodeDns({ exec, root });
  expect(await dns.read()).toEqual({ dns1: '192.0.2.9', search: 'x' });
  await dns.write({ dns1: '192.0.2.53', dns3: '2001:db8::53', search: 'a.example b.example' });
  expect(read('etc/resolv.conf')).toBe(
    '# by hand\noptions timeout:1\nsearch a.example b.example\nnameserver 192.0.2.53\nnameserver 2001:db8::53\n',
  );
  expect(statSync(join(root, 'etc/resolv.conf')).mode & 0o777).toBe(0o640);
  expect(await dns.read()).toEqual({
    dns1: '192.0.2.53',
    dns2: '2001:db8::53',
    search: 'a.example b.example',
  });
  expect(runs).toEqual([]);
});

test('on the appliance: a drop-in for the next start, resolved for now', async () => {
  makeResolved();
  write(unit, '[Match]\nName=vmbr0\n');
  const dns = createNodeDns({ exec, root });
  expect(await dns.read()).toEqual({ dns1: '192.0.2.1', dns2: '2001:db8::1' });
  await dns.write({ dns1: '192.0.2.53', dns2: '192.0.2.54', search: 'office.example' });
  expect(read(dropIn)).toBe(
    [
      '# Written by Croft from the name servers of this node; changes made here are lost.',
      ...['[Network]', 'DNS=', 'DNS=192.0.2.53', 'DNS=192.0.2.54', 'Domains=', 'Domains=office.example'],
      ...['', '[DHCPv4]', 'UseDNS=no', '', '[DHCPv6]', 'UseDNS=no', '', '[IPv6AcceptRA]', 'UseDNS=no', ''],
    ].join('\n'),
  );
  expect(runs).toEqual([
    'resolvectl revert vmbr0',
    'resolvectl dns vmbr0 192.0.2.53 192.0.2.54',
    'resolvectl domain vmbr0 office.example',
  ]);
  await dns.write({ search: '' });
  expect(existsSync(join(root, dropIn))).toBe(false);
  expect(runs.slice(3)).toEqual(['resolvectl revert vmbr0', 'networkctl reload']);
});

test('what cannot be applied is not kept for the next start either', async () => {
  makeResolved();
  write(unit, '');
  const dns = createNodeDns({ exec, root });
  await dns.write({ dns1: '192.0.2.53', search: '' });
  const before = read(dropIn);
  broken = 'resolvectl dns';
  await expect(dns.write({ dns1: '192.0.2.99', search: '' })).rejects.toMatchObject({
    code: 'command-failed',
  });
  expect(read(dropIn)).toBe(before);
});

test("name servers of a network that is not Croft's are left alone", async () => {
  makeResolved();
  await expect(createNodeDns({ exec, root }).write({ search: 'x.example' })).rejects.toMatchObject({
    code: 'unsupported',
    message: expect.stringContaining("'vmbr0'"),
  });
  expect(runs).toEqual([]);
});

test.each([
  [{ dns1: 'dns.example', search: '' }, 'dns1'],
  [{ dns2: '192.0.2.300', search: '' }, 'dns2'],
  [{ search: 'good.example bad_one\nnameserver' }, 'search'],
  [{ search: 'a b c d e f g' }, 'search'],
])('%j is refused', async (wanted, field) => {
  write('etc/resolv.conf', 'nameserver 192.0.2.9\n');
  await expect(createNodeDns({ exec, root }).write(wanted)).rejects.toMatchObject({
    code: 'invalid-input',
    fields: { [field]: expect.any(String) },
  });
  expect(read('etc/resolv.conf')).toBe('nameserver 192.0.2.9\n');
});

test('the time zone: one that the node has, for the files and for this process', async () => {
  write('usr/share/zoneinfo/Europe/Rome', 'TZif2...');
  write('usr/share/zoneinfo/tzdata.zi', '# version');
  write('usr/share/zoneinfo/zone', 'no zone');
  write('secret', 'TZif');
  const environment: NodeJS.ProcessEnv = {};
  const zone = createTimeZone(root, environment);
  expect(zone.read()).toBe('UTC');
  await zone.write('Europe/Rome');
  expect(readlinkSync(join(root, 'etc/localtime'))).toBe('/usr/share/zoneinfo/Europe/Rome');
  expect(read('etc/timezone')).toBe('Europe/Rome\n');
  expect(environment['TZ']).toBe('Europe/Rome');
  expect(zone.read()).toBe('Europe/Rome');
  for (const wrong of ['Europe', 'Europe/Nowhere', '../../../secret', 'zone', 'tzdata.zi', '', '/etc/passwd'])
    await expect(zone.write(wrong)).rejects.toMatchObject({ fields: { timezone: expect.any(String) } });
  expect(zone.read()).toBe('Europe/Rome');
  expect(readdirSync(join(root, 'etc')).toSorted()).toEqual(['localtime', 'timezone']);
});

test('hours between a zone and UTC', () => {
  const summer = Date.UTC(2026, 6, 1, 12);
  expect(zoneOffsetSeconds('Europe/Rome', summer)).toBe(2 * 3600);
  expect(zoneOffsetSeconds('Europe/Rome', Date.UTC(2026, 0, 1) + 999)).toBe(3600);
  expect(zoneOffsetSeconds('America/St_Johns', summer)).toBe(-2.5 * 3600);
  expect(zoneOffsetSeconds('UTC', summer)).toBe(0);
  expect(zoneOffsetSeconds('No/Where', summer)).toBe(0);
});

test('/etc/hosts: read with its digest, written whole, not over what somebody else wrote', async () => {
  write('etc/hosts', '127.0.0.1 localhost\n');
  const hosts = createHostsFile(root);
  const first = await hosts.read();
  expect(first.data).toBe('127.0.0.1 localhost\n');
  await hosts.write(
    '127.0.0.1 localhost\r\n# office\n::1 localhost\n192.0.2.1 nas nas.example # new\n\n',
    first.digest,
  );
  expect(read('etc/hosts')).toBe(
    '127.0.0.1 localhost\n# office\n::1 localhost\n192.0.2.1 nas nas.example # new\n',
  );
  await expect(hosts.write('127.0.0.1 localhost', first.digest)).rejects.toMatchObject({
    code: 'wrong-state',
    message: expect.stringMatching(/^digest: .*changed/),
  });
  // Of two that know the same text, one wins.
  const { digest } = await hosts.read();
  const both = await Promise.allSettled([hosts.write('::1 a', digest), hosts.write('::1 b', digest)]);
  expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(read('etc/hosts')).toBe('::1 a\n');
  await hosts.write('127.0.0.1 localhost', undefined);
  expect(readdirSync(join(root, 'etc'))).toEqual(['hosts']);
});

test.each([
  ['', 'localhost'],
  ['# nothing', 'localhost'],
  ['127.0.0.1 localhost\nnas 192.0.2.1', 'line 2'],
  ['127.0.0.1', 'line 1'],
  ['127.0.0.1 local$host', 'line 1'],
  [`127.0.0.1 ${'a '.repeat(40_000)}`, '64 KiB'],
])('%j is no /etc/hosts', (text, word) => {
  expect(() => checkHosts(text)).toThrow(
    expect.objectContaining({ code: 'invalid-input', fields: { data: expect.stringContaining(word) } }),
  );
});

test('a file that cannot be replaced says which and why, and nothing is left beside it', async () => {
  const path = join(root, 'no-such-folder/hosts');
  await expect(replaceText(path, 'x')).rejects.toMatchObject({
    code: 'unavailable',
    message: `${path} cannot be replaced: its folder is missing`,
  });
});
