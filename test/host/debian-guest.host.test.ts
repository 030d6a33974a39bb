// A real Debian guest through the API: imported, booted, on the private network, reached by ssh, agent and serial terminal.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { ConsoleClient, type Login, logIn, openConsole } from './console-client.ts';
import { firstVmid, TestDaemon } from './daemon.ts';
import { buildDebianImage, type DebianImage } from './debian-guest/build-image.ts';
import { ssh } from './ssh.ts';
import { upload } from './upload.ts';
import { eventually } from './wait.ts';

const bridge = existsSync('/sys/class/net/vmbr0') ? `vmbr${1000 + (process.pid % 8000)}` : 'vmbr0';
const daemon = new TestDaemon({ privateBridge: bridge });
const vmid = firstVmid;
const vm = `/nodes/testnode/qemu/${vmid}`;
let image: DebianImage;
let login: Login;
let hostAddress = '';
let guestAddress = '';
let web: Server | undefined;

beforeAll(async () => {
  image = await buildDebianImage();
  await daemon.start();
  login = await logIn(daemon, 'admin');
  hostAddress = await eventually('the address of the private network', 30_000, async () => {
    const { stdout } = await exec('ip', ['-j', '-4', 'address', 'show', 'dev', bridge]);
    return (JSON.parse(stdout) as { addr_info?: { local: string }[] }[])[0]?.addr_info?.[0]?.local;
  });
}, 900_000);
afterAll(async () => {
  web?.close();
  await daemon.dispose();
});

const agent = <T>(verb: 'GET' | 'POST', command: string, params: object = {}) =>
  daemon.ok<T>(verb, `${vm}/agent/${command}`, { ...params });

it('is imported over TLS and started', async () => {
  const target = { port: daemon.port, headers: login.headers };
  const { size: sizeBytes } = statSync(image.path);
  const file = { name: 'debian.qcow2', sizeBytes, bytes: createReadStream(image.path) };
  expect(await daemon.taskEnd(await upload(target, { content: 'import', file }))).toBe('OK');
  const params = {
    ...{ vmid, name: 'debian', memory: 512, cores: 3, serial0: 'socket', agent: '1' },
    ...{ hotplug: 'network,disk,usb,cpu,memory', numa: 1, vcpus: 2 },
    scsihw: 'virtio-scsi-single',
    scsi0: 'local:0,import-from=local:import/debian.qcow2',
    net0: `virtio,bridge=${bridge}`,
  };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
  expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
});

it('gets an address from the private network and tells it through its agent', {
  timeout: 130_000,
}, async () => {
  guestAddress = await eventually('the address of the guest', 120_000, async () => {
    const { result } = await agent<{
      result: { name: string; 'ip-addresses'?: { 'ip-address': string; 'ip-address-type': string }[] }[];
    }>('GET', 'network-get-interfaces');
    return result
      .filter(({ name }) => name !== 'lo')
      .flatMap((nic) => nic['ip-addresses'] ?? [])
      .find((address) => address['ip-address-type'] === 'ipv4')?.['ip-address'];
  });
  const net = (address: string) => address.split('.').slice(0, 3).join('.');
  expect(net(guestAddress)).toBe(net(hostAddress));
});

it('is reached by ssh from the host', { timeout: 90_000 }, async () => {
  const name = await eventually('ssh', 60_000, () => ssh(guestAddress, image.sshKey, 'hostname'), 500);
  expect(name).toBe('croft-guest\n');
});

it('reaches the host, and finds it by its name', async () => {
  web = createServer((_request, response) => response.end('greetings from the host'));
  await new Promise<void>((resolve) => web?.listen(0, hostAddress, resolve));
  const { port } = web.address() as AddressInfo;
  const get = `exec 3<>/dev/tcp/${hostAddress}/${port}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3`;
  expect(await ssh(guestAddress, image.sshKey, `bash -c "${get.replaceAll('"', '\\"')}"`)).toContain(
    'greetings from the host',
  );
  await agent('POST', 'file-write', { file: '/etc/resolv.conf', content: `nameserver ${hostAddress}\n` });
  expect(await ssh(guestAddress, image.sshKey, 'getent ahostsv4 testnode')).toContain(hostAddress);
  expect(await ssh(guestAddress, image.sshKey, 'getent ahostsv4 croft-guest')).toContain(guestAddress);
});

it('answers through its agent', async () => {
  await agent('POST', 'ping');
  const { result: os } = await agent<{ result: { id: string } }>('GET', 'get-osinfo');
  expect(os.id).toBe('debian');
  const { pid } = await agent<{ pid: number }>('POST', 'exec', {
    command: ['sh', '-c', 'cat; echo to-error >&2; exit 3'],
    'input-data': 'to-output',
  });
  const ended = await eventually('the end of the program', 20_000, async () => {
    const status = await agent<{ exited: number }>('GET', 'exec-status', { pid });
    return status.exited === 1 && status;
  });
  expect(ended).toMatchObject({ exitcode: 3, 'out-data': 'to-output', 'err-data': 'to-error\n' });

  await agent('POST', 'file-write', { file: '/root/note', content: 'written by the host\n' });
  expect(await ssh(guestAddress, image.sshKey, 'cat /root/note')).toBe('written by the host\n');
  const { content } = await agent<{ content: string }>('GET', 'file-read', { file: '/root/note' });
  expect(content).toBe('written by the host\n');
  const missing = await daemon.call('GET', `${vm}/agent/file-read`, { file: '/root/nothing' });
  expect(missing.status).toBeGreaterThanOrEqual(400);
  expect(missing.body.message).toMatch(/No such file/);
});

