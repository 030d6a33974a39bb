// A real Debian guest with cloud-init comes up as its drive says: user, key, password, static address, name; and anew after a change.
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { TestDaemon } from './daemon.ts';
import { buildCloudImage } from './debian-guest/build-cloud-image.ts';
import { buildDebianImage } from './debian-guest/build-image.ts';
import { ssh } from './ssh.ts';
import { eventually } from './wait.ts';

const bridge = existsSync('/sys/class/net/vmbr0') ? `vmbr${1000 + (process.pid % 8000)}` : 'vmbr0';
const daemon = new TestDaemon({ privateBridge: bridge });
const vm = '/nodes/testnode/qemu/100';
let sshKey = '';
let hostAddress = '';
/** As no DHCP server here would give it: the guest has it of its drive. */
let wanted = '';

beforeAll(async () => {
  const image = await buildCloudImage();
  sshKey = (await buildDebianImage()).sshKey;
  await daemon.start();
  const imports = join(daemon.storagePath, 'import');
  await mkdir(imports, { recursive: true });
  await copyFile(image, join(imports, 'cloud.qcow2'));
  hostAddress = await eventually('the address of the private network', 30_000, async () => {
    const { stdout } = await exec('ip', ['-j', '-4', 'address', 'show', 'dev', bridge]);
    return (JSON.parse(stdout) as { addr_info?: { local: string }[] }[])[0]?.addr_info?.[0]?.local;
  });
  wanted = hostAddress.replace(/\d+$/, '7');
}, 900_000);
afterAll(() => daemon.dispose());

const run = (command: string, user = 'ann') => ssh(wanted, sshKey, command, user);
const reached = (what: string, command: string, expected: string) =>
  eventually(what, 240_000, async () => (await run(command).catch(() => '')) === expected, 1000);

it('comes up with its user, key, static address and name', { timeout: 300_000 }, async () => {
  const params = {
    ...{ vmid: 100, name: 'cloud', memory: 768, cores: 2, serial0: 'socket', agent: '1' },
    ...{ scsihw: 'virtio-scsi-single', scsi0: 'local:0,import-from=local:import/cloud.qcow2' },
    ...{ ide2: 'local:cloudinit', boot: 'order=scsi0', net0: `virtio,bridge=${bridge}` },
    ...{ ciuser: 'ann', cipassword: 'secret', ciupgrade: 0, searchdomain: 'example.org' },
    ...{ nameserver: '192.0.2.53', ipconfig0: `ip=${wanted}/24,gw=${hostAddress}` },
    sshkeys: encodeURIComponent(await readFile(`${sshKey}.pub`, 'utf8')),
  };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
  await reached('the guest by its key', 'id -un', 'ann\n');
  expect(await run('hostname; hostname -f')).toBe('cloud\ncloud.example.org\n');
  expect(await run('ip -4 -br address show dev eth0')).toContain(`${wanted}/24`);
  expect(await run('ip route show default')).toContain(`via ${hostAddress} dev eth0`);
  expect(await run('sudo cat /run/systemd/network/*.network')).toContain('DNS=192.0.2.53');
  // crypt(5) of the same password and salt is the same.
  const hash = (await run('sudo getent shadow ann')).split(':')[1]!;
  const salt = hash.split('$')[2]!;
  const { stdout } = await exec('openssl', ['passwd', '-6', '-salt', salt, '-stdin'], { input: 'secret' });
  expect(hash).toBe(stdout.trim());
});

it('is another after a change and a start', { timeout: 360_000 }, async () => {
  expect(await daemon.task('POST', `${vm}/config`, { name: 'other', citype: 'configdrive2' })).toBe('OK');
  // Cut off seconds after its first start, a guest has empty files: its name, its host keys, what cloud-init knows.
  expect(await daemon.task('POST', `${vm}/status/shutdown`, { timeout: 120 })).toBe('OK');
  expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
  await reached('the guest under its new name', 'hostname', 'other\n');
  expect(await run('ip -4 -br address show dev eth0')).toContain(`${wanted}/24`);
  expect(await run('cloud-id')).toMatch(/configdrive|openstack/);
});
