// A real Debian from this machine's mirror: unpacked unprivileged, made one of its own, set up twice; times are printed.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../../core/exec.ts';
import { quietContext } from '../../../core/work-context.ts';
import { builtTemplate } from '../../../templates/template-fixture.ts';
import { factsOf, modelOf, nicOf } from './roots-fixture.ts';
import { createCtSetup } from './setup.ts';

const setup = createCtSetup(exec);
const logged: string[] = [];
const context = { ...quietContext(), log: (line: string) => void logged.push(line) };
let base: string;
let root: string;
let archive: string;

async function timed<T>(what: string, work: Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await work;
  process.stderr.write(`${what}: ${Math.round(performance.now() - began)} ms\n`);
  return result;
}

const find = (...args: string[]) => execFileSync('find', [root, '-xdev', ...args], { encoding: 'utf8' });
const inside = (path: string) => readFileSync(join(root, path), 'utf8');

beforeAll(async () => {
  archive = await timed('template, built or kept', builtTemplate('debian-13-standard'));
  base = mkdtempSync(join(tmpdir(), 'croft-template-'));
  root = join(base, 'root');
  mkdirSync(root);
}, 900_000);
afterAll(() => rmSync(base, { recursive: true, force: true }));

describe('a Debian template', () => {
  it('is small, and has nothing of this machine', async () => {
    expect(statSync(archive).size).toBeLessThan(150 * 1000 ** 2);
    const unpacked = await timed('unpacked', setup.unpack(context, archive, root, { unprivileged: true }));
    expect(unpacked).toMatchObject({ osType: 'debian', arch: 'amd64' });
    expect(unpacked.entries).toBeGreaterThan(8000);
    expect(existsSync(join(root, 'etc/hostname'))).toBe(false);
    expect(inside('etc/machine-id')).toBe('');
    expect(find('-name', 'ssh_host_*')).toBe('');
  });

  it('belongs to the ids of the map, all of it, and holds no device', () => {
    expect(find('(', '-not', '-uid', '+99999', '-o', '-not', '-gid', '+99999', ')')).toBe('');
    expect(
      find('(', '-uid', '+165535', '-o', '-gid', '+165535', '-o', '-type', 'b', '-o', '-type', 'c', ')'),
    ).toBe('');
    expect(statSync(join(root, 'etc/shadow'))).toMatchObject({ uid: 100_000, gid: 100_042 });
    expect(statSync(join(root, 'usr/bin/passwd')).mode & 0o7777).toBe(0o4755);
  });

  it('becomes one of its own, is set up once, and a second time nothing is written', async () => {
    const nics = [
      nicOf({ ip: 'dhcp', ip6: 'auto' }),
      nicOf({ name: 'eth1', bridge: undefined, ip: '192.0.2.7/32' }),
    ];
    const model = modelOf({ unprivileged: true, nics });
    const before = readFileSync('/etc/passwd', 'utf8') + readFileSync('/etc/hosts', 'utf8');
    logged.length = 0;
    const secrets = { password: 'geheim-42', sshKeys: 'ssh-ed25519 AAAA me' };
    await timed('first time', setup.firstTime(context, root, model, secrets));
    const written = await timed('set up', setup.apply(context, root, model, factsOf));
    expect([...written].sort()).toEqual([
      '/etc/hostname',
      '/etc/hosts',
      '/etc/localtime',
      '/etc/systemd/network/10-croft-eth0.network',
      '/etc/systemd/network/10-croft-eth1.network',
      '/etc/systemd/resolved.conf.d/croft.conf',
      '/etc/systemd/system/container-getty@.service.d/croft.conf',
      '/etc/systemd/system/getty.target.wants/container-getty@1.service',
      '/etc/systemd/system/getty.target.wants/container-getty@2.service',
      '/etc/systemd/system/multi-user.target.wants/systemd-networkd.service',
    ]);
    expect(await timed('set up again', setup.apply(context, root, model, factsOf))).toEqual([]);
    expect(logged).toEqual([]);
    expect(find('(', '-not', '-uid', '+99999', '-o', '-not', '-gid', '+99999', ')')).toBe('');
    expect(inside('etc/shadow')).toMatch(/^root:\$6\$/m);
    expect(statSync(join(root, 'etc/shadow'))).toMatchObject({ uid: 100_000, gid: 100_042 });
    expect(readFileSync('/etc/passwd', 'utf8') + readFileSync('/etc/hosts', 'utf8')).toBe(before);
    const fingerprint = await exec('ssh-keygen', ['-lf', join(root, 'etc/ssh/ssh_host_ed25519_key.pub')]);
    expect(fingerprint.stdout).toMatch(/root@web \(ED25519\)/);
  });
});
