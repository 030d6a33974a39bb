// Snapshots of real VMs: one goes on from its memory mid-run, the disk of one that is off holds its old bytes again.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { callTls } from './api.ts';
import { type Login, logIn } from './console-client.ts';
import { countsIn } from './counting-guest.ts';
import { counted, countingVm, longestSilence, mostCounted, openTerminal } from './counting-terminal.ts';
import { TestDaemon } from './daemon.ts';

const daemon = new TestDaemon();
const vm = '/nodes/testnode/qemu/100';
let login: Login;

beforeAll(async () => {
  await daemon.start();
  login = await logIn(daemon, 'admin');
  const params = { vmid: 100, memory: 64, scsi1: 'local:0.0009765625', ...(await countingVm(daemon)) };
  expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
}, 60_000);
afterAll(() => daemon.dispose());

const take = (snapname: string, params: object = {}) =>
  daemon.task('POST', `${vm}/snapshot`, { snapname, ...params });
const rollBack = (name: string, params: object = {}) =>
  daemon.task('POST', `${vm}/snapshot/${name}/rollback`, { ...params });
const drop = (name: string) => daemon.task('DELETE', `${vm}/snapshot/${name}`);
const status = () => daemon.ok<{ status: string; qmpstatus: string }>('GET', `${vm}/status/current`);

async function disksByKey(): Promise<Record<string, string>> {
  const config = await daemon.ok<Record<string, string>>('GET', `${vm}/config`);
  const file = (key: string) =>
    join(daemon.storagePath, 'images', /^local:([^,]+)/.exec(config[key] ?? '')?.[1] ?? '');
  const keys = Object.keys(config).filter((key) => /^(virtio|scsi)\d/.test(key));
  return Object.fromEntries(keys.map((key) => [key, file(key)]));
}

async function snapshotsIn(file: string): Promise<string[]> {
  const { stdout } = await exec('qemu-img', ['info', '-U', '--output=json', file]);
  return ((JSON.parse(stdout) as { snapshots?: { name: string }[] }).snapshots ?? []).map(({ name }) => name);
}

const terminal = () => openTerminal(daemon, login, 100);

describe('a VM that is off', () => {
  it('has the old bytes on its disk again', async () => {
    const { scsi1 = '' } = await disksByKey();
    const write = (pattern: string) =>
      exec('qemu-io', ['-f', 'qcow2', '-c', `write -P ${pattern} 0 64k`, scsi1]);
    const holds = (pattern: string) =>
      exec('qemu-io', ['-f', 'qcow2', '-c', `read -P ${pattern} 0 64k`, scsi1], { okExitCodes: [0, 1] }).then(
        ({ stdout }) => !/verification failed/.test(stdout),
      );
    await write('0x11');
    expect(await take('cold', { description: 'before it' })).toBe('OK');
    await write('0x22');
    await daemon.ok('PUT', `${vm}/config`, { name: 'later' });
    expect(await holds('0x22')).toBe(true);
    expect(await rollBack('cold')).toBe('OK');
    expect(await holds('0x11')).toBe(true);
    expect(await holds('0x22')).toBe(false);
    expect(await daemon.ok('GET', `${vm}/config`)).not.toHaveProperty('name');
    expect((await status()).status).toBe('stopped');
    expect(await daemon.ok('GET', `${vm}/snapshot`)).toEqual([
      { name: 'cold', description: 'before it', snaptime: expect.any(Number) },
      expect.objectContaining({ name: 'current', parent: 'cold', running: 0 }),
    ]);
  });
});

