// What makes a container one of its own, with a recording in the place of openssl and ssh-keygen.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Exec } from '../../../core/exec.ts';
import { quietContext } from '../../../core/work-context.ts';
import { createFirstTime } from './first-time.ts';
import { makeTree, modelOf, readTree } from './roots-fixture.ts';
import { withPassword } from './shadow.ts';

const hash = `$6$salt$${'a'.repeat(86)}`;
const secret = 'geheim-42';

let root: string;
const calls: { argv: string[]; input: string }[] = [];
const exec: Exec = async (file, args, options = {}) => {
  calls.push({ argv: [file, ...args], input: String(options.input ?? '') });
  if (file === 'ssh-keygen') {
    const path = args[args.indexOf('-f') + 1] as string;
    writeFileSync(path, 'private');
    writeFileSync(`${path}.pub`, 'public');
  }
  return { exitCode: 0, stdout: file === 'openssl' ? `${hash}\n` : '', stderr: '' };
};
const firstTime = createFirstTime(exec);
const inside = (path: string) => readFileSync(join(root, path), 'utf8');
const mode = (path: string) => statSync(join(root, path)).mode & 0o7777;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'croft-first-'));
  calls.length = 0;
});
afterEach(() => rmSync(root, { recursive: true }));

describe('first time', () => {
  it('new ids and keys, password and keys of root; repeatable', async () => {
    makeTree(root, {
      '/etc/machine-id': '0123456789abcdef0123456789abcdef\n',
      '/var/lib/dbus/machine-id': 'the same',
      '/usr/sbin/sshd': '',
      '/etc/ssh/ssh_host_rsa_key': 'of the template',
      '/etc/ssh/ssh_host_rsa_key.pub': 'of the template',
      '/etc/ssh/sshd_config': 'kept',
      '/etc/passwd': 'root::0:0::/root:/bin/sh\n',
      '/etc/shadow': 'daemon:*:1::::::\nroot:!:19000:0:99999:7::20000:\n',
      '/root/.ssh/authorized_keys': 'ssh-ed25519 OLD\n',
    });
    const secrets = { password: secret, sshKeys: '# mine\nssh-ed25519 AAAA me\n\nssh-rsa BBBB\r\n' };
    await firstTime(quietContext(), root, modelOf(), secrets);
    const once = readTree(root);
    await firstTime(quietContext(), root, modelOf(), secrets);
    expect(readTree(root)).toEqual(once);
    const days = Math.floor(Date.now() / 86_400_000);
    expect(once).toMatchObject({
      '/etc/machine-id': '',
      '/etc/passwd': 'root:x:0:0::/root:/bin/sh\n',
      '/etc/shadow': `daemon:*:1::::::\nroot:${hash}:${days}:0:99999:7:::\n`,
      '/etc/ssh/ssh_host_ed25519_key': 'private',
      '/etc/ssh/ssh_host_ecdsa_key.pub': 'public',
      '/etc/ssh/sshd_config': 'kept',
      '/root/.ssh/authorized_keys': 'ssh-ed25519 OLD\nssh-ed25519 AAAA me\nssh-rsa BBBB\n',
    });
    expect(Object.keys(once).filter((path) => /rsa_key|dbus/.test(path))).toEqual([]);
    expect([mode('etc/ssh/ssh_host_ed25519_key'), mode('root/.ssh/authorized_keys')]).toEqual([0o600, 0o600]);
    expect(calls.flatMap(({ argv }) => argv).join(' ')).not.toContain(secret);
    expect(calls.find(({ argv }) => argv[0] === 'openssl')?.input).toBe(`${secret}\n`);
  });

  it('without secrets nothing of root changes; what is missing is made where it is needed', async () => {
    makeTree(root, { '/etc/shadow': 'root:*:1::::::\n', '/usr/lib/systemd/systemd': '' });
    await firstTime(quietContext(), root, modelOf(), {});
    expect(readTree(root)).toEqual({
      '/etc/machine-id': '',
      '/etc/shadow': 'root:*:1::::::\n',
      '/usr/lib/systemd/systemd': '',
    });
    await firstTime(quietContext(), root, modelOf(), { sshKeys: 'ssh-ed25519 A' });
    expect(inside('root/.ssh/authorized_keys')).toBe('ssh-ed25519 A\n');
    expect(mode('root/.ssh')).toBe(0o700);
  });

  it('refuses what would not work, without telling the secret', async () => {
    makeTree(root, { '/etc/shadow': '' });
    for (const password of ['', 'two\nlines', 'x'.repeat(257)])
      await expect(firstTime(quietContext(), root, modelOf(), { password })).rejects.toMatchObject({
        code: 'invalid-input',
        message: expect.stringMatching(/^password: (must be one line|at most 256 bytes)$/),
      });
    await expect(
      firstTime(quietContext(), root, modelOf(), { sshKeys: 'ssh-rsa A\0' }),
    ).rejects.toMatchObject({
      code: 'invalid-input',
    });
  });

  it('a shadow file that leads away or is a folder: an error, since the password is not set', async () => {
    makeTree(root, { '/etc/shadow': '-> /nowhere/shadow' });
    const set = firstTime(quietContext(), root, modelOf(), { password: secret });
    await expect(set).rejects.toMatchObject({ code: 'not-found' });
  });
});

it('shadow(5): the line of root alone', () => {
  expect(withPassword('rootless:x:1::::::\n', 'root', 'H', 5)).toBe('root:H:5::::::\nrootless:x:1::::::\n');
  expect(withPassword('root::\nb:*:2', 'root', 'H', 5)).toBe('root:H:5::::::\nb:*:2');
});
