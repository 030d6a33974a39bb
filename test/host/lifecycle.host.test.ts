// A VM's life through the API of the real daemon: its states, what is refused in which, its configuration, its disks.
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exec } from '../../server/core/exec.ts';
import { TestDaemon } from './daemon.ts';

const daemon = new TestDaemon();
const vm = '/nodes/testnode/qemu/100';
/** 1 MiB. */
const smallDisk = 'local:0.0009765625';
const mebibyte = 1024 * 1024;

beforeAll(() => daemon.start());
afterAll(() => daemon.dispose());

const config = () => daemon.ok<Record<string, unknown> & { digest: string }>('GET', `${vm}/config`);
const pendingOf = async (key: string) =>
  (await daemon.ok<{ key: string }[]>('GET', `${vm}/pending`)).find((line) => line.key === key);
const status = () =>
  daemon.ok<{ status: string; qmpstatus: string; pid?: number; uptime: number }>(
    'GET',
    `${vm}/status/current`,
  );
const power = (action: string, params = {}) => daemon.task('POST', `${vm}/status/${action}`, params);
const disks = async () => (await readdir(join(daemon.storagePath, 'images/100'))).sort();

async function virtualSize(name: string): Promise<number> {
  const file = join(daemon.storagePath, 'images/100', name);
  const { stdout } = await exec('qemu-img', ['info', '-U', '--output=json', file]);
  return (JSON.parse(stdout) as { 'virtual-size': number })['virtual-size'];
}

describe('a new VM', () => {
  it('is made once', async () => {
    const params = { vmid: 100, name: 'one', memory: 64, scsi0: smallDisk, serial0: 'socket' };
    expect(await daemon.task('POST', '/nodes/testnode/qemu', params)).toBe('OK');
    expect(await config()).toMatchObject({
      name: 'one',
      scsi0: 'local:100/vm-100-disk-0.qcow2,size=1M',
      boot: 'order=scsi0',
    });
    expect(await status()).toMatchObject({ status: 'stopped', qmpstatus: 'stopped', uptime: 0 });
    const again = await daemon.call('POST', '/nodes/testnode/qemu', params);
    expect(again.status).toBeGreaterThanOrEqual(400);
    expect(again.body.message).toContain('VM 100 already exists');
  });

  it('refuses what it does not know', async () => {
    const unknown = await daemon.call('PUT', `${vm}/config`, { memroy: 128 });
    expect(unknown.status).toBe(400);
    expect(unknown.body.errors).toHaveProperty('memroy');
    const wrong = await daemon.call('PUT', `${vm}/config`, { memory: 'lots' });
    expect(wrong.status).toBe(400);
    expect(wrong.body.errors).toHaveProperty('memory');
    const nowhere = await daemon.call('POST', `${vm}/config`, { scsi1: 'elsewhere:1' });
    expect(nowhere.status).toBe(400);
    expect(nowhere.body.errors?.['scsi1']).toContain('elsewhere');
    const missing = await daemon.call('GET', '/nodes/testnode/qemu/999/config');
    expect(missing.body.message).toContain('Configuration file for VM 999 does not exist');
  });

  it('changes only for who saw its latest configuration', async () => {
    const { digest } = await config();
    await daemon.ok('PUT', `${vm}/config`, { description: 'first', digest });
    const late = await daemon.call('PUT', `${vm}/config`, { description: 'second', digest });
    expect(late.status).toBeGreaterThanOrEqual(400);
    expect(late.body.message).toContain('detected modified configuration');
    expect((await config())['description']).toBe('first');
  });
});

describe('states', () => {
  it('refuses what a stopped VM cannot do, by the task and in words', async () => {
    expect(await power('stop')).toBe('VM 100 not running');
    expect(await power('shutdown')).toBe('VM 100 not running');
    expect(await power('reboot')).toBe('VM 100 not running');
    expect(await power('reset')).toContain('it is not running');
    expect(await power('suspend')).toContain('it is not running');
    expect(await power('resume')).toContain('it is not running');
    const console = await daemon.call('POST', `${vm}/vncproxy`);
    expect(console.status).toBeGreaterThanOrEqual(400);
  });

  it('starts, and refuses what a running VM cannot do', async () => {
    expect(await power('start')).toBe('OK');
    expect(await daemon.domains()).toHaveLength(1);
    expect(await status()).toMatchObject({ status: 'running', qmpstatus: 'running' });
    expect(await power('start')).toBe('VM 100 already running');
    expect(await power('resume')).toContain('it is not paused');
    const removal = await daemon.call('DELETE', vm);
    expect(removal.status).toBeGreaterThanOrEqual(400);
    expect(removal.body.message).toContain('VM 100 is running - destroy failed');
  });

  it('pauses, resumes and resets', async () => {
    expect(await power('suspend')).toBe('OK');
    expect(await status()).toMatchObject({ status: 'running', qmpstatus: 'paused' });
    expect(await power('suspend')).toContain('it is paused');
    expect(await power('shutdown')).toContain('it is paused');
    expect(await power('resume')).toBe('OK');
    expect(await status()).toMatchObject({ qmpstatus: 'running' });
    const { pid } = await status();
    expect(await power('reset')).toBe('OK');
    expect(await status()).toMatchObject({ qmpstatus: 'running', pid });
  });

  it('says that a guest without an operating system does not shut down, and forces it when asked', async () => {
    expect(await power('shutdown', { timeout: 1 })).toContain('got timeout');
    expect(await status()).toMatchObject({ status: 'running' });
    expect(await power('shutdown', { timeout: 1, forceStop: 1 })).toMatch(/^WARNINGS: 1$/);
    expect(await status()).toMatchObject({ status: 'stopped' });
    expect(await daemon.domains()).toEqual([]);
  });
});