it('is logged in to over its serial terminal', { timeout: 90_000 }, async () => {
  const grant = await openConsole(daemon, login, vmid, 'termproxy');
  const client = await ConsoleClient.connect(daemon, vmid, grant, { cookie: login.cookie });
  try {
    client.send(`${grant.user}:${grant.ticket}\n`);
    await client.expect('OK');
    client.type('\r');
    await client.expect('login:', 30_000);
    client.type('root\r');
    await client.expect('#', 30_000);
    client.type('echo croft-$((40+2))\r');
    await client.expect('croft-42', 30_000);
  } finally {
    client.close();
  }
});

it('gives a disk back while it runs', { timeout: 60_000 }, async () => {
  expect(await daemon.task('POST', `${vm}/config`, { virtio0: 'local:0.0009765625' })).toBe('OK');
  const sizes = () => ssh(guestAddress, image.sshKey, 'cat /sys/block/vda/size 2>/dev/null || true');
  await eventually('the disk in the guest', 20_000, async () => (await sizes()) === '2048\n');
  expect(await daemon.task('PUT', `${vm}/resize`, { disk: 'virtio0', size: '2M' })).toBe('OK');
  await eventually('the grown disk in the guest', 20_000, async () => (await sizes()) === '4096\n');
  expect(await daemon.task('POST', `${vm}/config`, { delete: 'virtio0', force: 1 })).toBe('OK');
  await eventually('the disk to be gone from the guest', 20_000, async () => (await sizes()) === '');
  const volumes = await daemon.ok<{ volid: string }[]>('GET', '/nodes/testnode/storage/local/content', {
    content: 'images',
  });
  expect(volumes.map(({ volid }) => volid)).toEqual([`local:${vmid}/vm-${vmid}-disk-0.qcow2`]);
});

it('sees a card come and go, and takes nothing of another', { timeout: 60_000 }, async () => {
  const cards = () => ssh(guestAddress, image.sshKey, 'ls /sys/class/net | wc -l');
  const before = Number(await cards());
  const net1 = `virtio=BC:24:11:5A:00:02,bridge=${bridge},link_down=1`;
  expect(await daemon.task('POST', `${vm}/config`, { net1 })).toBe('OK');
  await eventually('the card in the guest', 20_000, async () => Number(await cards()) === before + 1);
  const addresses = () => ssh(guestAddress, image.sshKey, 'cat /sys/class/net/*/address');
  expect(await addresses()).toContain('bc:24:11:5a:00:02');
  // Another model is another card: out and in again.
  expect(await daemon.task('POST', `${vm}/config`, { net1: net1.replace('virtio', 'e1000') })).toBe('OK');
  const e1000 = 'cat /sys/bus/pci/devices/*/device';
  await eventually('the other card in the guest', 20_000, async () =>
    (await ssh(guestAddress, image.sshKey, e1000)).includes('0x100e'),
  );
  expect(await daemon.task('POST', `${vm}/config`, { delete: 'net1' })).toBe('OK');
  await eventually(
    'the card to be gone from the guest',
    20_000,
    async () => Number(await cards()) === before,
  );
});

it('sees a processor and memory come and go', async () => {
  const run = (command: string) => ssh(guestAddress, image.sshKey, command);
  const memory = 'ls -d /sys/devices/system/memory/memory* | wc -l';
  const blocks = Number(await run(memory));
  expect(await daemon.task('POST', `${vm}/config`, { vcpus: 3, memory: '640' })).toBe('OK');
  const online = 'cd /sys/devices/system; for f in cpu/cpu2/online memory/*/online; do echo 1 >$f; done';
  await eventually('the processor in the guest', 20_000, async () =>
    (await run('ls -d /sys/devices/system/cpu/cpu2 || true')).includes('cpu2'),
  );
  await eventually('the memory in the guest', 20_000, async () => Number(await run(memory)) > blocks);
  await eventually(
    'the processor at work',
    20_000,
    async () => (await run(`(${online}) 2>/dev/null; nproc`)) === '3\n',
  );
  const { accelerator } = await daemon.ok<{ accelerator: string }>('GET', `${vm}/status/current`);
  const lost = await daemon.task('POST', `${vm}/config`, { vcpus: 2 });
  // QEMU's emulation does not take processors out again.
  expect(lost).toMatch(accelerator === 'kvm' ? /^OK$/ : /^WARNINGS/);
  expect(await run('nproc')).toBe(accelerator === 'kvm' ? '2\n' : '3\n');
});

it('shuts down when it is asked to, and goes', { timeout: 120_000 }, async () => {
  const upid = await daemon.ok<string>('POST', `${vm}/status/shutdown`, { timeout: 90 });
  expect(await daemon.taskEnd(upid)).toBe('OK');
  expect(await daemon.domains()).toEqual([]);
  expect(await daemon.task('DELETE', vm)).toBe('OK');
});