describe('a VM that runs', () => {
  it('is kept with its memory without standing for a second, and goes on from there', {
    timeout: 180_000,
  }, async () => {
    expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
    const client = await terminal();
    await counted(client, 8);
    let before = 0;
    let kept = 0;
    const keep = async () => {
      before = countsIn(client.received).at(-1) ?? 0;
      expect(await take('warm', { vmstate: 1 })).toBe('OK');
      kept = countsIn(client.received).at(-1) ?? 0;
      await counted(client, kept + 20);
    };
    const longest = await longestSilence(client, keep);
    // It counted on without a gap, and without standing for long.
    const more = countsIn(client.received);
    expect(more).toEqual(more.map((_, index) => (more[0] ?? 0) + index));
    expect(longest).toBeLessThan(1000);

    const config = await daemon.ok<Record<string, string>>('GET', `${vm}/snapshot/warm/config`);
    expect(config).toMatchObject({
      ...{ vmstate: 'local:100/vm-100-state-warm.raw', parent: 'cold', memory: '64' },
      runningmachine: expect.stringMatching(/^pc-i440fx-\d+\.\d+$/),
    });
    const disks = await disksByKey();
    for (const file of Object.values(disks)) expect(await snapshotsIn(file)).toEqual(['cold', 'warm']);

    // Rolled back while it runs: it does not boot, it counts on from where it was.
    const began = performance.now();
    expect(await rollBack('warm')).toBe('OK');
    client.close();
    const again = await terminal();
    const [first = 0] = await counted(again, 1);
    expect(first).toBeGreaterThanOrEqual(before);
    // Had it run on, it would be further by the twenty that it counted before.
    expect(first).toBeLessThan(mostCounted(kept, began));
    expect(await status()).toMatchObject({ status: 'running', qmpstatus: 'running' });
    // And a second time, from off.
    expect(await daemon.task('POST', `${vm}/status/stop`)).toBe('OK');
    expect(await rollBack('warm')).toBe('OK');
    again.close();
    const third = await terminal();
    expect((await counted(third, 1))[0]).toBeGreaterThanOrEqual(before);
    third.close();
  });

  it('is kept without its memory, and the snapshot removed, while it runs on', {
    timeout: 60_000,
  }, async () => {
    expect(await take('live')).toBe('OK');
    const disks = Object.values(await disksByKey());
    for (const file of disks) expect(await snapshotsIn(file)).toEqual(['cold', 'warm', 'live']);
    expect(await drop('warm')).toBe('OK');
    expect(await drop('live')).toBe('OK');
    for (const file of disks) expect(await snapshotsIn(file)).toEqual(['cold']);
    expect(await readdir(join(daemon.storagePath, 'images/100'))).toHaveLength(2);
    expect(await status()).toMatchObject({ qmpstatus: 'running' });
  });

  it('goes on while snapshots of a disk full of data are taken and removed', {
    timeout: 60_000,
  }, async () => {
    expect(await daemon.task('POST', `${vm}/status/stop`)).toBe('OK');
    expect(await daemon.task('POST', `${vm}/config`, { scsi2: 'local:8' })).toBe('OK');
    const { scsi2 = '' } = await disksByKey();
    // All of its clusters are counted, as if they had been written; the bytes are not.
    await exec('qemu-img', ['create', '-q', '-f', 'qcow2', '-o', 'preallocation=metadata', scsi2, '8G']);
    expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
    const client = await terminal();
    await counted(client, 3);
    const keep = async () => expect(await take('full')).toBe('OK');
    const remove = async () => expect(await drop('full')).toBe('OK');
    const taken = await longestSilence(client, keep);
    const removed = await longestSilence(client, remove);
    client.close();
    const told = `the guest was silent for ${taken} ms, and for ${removed} ms when it went`;
    process.stderr.write(`a snapshot of a full disk of 8 GiB: ${told}\n`);
    expect(Math.max(taken, removed)).toBeLessThan(1000);
    expect(await snapshotsIn(scsi2)).toEqual([]);
    expect(await daemon.task('POST', `${vm}/status/stop`)).toBe('OK');
    expect((await daemon.call('PUT', `${vm}/unlink`, { idlist: 'scsi2', force: 1 })).status).toBe(200);
    expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
  });

  it('does not go on from memory that somebody else wrote', { timeout: 60_000 }, async () => {
    expect(await take('warm', { vmstate: 1 })).toBe('OK');
    const file = join(daemon.storagePath, 'images/100/vm-100-state-warm.raw');
    await exec('dd', ['if=/dev/zero', `of=${file}`, 'bs=16', 'seek=64', 'count=1', 'conv=notrunc']);
    expect(await rollBack('warm')).toContain('it was written to since');
    expect((await status()).status).toBe('stopped');
    expect(await drop('warm')).toBe('OK');
    expect(await rollBack('cold', { start: 1 })).toBe('OK');
    expect(await status()).toMatchObject({ qmpstatus: 'running' });
  });

  it('with UEFI has its firmware variables kept, too', { timeout: 60_000 }, async () => {
    expect(await daemon.task('POST', `${vm}/status/stop`)).toBe('OK');
    expect(await drop('cold')).toBe('OK');
    const efi = { bios: 'ovmf', efidisk0: 'local:1,efitype=4m' };
    expect(await daemon.task('POST', `${vm}/config`, efi)).toBe('OK');
    expect(await daemon.task('POST', `${vm}/status/start`)).toBe('OK');
    expect(await take('secure', { vmstate: 1 })).toBe('OK');
    expect(await readdir(join(daemon.storagePath, 'images/100'))).toContain('vm-100-firmware-secure.raw');
    expect(await rollBack('secure')).toBe('OK');
    expect(await status()).toMatchObject({ qmpstatus: 'running' });
    expect(await drop('secure')).toBe('OK');
    expect(await readdir(join(daemon.storagePath, 'images/100'))).toHaveLength(3);
  });
});

describe('who may', () => {
  it('is asked over the wire', { timeout: 60_000 }, async () => {
    const someone = { userid: 'looker@pve', password: 'a password of tests' };
    await daemon.ok('POST', '/access/users', someone);
    await daemon.ok('PUT', '/access/acl', { path: '/vms/100', roles: 'PVEAuditor', users: someone.userid });
    const answer = await callTls(daemon.port, 'POST', '/access/ticket', {
      ...{ username: someone.userid, password: someone.password },
    });
    const { ticket, CSRFPreventionToken } = answer.body.data as {
      ticket: string;
      CSRFPreventionToken: string;
    };
    const headers = { cookie: `PVEAuthCookie=${encodeURIComponent(ticket)}`, CSRFPreventionToken };
    const ask = (verb: 'GET' | 'POST' | 'DELETE' | 'PUT', path: string, params = {}) =>
      callTls(daemon.port, verb, `${vm}/snapshot${path}`, params, headers);
    expect((await ask('GET', '')).status).toBe(200);
    expect((await ask('POST', '', { snapname: 'mine' })).status).toBe(403);
    expect((await ask('DELETE', '/mine')).status).toBe(403);
    expect((await ask('PUT', '/mine/config', { description: 'x' })).status).toBe(403);
    expect((await ask('POST', '/mine/rollback')).status).toBe(403);
    await daemon.ok('PUT', '/access/acl', { path: '/vms/100', roles: 'PVEVMUser', users: someone.userid });
    expect((await ask('POST', '', { snapname: 'mine' })).status).toBe(403);
  });

  it('is told what is wrong with a name', async () => {
    for (const snapname of ['current', '1st', 'a b', 'x'.repeat(41)]) {
      const refused = await daemon.call('POST', `${vm}/snapshot`, { snapname });
      expect(refused.status).toBe(400);
      expect(refused.body.errors).toHaveProperty('snapname');
    }
  });
});
