// A real VM with a cloud-init drive: what is on it is read back as a guest would, changes when it should, and hides its password.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { exec } from '../../server/core/exec.ts';
import { TestDaemon } from './daemon.ts';

const daemon = new TestDaemon();
const vm = '/nodes/testnode/qemu/100';
const image = join(daemon.storagePath, 'images', '100', 'vm-100-cloudinit.raw');
const secret = 'a secret word';

beforeAll(async () => {
  await daemon.start();
}, 60_000);
afterAll(() => daemon.dispose());

/** Files by their path on the image, as xorriso(1) reads them: not by the code that wrote them. */
async function readImage(): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(daemon.folder, 'read-'));
  await exec('xorriso', ['-osirrox', 'on', '-indev', `stdio:${image}`, '-extract', '/', folder]);
  await exec('chmod', ['-R', 'u+rwX', folder]);
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = paths.filter((path) => statSync(join(folder, path)).isFile());
  const found = Object.fromEntries(files.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
  rmSync(folder, { recursive: true });
  return found;
}

async function label(): Promise<string> {
  const { stdout } = await exec('blkid', ['-p', '-o', 'value', '-s', 'LABEL', image]);
  return stdout.trim();
}

it('is made with its VM', { timeout: 60_000 }, async () => {
  const params = {
    ...{ vmid: 100, name: 'web', memory: 64, ide2: 'local:cloudinit', scsihw: 'virtio-scsi-single' },
    ...{ net0: 'virtio=BC:24:11:00:00:01', ipconfig0: 'ip=192.0.2.5/24,gw=192.0.2.1' },
    ...{ ciuser: 'ann', cipassword: secret, nameserver: '192.0.2.53', searchdomain: 'example.org' },
    sshkeys: encodeURIComponent('ssh-ed25519 AAAAC3Nza ann: "x"\n'),
  };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  const config = await daemon.ok<Record<string, unknown>>('GET', `${vm}/config`);
  expect(config).toMatchObject({
    ...{ ide2: 'local:100/vm-100-cloudinit.raw,media=cdrom,size=4M', cipassword: '**********' },
    ...{ ciuser: 'ann', boot: 'order=net0' },
  });
});