describe('changes while it runs', () => {
  it('wait for the next start, and are taken back', async () => {
    expect(await power('start')).toBe('OK');
    await daemon.ok('PUT', `${vm}/config`, { memory: 96 });
    expect(await pendingOf('memory')).toEqual({ key: 'memory', value: '64', pending: '96' });
    expect((await config())['memory']).toBe('96');
    expect((await daemon.ok<{ memory: string }>('GET', `${vm}/config`, { current: 1 })).memory).toBe('64');
    await daemon.ok('PUT', `${vm}/config`, { revert: 'memory' });
    expect(await pendingOf('memory')).toEqual({ key: 'memory', value: '64' });

    await daemon.ok('PUT', `${vm}/config`, { memory: 96, delete: 'serial0' });
    expect(await pendingOf('serial0')).toEqual({ key: 'serial0', value: 'socket', delete: 1 });
    expect(await power('stop')).toBe('OK');
    expect(await pendingOf('memory')).toEqual({ key: 'memory', value: '96' });
    expect(await pendingOf('serial0')).toBeUndefined();
  });

  it('come into force with the next start', async () => {
    expect(await power('start')).toBe('OK');
    const { stdout } = await exec('virsh', ['-c', 'qemu:///system', 'dominfo', `${daemon.guestPrefix}100`]);
    expect(stdout).toMatch(new RegExp(`Max memory:\\s+${96 * 1024} KiB`));
    expect(await power('stop')).toBe('OK');
  });
});

describe('disks', () => {
  it('grow while it is off', async () => {
    expect(await daemon.task('PUT', `${vm}/resize`, { disk: 'scsi0', size: '+1M' })).toBe('OK');
    expect(await virtualSize('vm-100-disk-0.qcow2')).toBe(2 * mebibyte);
    expect((await config())['scsi0']).toBe('local:100/vm-100-disk-0.qcow2,size=2M');
    expect(await daemon.task('PUT', `${vm}/resize`, { disk: 'scsi0', size: '1M' })).toContain('shrinking');
    const none = await daemon.call('PUT', `${vm}/resize`, { disk: 'scsi9', size: '+1M' });
    expect(none.status).toBe(400);
  });

  it('grow while it runs', async () => {
    expect(await power('start')).toBe('OK');
    expect(await daemon.task('PUT', `${vm}/resize`, { disk: 'scsi0', size: '4M' })).toBe('OK');
    expect(await virtualSize('vm-100-disk-0.qcow2')).toBe(4 * mebibyte);
    expect(await pendingOf('scsi0')).toEqual({
      key: 'scsi0',
      value: 'local:100/vm-100-disk-0.qcow2,size=4M',
    });
    expect(await power('stop')).toBe('OK');
  });

  it('become unused when they are taken off, and go when they are removed', async () => {
    expect(await daemon.task('POST', `${vm}/config`, { scsi1: smallDisk })).toBe('OK');
    expect(await disks()).toEqual(['vm-100-disk-0.qcow2', 'vm-100-disk-1.qcow2']);
    await daemon.ok('PUT', `${vm}/unlink`, { idlist: 'scsi1' });
    expect(await config()).toMatchObject({ unused0: 'local:100/vm-100-disk-1.qcow2' });
    expect(await config()).not.toHaveProperty('scsi1');
    expect(await disks()).toHaveLength(2);
    await daemon.ok('PUT', `${vm}/config`, { delete: 'unused0' });
    expect(await disks()).toEqual(['vm-100-disk-0.qcow2']);
    expect(await config()).not.toHaveProperty('unused0');
  });
});

describe('the daemon', () => {
  it('is killed and started again under guests that run on', async () => {
    expect(await power('start')).toBe('OK');
    const before = await status();
    await daemon.end('SIGKILL');
    expect(await daemon.domains()).toHaveLength(1);
    await daemon.start();
    const after = await status();
    expect(after).toMatchObject({ status: 'running', qmpstatus: 'running', pid: before.pid });
    expect(after.uptime).toBeGreaterThanOrEqual(before.uptime);
    expect(await pendingOf('memory')).toEqual({ key: 'memory', value: '96' });

    expect(await power('suspend')).toBe('OK');
    await daemon.end('SIGTERM');
    await daemon.start();
    expect(await status()).toMatchObject({ qmpstatus: 'paused', pid: before.pid });

    // One that ends while the daemon is away is seen as stopped, and forgets what it ran with.
    await daemon.ok('PUT', `${vm}/config`, { memory: 64 });
    await daemon.end('SIGKILL');
    await exec('virsh', ['-c', 'qemu:///system', 'destroy', `${daemon.guestPrefix}100`]);
    await daemon.start();
    expect(await status()).toMatchObject({ status: 'stopped' });
    expect(await pendingOf('memory')).toEqual({ key: 'memory', value: '64' });
  });
});

describe('removal', () => {
  it('is refused to a protected VM, then takes everything away', async () => {
    await daemon.ok('PUT', `${vm}/config`, { protection: 1 });
    const refused = await daemon.call('DELETE', vm);
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(refused.body.message).toContain('protected');
    await daemon.ok('PUT', `${vm}/config`, { protection: 0 });
    expect(await daemon.task('DELETE', vm)).toBe('OK');
    expect((await daemon.call('GET', `${vm}/status/current`)).status).toBeGreaterThanOrEqual(400);
    await expect(stat(join(daemon.storagePath, 'images/100'))).rejects.toThrow('ENOENT');
    expect(await daemon.ok('GET', '/nodes/testnode/qemu')).toEqual([]);
  });
});