it('tells its guest what it is, from its start on', { timeout: 60_000 }, async () => {
  expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
  expect(await label()).toBe('cidata');
  const files = await readImage();
  expect(Object.keys(files).sort()).toEqual(['meta-data', 'network-config', 'user-data', 'vendor-data']);
  const user = parse(files['user-data']!);
  expect(user).toMatchObject({ hostname: 'web', fqdn: 'web.example.org', user: 'ann' });
  expect(user.ssh_authorized_keys).toEqual(['ssh-ed25519 AAAAC3Nza ann: "x"']);
  // crypt(5) of the same password and salt is the same.
  const salt = String(user.password).split('$')[2]!;
  const { stdout } = await exec('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], { input: secret });
  expect(user.password).toBe(stdout.trim());
  expect(parse(files['network-config']!).config).toHaveLength(2);
  expect(parse(files['meta-data']!)).toEqual({ 'instance-id': expect.stringMatching(/^[0-9a-f]{40}$/) });
  expect(existsSync(join(daemon.folder, 'run', 'cloud-init', '100'))).toBe(false);
});

it('waits with a change until it is asked, and shows it', { timeout: 60_000 }, async () => {
  expect(await daemon.task('POST', `${vm}/config`, { ciuser: 'bob', cipassword: 'other' })).toBe('OK');
  const lines = await daemon.ok<{ key: string }[]>('GET', `${vm}/cloudinit`);
  expect(lines.filter(({ key }) => key.startsWith('ci'))).toEqual([
    { key: 'cipassword', value: '**********', pending: '**********' },
    { key: 'ciuser', value: 'ann', pending: 'bob' },
  ]);
  expect(parse((await readImage())['user-data']!).user).toBe('ann');
  await daemon.ok('PUT', `${vm}/cloudinit`);
  expect(parse((await readImage())['user-data']!).user).toBe('bob');
  const told = await daemon.ok<{ key: string; pending?: string }[]>('GET', `${vm}/cloudinit`);
  expect(told.filter(({ pending }) => pending !== undefined)).toEqual([]);
  // The disc is back in its drive.
  const [name] = await daemon.domains();
  const { stdout } = await exec('virsh', ['-c', 'qemu:///system', 'domblklist', name!]);
  expect(stdout).toContain('vm-100-cloudinit.raw');
});

it('dumps what is generated, without the password', async () => {
  const dump = (type: string) => daemon.ok<string>('GET', `${vm}/cloudinit/dump`, { type });
  expect(parse(await dump('user'))).toMatchObject({ user: 'bob', password: '**********' });
  expect(await dump('network')).toContain('192.0.2.5');
  expect(await dump('meta')).toBe((await readImage())['meta-data']);
  expect((await daemon.call('GET', `${vm}/cloudinit/dump`, { type: 'vendor' })).status).toBe(400);
});

it("holds the user's own files, and is a config drive when asked", { timeout: 60_000 }, async () => {
  expect(await daemon.task('POST', `${vm}/status/stop`)).toBe('OK');
  mkdirSync(join(daemon.storagePath, 'snippets'), { recursive: true });
  writeFileSync(join(daemon.storagePath, 'snippets', 'v.json'), '{"cloud-init": "#cloud-config\\n"}\n');
  const set = { citype: 'configdrive2', cicustom: 'vendor=local:snippets/v.json' };
  expect(await daemon.task('POST', `${vm}/config`, set)).toBe('OK');
  expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
  expect(await label()).toBe('config-2');
  const files = await readImage();
  expect(files['openstack/latest/vendor_data.json']).toBe('{"cloud-init": "#cloud-config\\n"}\n');
  expect(files['openstack/content/0000']).toContain('iface eth0 inet static\n        address 192.0.2.5\n');
  expect(JSON.parse(files['openstack/latest/meta_data.json']!)).toMatchObject({
    hostname: 'web.example.org',
  });
});

it('is left alone by a start after which nothing is new', { timeout: 60_000 }, async () => {
  const stopAndStart = async () => {
    expect(await daemon.task('POST', `${vm}/status/stop`)).toBe('OK');
    const before = statSync(image).mtimeMs;
    expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
    return statSync(image).mtimeMs - before;
  };
  expect(await stopAndStart()).toBe(0);
  expect(await daemon.task('POST', `${vm}/config`, { ipconfig0: 'ip=dhcp' })).toBe('OK');
  expect(await stopAndStart()).toBeGreaterThan(0);
});

it('is refused hostile values, by name, and nothing changes', async () => {
  const before = await daemon.ok('GET', `${vm}/config`);
  for (const [key, value] of [
    ['ciuser', 'ann\nruncmd: [reboot]'],
    ['searchdomain', 'example.org\n  - a: b'],
    ['nameserver', '192.0.2.1"'],
    ['ipconfig0', 'ip=192.0.2.5/24\nauto eth1'],
    ['sshkeys', encodeURIComponent('ssh-ed25519 AAAAC3\n- runcmd: [reboot]')],
    ['cipassword', 'one\ntwo'],
    ['cicustom', 'user=local:snippets/../../etc/shadow'],
  ] as const) {
    const answer = await daemon.call('PUT', `${vm}/config`, { [key]: value });
    expect([key, answer.status, Object.keys(answer.body.errors ?? {})]).toEqual([key, 400, [key]]);
  }
  expect(await daemon.ok('GET', `${vm}/config`)).toEqual(before);
});

it('leaves nothing behind, the password nowhere in clear', { timeout: 60_000 }, async () => {
  expect(await daemon.task('POST', `${vm}/status/stop`)).toBe('OK');
  expect(await daemon.task('DELETE', vm)).toBe('OK');
  expect(existsSync(image)).toBe(false);
  expect(daemon.output).not.toContain(secret);
  const { stdout } = await exec('grep', ['-rlaF', secret, daemon.folder], { okExitCodes: [0, 1] });
  expect(stdout).toBe('');
});
